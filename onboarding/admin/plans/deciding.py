"""The three decisions before a move, and what the customer is told: as forms and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding import dates
from onboarding.models import (
    DecisionKey,
    MigrationPlan,
    NoticeText,
    PlanDecision,
    PlanNoticeKind,
)
from onboarding.plans.queries import PlanView
from onboarding.plans.telling import decisions, notices
from onboarding.plans.telling.notice_list import NoticeStatus, NoticeView, plan_notices
from onboarding.plans.telling.rendering import TextMissing, render_notice
from onboarding.reasons import Text
from onboarding.states import OPEN_PLANS
from portal.kernel import clock
from portal.kernel.admin import DeskAdmin
from portal.kernel.admin_forms import (
    RowForm,
    choice_field,
    date_field,
    decimal_field,
    long_text_field,
    number_field,
    url_field,
)
from portal.kernel.buttons import button
from portal.kernel.rights import actor

YES_NO = [("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))]
AMOUNT: dict[str, Any] = {"required": False, "min_value": 0, "max_digits": 10, "decimal_places": 2}
# Which button changes a decision.
ACTS = {
    DecisionKey.INFORM: "decide_inform",
    DecisionKey.DOCUMENTATION: "decide_documentation",
    DecisionKey.PRICE: "decide_price",
}


class DecisionForm(RowForm):
    """A yes or no with its details; the present decision is filled in."""

    key: DecisionKey
    choice = choice_field(gettext_lazy("decision"), YES_NO)
    note = long_text_field(gettext_lazy("note"), max_length=500, required=False)

    def know(self, row: MigrationPlan) -> None:
        known = PlanDecision.objects.filter(plan=row, key=self.key).first()
        if known is not None:
            present = {name: getattr(known, name) for name in self.fields if name != "choice"}
            self.initial = present | {"choice": "yes" if known.choice else "no"}

    def clean_choice(self) -> bool:
        return bool(self.cleaned_data["choice"] == "yes")


class InformForm(DecisionForm):
    key = DecisionKey.INFORM
    text_name = choice_field(
        gettext_lazy("texts"),
        [],
        required=False,
        help_text=gettext_lazy("Only texts whose announcement is approved in the customer's language."),
    )
    days_before = number_field(
        gettext_lazy("days before the move"), required=False, min_value=1, max_value=90, initial=14
    )
    field_order = ("choice", "text_name", "days_before", "note")

    def know(self, row: MigrationPlan) -> None:
        super().know(row)
        approved = NoticeText.objects.filter(
            kind=PlanNoticeKind.ANNOUNCEMENT, language=row.customer.language, approved_at__isnull=False
        )
        names = approved.order_by("name").values_list("name", flat=True)
        self.fields["text_name"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]


class DocumentationForm(DecisionForm):
    key = DecisionKey.DOCUMENTATION
    url = url_field(gettext_lazy("address"), required=False, max_length=200)
    field_order = ("choice", "url", "note")


class PriceForm(DecisionForm):
    key = DecisionKey.PRICE
    hosting_cost_saved = decimal_field(gettext_lazy("hosting cost saved, a month"), **AMOUNT)
    price_before = decimal_field(gettext_lazy("price before, a month"), **AMOUNT)
    price_after = decimal_field(gettext_lazy("price after, a month"), **AMOUNT)
    effective_from = date_field(gettext_lazy("from"), required=False)
    field_order = (
        "choice",
        "hosting_cost_saved",
        "price_before",
        "price_after",
        "effective_from",
        "note",
    )


class DecidingButtons(DeskAdmin):
    """Taking the decisions, and sending the customer the way to its page."""

    def deciding_names(self, row: MigrationPlan) -> list[str]:
        """Which of these buttons make sense for the plan."""
        return [*ACTS.values(), "send_link"] if row.state in OPEN_PLANS else []

    def _decide(self, request: HttpRequest, row: MigrationPlan, key: str, data: Mapping[str, Any]) -> None:
        decisions.decide(plan=row, key=key, now=clock.now(), by=actor(request), **data)
        self.message_user(request, _("The decision is written down."))

    @button(
        gettext_lazy("Inform the customer?"),
        form=InformForm,
        explanation=gettext_lazy(
            "With yes the customer is told the date by e-mail, reminded the day before, told every new date,"
            " and told when all is done."
        ),
    )
    def decide_inform(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        self._decide(request, row, DecisionKey.INFORM, data)

    @button(
        gettext_lazy("Write documentation?"),
        form=DocumentationForm,
        explanation=gettext_lazy("Whether the customer needs documentation for the move, and where it is."),
    )
    def decide_documentation(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        self._decide(request, row, DecisionKey.DOCUMENTATION, data)

    @button(
        gettext_lazy("Change the price?"),
        form=PriceForm,
        explanation=gettext_lazy(
            "What the customer pays you in a month, in its currency; Meta now bears the cost of hosting."
        ),
    )
    def decide_price(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        self._decide(request, row, DecisionKey.PRICE, data)

    @button(
        gettext_lazy("Send the customer's link"),
        form=forms.Form,
        explanation=gettext_lazy(
            "The customer gets an e-mail with a new link to the page of its move; links made before stop"
            " working."
        ),
    )
    def send_link(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        notices.send_plan_link(plan=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The link is on its way."))


STATUS_LOOKS = {
    NoticeStatus.WAITING: "info",
    NoticeStatus.TEXT_MISSING: "danger",
    NoticeStatus.UNCERTAIN: "warning",
    NoticeStatus.FAILED: "danger",
    NoticeStatus.SENT: "success",
    NoticeStatus.WITHDRAWN: "neutral",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One notice: what became of it, and its words as they left or would leave now."""

    view: NoticeView
    look: str
    to: str
    subject: str
    body: str


def deciding_context(view: PlanView, *, now: datetime) -> dict[str, Any]:
    """What the page shows of decisions and notices."""
    today = timezone.localtime(now).date()
    return {
        "decisions": [_decision(key, view.decisions.get(key)) for key in DecisionKey],
        "price_facts": decisions.price_facts(view.plan, today=today),
        "told": [_told(view.plan, notice) for notice in plan_notices(view.plan)],
    }


def _decision(
    key: DecisionKey, row: PlanDecision | None
) -> tuple[DecisionKey, Text, PlanDecision | None, str, str]:
    since = dates.whole_day(row.effective_from) if row and row.effective_from else ""
    return key, key.label, row, ACTS[key], since


def _told(plan: MigrationPlan, view: NoticeView) -> Told:
    notice = view.notice
    to, subject, body = notice.recipient, notice.subject, notice.body
    if not body and not notice.cancelled_at:
        try:
            letter = render_notice(plan, notice.kind).letter
            to, subject, body = letter.to, letter.subject, letter.text
        except TextMissing as refusal:
            body = str(refusal.message)
    return Told(view=view, look=STATUS_LOOKS[view.status], to=to, subject=subject, body=body)
