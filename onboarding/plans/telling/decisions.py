"""The three decisions that Meta's guide asks for before a move; the audit trail is their history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onboarding import dates
from onboarding.models import (
    DecisionKey,
    MigrationPlan,
    NoticeText,
    PlanDecision,
    PlanLine,
    PlanNoticeKind,
)
from onboarding.plans.refusals import PlanClosed
from onboarding.plans.telling.notices import ensure_notices
from onboarding.services import Refused
from onboarding.states import OPEN_PLANS, LineState
from portal.kernel import audit, limits
from portal.kernel.models import Limit

# What belongs to a "yes" of each decision; a "no" needs nothing but its note.
DETAILS: Mapping[str, frozenset[str]] = {
    DecisionKey.INFORM: frozenset({"text_name", "days_before"}),
    DecisionKey.DOCUMENTATION: frozenset({"url"}),
    DecisionKey.PRICE: frozenset({"hosting_cost_saved", "price_before", "price_after", "effective_from"}),
}
EMPTY: Mapping[str, Any] = {
    "text_name": "",
    "days_before": None,
    "url": "",
    "hosting_cost_saved": None,
    "price_before": None,
    "price_after": None,
    "effective_from": None,
}
MOST_DAYS_BEFORE = 90
LARGEST_PRICE = Decimal("99999999.99")
LONGEST_URL, LONGEST_NOTE = 200, 500
QUARTERS = (1, 4, 7, 10)
DAYS_IN_A_MONTH = 30


class BadDecision(Refused):
    code = "bad_decision"
    message = gettext_lazy("There is no such decision.")


class TextNotApproved(Refused):
    code = "text_not_approved"
    message = gettext_lazy(
        "Choose texts whose announcement is written and approved in the customer's language."
    )


class BadDaysBefore(Refused):
    code = "bad_days_before"
    message = gettext_lazy("The customer is told between 1 and 90 days before the move.")


class BadAddress(Refused):
    code = "bad_documentation_address"
    message = gettext_lazy("Write a whole address that begins with https:// or http://.")


class BadPrice(Refused):
    code = "bad_price"
    message = gettext_lazy("A price is an amount from 0 with at most two decimals.")


class PriceIncomplete(Refused):
    code = "price_incomplete"
    message = gettext_lazy("A new price needs its amount and the day from which it counts.")


class NoteTooLong(Refused):
    code = "note_too_long"
    message = gettext_lazy("A note has at most 500 characters.")


def decide(
    *, plan: MigrationPlan, key: str, choice: bool, now: datetime, by: str, note: str = "", **details: Any
) -> PlanDecision:
    """Write down a decision, or another one in its place; the dates of the notices follow it."""
    if key not in DETAILS:
        raise BadDecision
    if foreign := set(details) - DETAILS[key]:
        raise TypeError(f"{key} has no {', '.join(sorted(foreign))}")
    held = MigrationPlan.objects.select_for_update(of=("self",)).select_related("customer").get(pk=plan.pk)
    if held.state not in OPEN_PLANS:
        raise PlanClosed
    if len(note) > LONGEST_NOTE:
        raise NoteTooLong
    told = {**EMPTY, **(details if choice else {})}
    if choice:
        _CHECKS[key](held, told)
    elif key == DecisionKey.INFORM:
        told["text_name"] = _text_until_now(held)
    decision, _is_new = PlanDecision.objects.update_or_create(
        plan=held,
        key=key,
        defaults={**told, "choice": choice, "note": note, "decided_at": now, "decided_by": by},
        create_defaults={
            **told,
            "partner_id": held.partner_id,
            "choice": choice,
            "note": note,
            "decided_at": now,
            "decided_by": by,
        },
    )
    known = {name: _plain(value) for name, value in told.items() if value not in ("", None)}
    audit.record(row=held, action="plan.decided", now=now, by=by, key=key, choice=choice, **known)
    if key == DecisionKey.INFORM:
        ensure_notices(plan=held, now=now, by=by)
    return decision


def _text_until_now(plan: MigrationPlan) -> str:
    """Which texts the customer was to get: what it was told already is still corrected in their words."""
    names = PlanDecision.objects.filter(plan=plan, key=DecisionKey.INFORM).values_list("text_name", flat=True)
    return names.first() or ""


def _plain(value: Any) -> str | int:
    return value if isinstance(value, int) else str(value)


def _check_inform(plan: MigrationPlan, told: dict[str, Any]) -> None:
    days = told["days_before"]
    if not isinstance(days, int) or not 1 <= days <= MOST_DAYS_BEFORE:
        raise BadDaysBefore
    texts = NoticeText.objects.filter(name=told["text_name"], language=plan.customer.language)
    if not texts.filter(kind=PlanNoticeKind.ANNOUNCEMENT, approved_at__isnull=False).exists():
        raise TextNotApproved


def _check_documentation(plan: MigrationPlan, told: dict[str, Any]) -> None:
    """The address may follow: that documentation is needed is known before it is written."""
    if told["url"]:
        try:
            URLValidator(schemes=["http", "https"])(told["url"])
        except ValidationError as error:
            raise BadAddress from error
        if len(told["url"]) > LONGEST_URL:
            raise BadAddress


def _check_price(plan: MigrationPlan, told: dict[str, Any]) -> None:
    for name in ("hosting_cost_saved", "price_before", "price_after"):
        amount = told[name]
        if amount is None:
            continue
        if not isinstance(amount, Decimal) or not amount.is_finite() or not 0 <= amount <= LARGEST_PRICE:
            raise BadPrice
        if amount != round(amount, 2):
            raise BadPrice
    if told["price_after"] is None or not isinstance(told["effective_from"], date):
        raise PriceIncomplete


_CHECKS: Mapping[str, Callable[[MigrationPlan, dict[str, Any]], None]] = {
    DecisionKey.INFORM: _check_inform,
    DecisionKey.DOCUMENTATION: _check_documentation,
    DecisionKey.PRICE: _check_price,
}


def next_quarter(day: date) -> date:
    """The next first day of a quarter, on which Meta changes its prices; `day` itself if it is one."""
    if day.day == 1 and day.month in QUARTERS:
        return day
    month = next((month for month in QUARTERS if month > day.month), None)
    return date(day.year, month, 1) if month else date(day.year + 1, 1, 1)


def price_facts(plan: MigrationPlan, *, today: date) -> list[str]:
    """What to know when the price is decided, with this plan's own figures."""
    lines = PlanLine.objects.filter(plan=plan).exclude(state=LineState.ABANDONED)
    volumes = list(lines.values_list("daily_volume", flat=True))
    free = limits.number("free_service_messages")
    since = date.fromisoformat(Limit.objects.get(pk="service_messages_charged_from").value)
    facts = [
        _("Meta asks nothing for hosting, and the price of a message is the same on both APIs."),
        _(
            "Since %(day)s Meta charges service messages too; %(free)d for each number and month are free, "
            "here %(all)d a month."
        )
        % {"day": dates.whole_day(since), "free": free, "all": free * len(volumes)},
        _("Meta changes its prices on the first day of a quarter: the next one is %(day)s.")
        % {"day": dates.whole_day(next_quarter(today))},
    ]
    known = [volume for volume in volumes if volume is not None]
    if known:
        above = sum(max(volume * DAYS_IN_A_MONTH - free, 0) for volume in known)
        facts.append(
            ngettext(
                "If all its messages were service messages, %(n)d a month would be charged.",
                "If all its messages were service messages, %(n)d of them a month would be charged.",
                above,
            )
            % {"n": above}
        )
    return facts
