"""One number of a plan: what stops it, its rail, checks with evidence, backup, calls, and its buttons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from onboarding import dates
from onboarding import timeline as journey_timeline
from onboarding.admin import words as desk_words
from onboarding.admin.plans import words
from onboarding.admin.plans.moving import MovingButtons, no_way_back
from onboarding.models import CheckResult, MoveReport, PlanCheck, PlanLine
from onboarding.plans import queries, timeline
from onboarding.plans.moving.checks import CHECKS
from onboarding.plans.moving.no_return import points_of_no_return
from onboarding.plans.moving.report import PROOFS
from onboarding.plans.paths.facts import FACTS
from onboarding.plans.queries import LineDetails, LineView
from onboarding.reasons import Text
from onboarding.services import Refused
from onboarding.steps.keys import StepKey
from portal.kernel import clock


@dataclass(frozen=True, kw_only=True)
class LineCard:
    """One number on the page of its plan."""

    view: LineView
    number: str
    move: Text
    downtime: str
    checks: str
    backup: str
    locked: str
    no_return: list[StepKey]
    report: MoveReport | None


def line_card(view: LineView, details: LineDetails, *, now: datetime) -> LineCard:
    """A number in words."""
    need = view.requirement
    return LineCard(
        view=view,
        number=words.number(view.line),
        move=desk_words.WHO[need.owner] if need else "",
        downtime=dates.span(view.downtime) if view.downtime else "",
        checks=words.checks(details.checks),
        backup=words.backup(details.backup, now),
        locked=dates.whole_day(view.line.locked_until) if view.line.locked_until else "",
        no_return=points_of_no_return(view.line),
        report=details.report,
    )


@admin.register(PlanLine)
class PlanLineAdmin(MovingButtons):
    """The page of a number. The list is that of the plans."""

    refusals = (Refused,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return PlanLine.objects.select_related("plan__customer", "plan__app", "phone_number", "onboarding")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Numbers are looked for among the plans."""
        return HttpResponseRedirect(reverse("admin:onboarding_migrationplan_changelist"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The number. There is no form: it changes through what happens, or through a button."""
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        buttons = self.buttons_of(request, row)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": words.number(row),
            "original": words.number(row),
            "row": row,
            "buttons": buttons,
            "acts": {each.name: address for each, address in buttons},
            **line_context(row),
        }
        return TemplateResponse(request, "desk/plans/line.html", context)

    def button_names(self, row: PlanLine) -> list[str]:
        return self.moving_names(row)

    def name_of(self, row: PlanLine) -> str:
        return words.number(row)


def line_context(row: PlanLine) -> Mapping[str, Any]:
    """Everything the page shows."""
    now = clock.now()
    whole = queries.plan_view(row.plan, now=now)
    view = next(one for one in whole.lines if one.line.pk == row.pk)
    details = whole.details[row.pk]
    journeys = [way.onboarding for way in (view.journey, view.way_back) if way]
    calls = [call for one in journeys for call in journey_timeline.calls_of(one)]
    return {
        "now": now,
        "view": view,
        "card": line_card(view, details, now=now),
        "number": words.number(row),
        "need": view.requirement,
        "move": desk_words.MOVES[view.requirement.owner] if view.requirement else "",
        "facts": FACTS[row.plan.path],
        "no_way_back": no_way_back(row),
        "checks": _checks(details.checks),
        "asked": {check.key for check in queries.to_confirm(row)},
        "proofs": _proofs(details.report),
        "copied": words.evidence(details.report.facts.get("templates") or {}) if details.report else [],
        "details": details,
        "calls": sorted(calls, key=lambda call: call.row.started_at, reverse=True),
        "history": timeline.history_of_line(row),
    }


def _checks(rows: list[PlanCheck]) -> list[tuple[PlanCheck, Text, list[tuple[str, str]]]]:
    """Each check with its title and evidence: what is not fine first, then in the order of looking."""
    places = {key: place for place, key in enumerate(CHECKS)}
    known = sorted((row for row in rows if row.key in places), key=lambda row: places[row.key])
    known.sort(key=lambda row: row.result not in (CheckResult.FAIL, CheckResult.UNKNOWN))
    return [(row, CHECKS[row.key].title, words.evidence(row.evidence)) for row in known]


def _proofs(report: MoveReport | None) -> list[tuple[Text, bool, list[tuple[str, str]]]]:
    """What the verifier looked at, whether it was so, and what it saw."""
    seen = report.facts.get("checks", []) if report else []
    known = [(PROOFS[one["key"]], one) for one in seen if one["key"] in PROOFS]
    return [(proof.title, one["ok"], words.evidence(one.get("evidence") or {})) for proof, one in known]
