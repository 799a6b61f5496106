"""Phone numbers as plans keep them (E.164, with +), and which number at Meta each of them is."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable

import phonenumbers
from django.utils.translation import gettext_lazy as _

from onboarding.models import MigrationPlan, PlanLine
from onboarding.plans.refusals import AccountOfAnother
from onboarding.services import Refused
from onboarding.states import LineState
from tenants.models import PhoneNumber, Waba

Known = tuple[uuid.UUID | None, str]  # customer and digits

WRITTEN = re.compile(r"\+?[0-9 ()./-]{6,30}", re.ASCII)


class BadNumber(Refused):
    code = "bad_number"
    message = _("Write the whole phone number with + and country code, such as +39 06 9876 5432.")


def e164(text: str) -> str:
    """The number with + and digits only; refuses what cannot be a whole phone number."""
    # A column, a mail and a spreadsheet put other blanks between the digits.
    written = re.sub(r"[\s\u00a0\u200e\u202a-\u202f]+", " ", text).strip()
    if written.startswith("00"):
        written = "+" + written[2:]
    if not written.startswith("+") or not WRITTEN.fullmatch(written):
        raise BadNumber
    try:
        number = phonenumbers.parse(written)
    except phonenumbers.NumberParseException as error:
        raise BadNumber from error
    if not phonenumbers.is_possible_number(number):
        raise BadNumber
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def ordered(lines: list[PlanLine]) -> list[PlanLine]:
    """In which order numbers move: the test number, then from the quietest to the busiest, unknown last."""
    return sorted(
        lines,
        key=lambda line: (not line.is_test_number, line.daily_volume is None, line.daily_volume or 0),
    )


def international(number: str) -> str:
    """A number that is kept as E.164, as people write it."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def check_accounts(plan: MigrationPlan, source_waba_id: str, destination: Waba | None) -> None:
    """Refuse accounts that are another customer's."""
    known = [destination] if destination is not None else []
    if source_waba_id:
        known += Waba.objects.filter(waba_id=source_waba_id)
    if any(waba.customer_id not in (None, plan.customer_id) for waba in known):
        raise AccountOfAnother


def attach_numbers(*, plans: Collection[uuid.UUID] | None = None) -> int:
    """Tie the open lines of these plans, or of all, to the customer's numbers at Meta with the same digits.

    A line is left alone where two numbers at Meta could be meant: one number has an id in every WABA.
    """
    lines = PlanLine.objects.filter(phone_number=None, state__in=(LineState.PENDING, LineState.MOVING))
    if plans is not None:
        lines = lines.filter(plan__in=plans)
    open_lines = list(lines.select_related("plan"))
    known = _numbers_of({line.plan.customer_id for line in open_lines})
    found = []
    for line in open_lines:
        number = _chosen(line, known[line.plan.customer_id, digits(line.display_phone_number)])
        if number is not None:
            line.phone_number = number
            found.append(line)
    if found:
        PlanLine.objects.bulk_update(found, ["phone_number"])
    return len(found)


def _numbers_of(customers: Collection[uuid.UUID]) -> defaultdict[Known, list[PhoneNumber]]:
    known: defaultdict[Known, list[PhoneNumber]] = defaultdict(list)
    if customers:
        numbers = PhoneNumber.objects.filter(customer__in=customers, waba__removed_at=None)
        for number in numbers.select_related("waba"):
            known[number.customer_id, digits(number.display_phone_number)].append(number)
    return known


def _chosen(line: PlanLine, candidates: Iterable[PhoneNumber]) -> PhoneNumber | None:
    """The only candidate, or the only one of the WABA that the number comes from."""
    fitting = list(candidates)
    if len(fitting) > 1:
        fitting = [number for number in fitting if number.waba.waba_id == line.source_waba_id]
    return fitting[0] if len(fitting) == 1 else None


def digits(text: str) -> str:
    """The digits of a number, by which two ways of writing it are the same."""
    return re.sub(r"\D", "", text)
