"""One plan: what stops it and who must act, then everything that is known of it, and the buttons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from onboarding import dates
from onboarding.admin import words as desk_words
from onboarding.admin.plans import words
from onboarding.admin.plans.assessing import AssessingButtons, assessment_context
from onboarding.admin.plans.deciding import DecidingButtons, deciding_context
from onboarding.admin.plans.forms import PlanForm
from onboarding.admin.plans.lines import line_card
from onboarding.admin.plans.listing import PlanListAdmin
from onboarding.admin.plans.planning import PlanningButtons
from onboarding.admin.plans.running import RunningButtons
from onboarding.models import MigrationPlan, PlanLine, WaveSchedule
from onboarding.plans import opening, queries, timeline
from onboarding.plans.needs import Need
from onboarding.plans.paths.facts import FACTS
from onboarding.plans.queries import PlanView
from onboarding.plans.waves.exports import calendar_ics, plans_csv
from onboarding.plans.waves.why import explain
from onboarding.reasons import Text
from onboarding.services import Refused
from onboarding.states import OPEN_PLANS, PlanState, ScheduleState
from portal.kernel import clock
from portal.kernel.buttons import Button, button
from portal.kernel.rights import actor

# The buttons that move the plan stand on top; the others beside what they change.
ON_TOP = frozenset({"finish_assessment", "start", "pause", "resume", "unschedule", "calendar", "abandon"})
# The one that answers what stops the plan stands there too, and first.
FIRST = {
    "assessment_open": "answer",
    "numbers_missing": "add_line",
    "inform_undecided": "decide_inform",
    "plan_fault": "retry",
    "plan_paused": "resume",
}


@admin.register(MigrationPlan)
class MigrationPlanAdmin(AssessingButtons, RunningButtons, PlanningButtons, DecidingButtons, PlanListAdmin):
    """The page half of the screen of plans."""

    def get_urls(self) -> list[URLPattern]:
        export = path(
            "export/", self.admin_site.admin_view(self.export_view), name="onboarding_migrationplan_export"
        )
        return [export, *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """All plans as a file for a spreadsheet."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        headers = {"Content-Disposition": 'attachment; filename="plans.csv"'}
        return HttpResponse(plans_csv(), content_type="text/csv; charset=utf-8", headers=headers)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Open a plan for a customer, with its numbers."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PlanForm(request.POST or None)
        if form.is_valid():
            try:
                with transaction.atomic():
                    opened = opening.open_plan(now=clock.now(), by=actor(request), **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal.message))
            else:
                messages.success(request, _("The plan is opened."))
                return HttpResponseRedirect(self.page_of(opened))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": _("New plan"),
            "button": {"label": _("Open the plan")},
            "form": form,
            "back": reverse("admin:onboarding_migrationplan_changelist"),
        }
        return TemplateResponse(request, "desk/ask.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The plan. There is no form: it changes through what happens, or through a button."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        buttons = self.buttons_of(request, row)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": str(row),
            "original": row,
            "row": row,
            "acts": {each.name: address for each, address in buttons},
            **(shown := plan_context(row)),
            "buttons": on_top(buttons, shown["view"]),
        }
        return TemplateResponse(request, "desk/plans/plan.html", context)

    def button_names(self, row: MigrationPlan) -> list[str]:
        names = [*self.assessing_names(row), *self.running_names(row), *self.planning_names(row)]
        return [*names, *self.deciding_names(row), *(["calendar"] if row.planned_start_at else [])]

    @button(_("Calendar file"), role="VIEWER", style="plain")
    def calendar(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> HttpResponse:
        """The date of the plan for a calendar."""
        headers = {"Content-Disposition": 'attachment; filename="plan.ics"'}
        return HttpResponse(calendar_ics(row), content_type="text/calendar; charset=utf-8", headers=headers)


def on_top(buttons: list[tuple[Button, str]], view: PlanView) -> list[tuple[Button, str]]:
    """The buttons above the page: what answers the plan's needs, then what moves it; the dangerous last."""
    answers = [FIRST.get(need.requirement.reason, "") for need in view.needs]
    if "answer" in answers and view.plan.recommendation:
        answers.insert(0, "finish_assessment")
    # Of an abandoned plan the calendar file is the cancellation, and stands where the date was.
    movers = ON_TOP - {"calendar"} if view.plan.state == PlanState.ABANDONED else ON_TOP
    shown = [pair for pair in buttons if pair[0].name in movers or pair[0].name in answers]

    def place(pair: tuple[Button, str]) -> tuple[bool, int]:
        name = pair[0].name
        return pair[0].style == "danger", answers.index(name) if name in answers else len(answers)

    return sorted(shown, key=place)


def plan_context(row: MigrationPlan) -> Mapping[str, Any]:
    """Everything the page shows."""
    now = clock.now()
    judged = assessment_context(row)
    # What is stored is as old as the last answer; numbers and limits may have changed since.
    row.recommendation = judged["assessment"].recommendation
    view = queries.plan_view(row, now=now)
    zone = row.customer.time_zone
    is_abandoned = row.state == PlanState.ABANDONED
    applied = WaveSchedule.objects.filter(state=ScheduleState.APPLIED).first()
    return {
        "now": now,
        "view": view,
        "needs": [_need(need) for need in view.needs],
        "state": words.state_badges(row, late=view.is_late),
        "is_abandoned": is_abandoned,
        "starts": _date(row.planned_start_at, zone) if not is_abandoned else "",
        "ends": _date(row.planned_end_at, zone),
        "zone": dates.zone_name(zone),
        "lines": [line_card(one, view.details[one.line.pk], now=now) for one in view.lines],
        "why": explain(row, applied) if applied is not None and row.state in OPEN_PLANS else [],
        "wishes": [
            (wish, dates.whole_day(wish.day), applied is not None and wish.pk in applied.dropped_wishes)
            for wish in view.wishes
        ],
        "facts": FACTS[row.path],
        "longest_downtime": words.longest_downtime(view),
        "advice": row.get_recommendation_display(),
        "history": timeline.history_of(row, [one.line for one in view.lines]),
        **judged,
        **deciding_context(view, now=now),
    }


def _need(need: Need) -> tuple[Need, Text, list[tuple[PlanLine, str]]]:
    """A need with whose move it is, and the numbers it stops."""
    numbers = [(line, words.number(line)) for line in need.lines]
    return need, desk_words.MOVES[need.requirement.owner], numbers


def _date(moment: datetime | None, zone: str) -> str:
    return dates.in_words(moment, zone=zone) if moment else ""
