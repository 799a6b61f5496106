"""The list of plans: whose move it is, what stops each, and the change of several at once."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from onboarding.admin import words as desk_words
from onboarding.admin.plans import words
from onboarding.admin.plans.filters import (
    AdviceFilter,
    MoveFilter,
    OwnerFilter,
    PathFilter,
    RiskFilter,
    StartFilter,
    StateFilter,
)
from onboarding.admin.plans.forms import BulkForm
from onboarding.models import Risk
from onboarding.plans import listing, queries, services
from onboarding.plans.assessing.assessment import finish_all
from onboarding.services import Refused
from portal.kernel import clock
from portal.kernel.admin import DeskAdmin, DeskChangeList
from portal.kernel.rights import actor, allows
from portal.kernel.templatetags.desk import badge


class PlanList(DeskChangeList):
    """Reads what stops all plans of the page at once, so that a longer page asks no more."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        now = clock.now()
        for row, summary in zip(self.result_list, queries.summaries(self.result_list, now=now), strict=True):
            row.summary, row.now = summary, now


class PlanListAdmin(DeskAdmin):
    """The list half of the screen of plans."""

    add_role = "OPERATOR"
    refusals = (Refused,)
    list_display = (
        "customer_name",
        "state_label",
        "move",
        "blocker",
        "starts",
        "wave_label",
        "numbers",
        "path_label",
        "responsible",
        "priority",
        "risk_label",
        "advice",
    )
    list_display_links = ("customer_name",)
    list_filter = (
        StateFilter,
        MoveFilter,
        StartFilter,
        PathFilter,
        RiskFilter,
        AdviceFilter,
        OwnerFilter,
    )
    search_fields = (
        "customer__name",
        "customer__contact_email",
        "customer__external_id",
        "lines__display_phone_number",
    )
    search_help_text = _("Customer, your reference or number")
    actions: Any = ("finish_selected", "change_selected")
    list_before_template = "desk/plans/list_head.html"
    list_fullwidth = True

    class Media:
        css: ClassVar[Any] = {"all": ("desk/plan.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return listing.plan_list(now=clock.now())

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PlanList]:
        return PlanList

    def get_ordering(self, request: HttpRequest) -> Any:
        return (F("planned_start_at").asc(nulls_last=True), "priority", "customer__name", "id")

    @admin.display(description=_("customer"), ordering="customer__name")
    def customer_name(self, row: Any) -> SafeString:
        return format_html('<span class="desk-who">{}</span>', row.customer.name)

    @admin.display(description=_("path"), ordering="path")
    def path_label(self, row: Any) -> SafeString:
        return format_html('<span title="{}">{}</span>', row.get_path_display(), words.PATHS[row.path])

    @admin.display(description=_("state"), ordering="state")
    def state_label(self, row: Any) -> SafeString:
        return words.state_badges(row, late=row.summary.is_late)

    @admin.display(description=_("wave"), ordering="wave")
    def wave_label(self, row: Any) -> SafeString | str:
        return str(row.wave) if row.wave else desk_words.NONE

    @admin.display(description=_("start"), ordering="planned_start_at")
    def starts(self, row: Any) -> SafeString | str:
        return words.start(row, row.now)

    @admin.display(description=_("responsible"), ordering="owner__user__name")
    def responsible(self, row: Any) -> SafeString | str:
        return str(row.owner.user.name) if row.owner else desk_words.NONE

    @admin.display(description=_("risk"), ordering="risk")
    def risk_label(self, row: Any) -> SafeString:
        return badge(row.risk, row.get_risk_display())

    @admin.display(description=_("advice"), ordering="recommendation")
    def advice(self, row: Any) -> SafeString | str:
        if not row.recommendation:
            return desk_words.NONE
        return badge(row.recommendation, words.ADVICE[row.recommendation])

    @admin.display(description=_("moved"), ordering="numbers_moved")
    def numbers(self, row: Any) -> str:
        return f"{row.numbers_moved}/{row.numbers_total}"

    @admin.display(description=_("next move"), ordering="current_owner")
    def move(self, row: Any) -> SafeString | str:
        return words.move(row.summary)

    @admin.display(description=_("waits for"), ordering="current_reason")
    def blocker(self, row: Any) -> SafeString | str:
        return words.blocker(row.summary)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return allows(request, "OPERATOR")

    @admin.action(description=_("Set responsible person, priority, risk"), permissions=["operate"])
    def change_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Ask what to set, show what that changes, then do it."""
        rows = list(queryset)
        asked = "confirmed" in request.POST or "preview" in request.POST
        form = BulkForm(request.POST if asked else None)
        changes = form.changes() if asked and form.is_valid() else {}
        if changes and "confirmed" in request.POST:
            self._change(request, rows, changes)
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": _("Set responsible person, priority, risk"),
            "form": form,
            "rows": [(row, _differences(row, changes)) for row in rows],
            "changes": changes,
        }
        return TemplateResponse(request, "desk/plans/change_selected.html", context)

    @admin.action(description=_("Finish their assessments"), permissions=["operate"])
    def finish_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Declare the drafts among them ready for a date; each of the others needs a look."""
        chosen = list(queryset.values_list("pk", flat=True))
        done = len(finish_all(plans=chosen, now=clock.now(), by=actor(request)))
        if done:
            text = ngettext("%(n)d plan is assessed.", "%(n)d plans are assessed.", done)
            messages.success(request, text % {"n": done})
        if left := len(chosen) - done:
            text = ngettext(
                "%(n)d plan is left as it is: no draft, no answers, no numbers, or advised against.",
                "%(n)d plans are left as they are: no drafts, no answers, no numbers, or advised against.",
                left,
            )
            messages.warning(request, text % {"n": left})

    def _change(self, request: HttpRequest, rows: list[Any], changes: dict[str, Any]) -> None:
        refused = [row for row in rows if not self._changed(request, row, changes)]
        done = len(rows) - len(refused)
        if done:
            messages.success(
                request, ngettext("%(n)d plan is changed.", "%(n)d plans are changed.", done) % {"n": done}
            )
        if refused:
            text = ngettext("%(n)d plan is closed.", "%(n)d plans are closed.", len(refused))
            messages.warning(request, text % {"n": len(refused)})

    def _changed(self, request: HttpRequest, row: Any, changes: dict[str, Any]) -> bool:
        try:
            with transaction.atomic():
                services.update_plan(plan=row, now=clock.now(), by=actor(request), **changes)
        except Refused:
            return False
        return True


def _differences(row: Any, changes: dict[str, Any]) -> list[tuple[Any, Any, Any]]:
    """What would change in a row: the field's name, before and after."""
    return [
        (row._meta.get_field(name).verbose_name, _shown(name, before), _shown(name, after))
        for name, after in changes.items()
        if (before := getattr(row, name)) != after
    ]


def _shown(name: str, value: Any) -> Any:
    return Risk(value).label if name == "risk" else value or "–"
