"""A notice as its customer gets it: the approved text, filled in, in their language and time zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from onboarding import dates, links
from onboarding.letters import FOLDER, Letter, one_line, paragraphs
from onboarding.models import (
    DecisionKey,
    MigrationPlan,
    NoticeText,
    Path,
    PlanDecision,
    PlanLine,
    PlanNotice,
    PlanNoticeKind,
)
from onboarding.plans.customer.words import MOVES, expected_downtime, measured_downtime
from onboarding.plans.numbers import international
from onboarding.plans.telling.needed import needs_of_customer
from onboarding.plans.telling.returned import returned_lines
from onboarding.plans.telling.texts import fill
from onboarding.services import Refused
from onboarding.states import LineState
from tenants.models import Customer, Partner

# Numbers that a letter names; a customer with more reads the rest on the page.
MOST_NUMBERS = 5
OWN_WORDS: dict[str, str] = {
    PlanNoticeKind.LINK: "plan_link",
    PlanNoticeKind.NEEDED: "plan_needed",
    PlanNoticeKind.RETURNED: "plan_returned",
}
NOT_MOVED = (LineState.PENDING, LineState.MOVING, LineState.ABANDONED, LineState.ROLLED_BACK)
TOLD_KINDS = (
    PlanNoticeKind.ANNOUNCEMENT,
    PlanNoticeKind.REMINDER,
    PlanNoticeKind.CORRECTION,
    PlanNoticeKind.CANCELLATION,
)


class TextMissing(Refused):
    code = "notice_text_missing"
    message = gettext_lazy("There is no text of this kind in the customer's language yet.")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A letter before it leaves; its link is made when it does, so that nobody else can open it."""

    letter: Letter
    is_approved: bool


def masked_link() -> str:
    """What stands for the link wherever a letter is shown or kept."""
    return links.url("…")


def render_notice(plan: MigrationPlan, kind: str, language: str = "") -> Preview:
    """The letter that would leave now, in the customer's language or another one."""
    customer = Customer.objects.get(pk=plan.customer_id)
    reads = language or customer.language
    partner = Partner.objects.get(pk=plan.partner_id)
    if kind in OWN_WORDS:
        letter = _own_letter(plan, partner, customer, reads, template=OWN_WORDS[kind])
        return Preview(letter=letter, is_approved=True)
    text = notice_text(plan, kind, reads)
    if text is None:
        raise TextMissing
    with translation.override(reads):
        values = _values(plan, customer, partner, kind)
        return Preview(
            letter=_letter(partner, customer, reads, subject=text.subject, body=text.body, values=values),
            is_approved=text.approved_at is not None,
        )


def notice_text(plan: MigrationPlan, kind: str, language: str) -> NoticeText | None:
    """The text that the decision to inform the customer names, or named before it was taken back."""
    inform = PlanDecision.objects.filter(plan=plan, key=DecisionKey.INFORM).exclude(text_name="").first()
    if inform is None:
        return None
    return NoticeText.objects.filter(name=inform.text_name, kind=kind, language=language).first()


def render_text(*, subject: str, body: str, language: str, partner: Partner) -> Letter:
    """A text as it would read, with an invented customer's values: what its writer and approver see."""
    customer = Customer(
        name="Panificio Aurora", contact_name="Giulia Ferri", contact_email="giulia@aurora.example"
    )
    with translation.override(language):
        values = {
            **_people(customer, partner),
            "numbers": "+39 06 5550101",
            "date": "…",
            "time": "…",
            "previous_date": "…",
            "downtime": str(MOVES[Path.ONPREM_TO_CLOUD].downtime),
        }
        return _letter(partner, customer, language, subject=subject, body=body, values=values)


def _own_letter(
    plan: MigrationPlan, partner: Partner, customer: Customer, language: str, *, template: str
) -> Letter:
    returned = returned_lines(plan)
    context = {"partner": partner, "customer": customer, "link": masked_link()}
    context |= {"needs": needs_of_customer(plan), "returned": len(returned)}
    with translation.override(language):
        context["numbers"] = numbers_in_words(returned)
        return Letter(
            partner=partner,
            to=customer.contact_email,
            language=language,
            subject=one_line(render_to_string(f"{FOLDER}/{template}.subject.txt", context)),
            paragraphs=paragraphs(render_to_string(f"{FOLDER}/{template}.txt", context)),
            link=masked_link(),
            button=_("Open your page"),
        )


def _letter(
    partner: Partner, customer: Customer, language: str, *, subject: str, body: str, values: dict[str, str]
) -> Letter:
    parts = paragraphs(fill(body, values))
    if values["link"] not in parts:
        parts = (*parts, values["link"])
    signature = render_to_string(f"{FOLDER}/signature.txt", {"partner": partner})
    return Letter(
        partner=partner,
        to=customer.contact_email,
        language=language,
        subject=one_line(fill(subject, values)),
        paragraphs=(*parts, *paragraphs(signature)),
        link=values["link"],
        button=_("Open your page"),
    )


def _people(customer: Customer, partner: Partner) -> dict[str, str]:
    return {
        "customer": customer.name,
        "contact": customer.contact_name or customer.name,
        "partner": partner.name,
        "support": partner.support_email,
        "link": masked_link(),
    }


def _values(plan: MigrationPlan, customer: Customer, partner: Partner, kind: str) -> dict[str, str]:
    start, told, zone = plan.planned_start_at, told_before(plan, kind), customer.time_zone
    lines = list(PlanLine.objects.filter(plan=plan).order_by("position"))
    values = _people(customer, partner) | {"numbers": numbers_in_words(_meant(lines, kind))}
    values["downtime"] = (
        measured_downtime(lines) or pgettext("interruption", "none")
        if kind == PlanNoticeKind.COMPLETION
        else expected_downtime(plan.path, start, zone=zone)
    )
    for name, moment in (("date", start), ("previous_date", told or start)):
        values[name] = dates.day(moment, zone=zone) if moment else _("a day to be agreed")
    values["time"] = dates.hour(start, zone=zone) if start else _("an hour to be agreed")
    return values


def told_before(plan: MigrationPlan, kind: str) -> datetime | None:
    """The date that the customer has in mind and that a letter of this kind takes back."""
    told = PlanNotice.objects.filter(plan=plan, kind__in=TOLD_KINDS, told_start_at__isnull=False)
    told = told.exclude(body="").order_by("-created_at", "-id")
    if kind != PlanNoticeKind.CANCELLATION:
        told = told.exclude(told_start_at=plan.planned_start_at)
    return told.values_list("told_start_at", flat=True).first()


def _meant(lines: Sequence[PlanLine], kind: str) -> list[PlanLine]:
    """The numbers that a letter of this kind is about."""
    if kind == PlanNoticeKind.COMPLETION:
        return [line for line in lines if line.state == LineState.MOVED]
    if kind == PlanNoticeKind.CANCELLATION:
        return [line for line in lines if line.state in NOT_MOVED]
    return [line for line in lines if line.state != LineState.ABANDONED]


def numbers_in_words(lines: Sequence[PlanLine]) -> str:
    """The numbers in a row; of many only the first few."""
    named = ", ".join(international(line.display_phone_number) for line in lines[:MOST_NUMBERS])
    rest = len(lines) - MOST_NUMBERS
    if rest > 0:
        words = ngettext("%(numbers)s and %(n)d more", "%(numbers)s and %(n)d more", rest)
        return words % {"numbers": named, "n": rest}
    return named or _("your WhatsApp number")
