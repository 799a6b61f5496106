"""The pages of a schedule beside its own: the board, a wave, a comparison, and its exports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from onboarding.admin import board_words, comparison_words
from onboarding.admin.schedule_words import day_words, finish_words, state_badge, trouble_badge
from onboarding.models import MigrationPlan, Path, Risk, WaveSchedule
from onboarding.plans.telling.preview import telling
from onboarding.plans.waves import exports
from onboarding.plans.waves.board import Board, Filters, board_of, schedule_in_force
from onboarding.plans.waves.comparison import compare
from onboarding.plans.waves.timeline import wave_of
from onboarding.states import OPEN_PLANS, PlanState, ScheduleState
from portal.kernel import clock
from portal.kernel.admin import DeskAdmin
from portal.kernel.rights import allows
from tenants.models import Membership

PROPOSALS = (ScheduleState.SOLVED, ScheduleState.INFEASIBLE, ScheduleState.DRAFT)
# Beside the calendar: the others are on the list of plans, one click away.
SHOWN_BESIDE = 12
# Of the plans with another time, those whose customers must be told first.
SHOWN_CHANGES = 50
EXPORTS = {
    "csv": ("text/csv; charset=utf-8", exports.waves_csv),
    "ics": ("text/calendar; charset=utf-8", exports.calendar_ics),
}


@dataclass(frozen=True, kw_only=True)
class WaveLine:
    """One wave of a schedule's list."""

    wave: int
    day: date
    customers: int

    @property
    def day_words(self) -> str:
        return day_words(self.day)

    @property
    def customers_words(self) -> str:
        return board_words.customers_words(self.customers)


class BoardAdmin(DeskAdmin):
    """Everything that is looked at; what is pressed is in schedules.py."""

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "board": ("board/", self.board_view),
            "wave": ("<path:object_id>/wave/<int:wave>/", self.wave_view),
            "compare": ("<path:object_id>/compare/", self.compare_view),
            "export": ("<path:object_id>/export/<slug:name>/", self.export_view),
        }
        named = "onboarding_waveschedule_"
        own = [
            path(route, self.admin_site.admin_view(view), name=named + name)
            for name, (route, view) in views.items()
        ]
        return [*own, *super().get_urls()]

    def board_view(self, request: HttpRequest) -> HttpResponse:
        """What is in force as a calendar, or the schedule that is asked for."""
        wanted = request.GET.get("schedule", "")
        schedule = self._schedule(request, wanted) if wanted else schedule_in_force() or _newest_proposal()
        filters, now = _filters(request), clock.now()
        board = board_of(schedule, filters=filters, now=now) if schedule else None
        context = {
            "title": _("Board of waves"),
            # Above the page stands its name, and not the list of schedules.
            "content_title": _("Board of waves"),
            "opts": None,
            "now": now,
            "board": board,
            "schedule": schedule,
            "weeks": board_words.weeks(board) if board else [],
            "columns": board_words.columns(board) if board else "",
            "beside": _beside(board) if board else [],
            "filters": filters,
            "choices": _choices(filters),
            "totals": _totals(),
            "shown": board_words.shown(board) if board else "",
            "state_badge": state_badge(schedule) if schedule else "",
            "finish": finish_words(schedule) if schedule else "",
            "schedules": WaveSchedule.objects.filter(state__in=(*PROPOSALS, ScheduleState.APPLIED)),
            "buttons": self.buttons_of(request, schedule) if schedule else [],
            "may_plan": allows(request, "OPERATOR"),
        }
        return self._page_of(request, "desk/plans/board.html", context)

    def wave_view(self, request: HttpRequest, object_id: str, wave: int) -> HttpResponse:
        """One wave as a timeline."""
        schedule, now = self._schedule(request, object_id), clock.now()
        found = wave_of(schedule, wave, now=now)
        if found is None:
            raise Http404
        context = {
            "title": _("Wave %(n)d") % {"n": wave},
            "original": schedule,
            "name": day_words(found.day),
            "figures": board_words.wave_figures(found),
            "now": now,
            "schedule": schedule,
            "wave": found,
            "groups": [
                (group, trouble_badge(group.trouble), board_words.rows(found, group, now=now))
                for group in found.groups
            ],
            "ticks": board_words.ticks(found),
            "now_place": found.axis.place(now) if found.axis.shows(now) else "",
        }
        return self._page_of(request, "desk/plans/wave.html", context)

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Two schedules side by side: this one, and the one in force unless another is asked for."""
        schedule = self._schedule(request, object_id)
        wanted = request.GET.get("with", "")
        other = self._schedule(request, wanted) if wanted else _other_than(schedule)
        found = compare(other, schedule)
        changes = comparison_words.change_rows(found, zone=schedule.time_zone)
        context = {
            "title": _("Comparison of schedules"),
            "original": schedule,
            "now": clock.now(),
            "schedule": schedule,
            "other": other,
            "before_name": comparison_words.name_of(other),
            "summary": comparison_words.summary(found),
            "figures": comparison_words.figure_rows(found),
            "rules": comparison_words.rule_rows(found),
            "wishes": comparison_words.wish_rows(found),
            "changes": changes if "all" in request.GET else changes[:SHOWN_CHANGES],
            "changed": len(changes),
            "telling": comparison_words.telling_rows(telling(found)),
            "others": WaveSchedule.objects.exclude(pk=schedule.pk).exclude(state=ScheduleState.DISCARDED),
            "apply_url": self.apply_url(request, schedule),
        }
        return self._page_of(request, "desk/plans/comparison.html", context)

    def export_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """The schedule as a file."""
        schedule = self._schedule(request, object_id)
        if name not in EXPORTS:
            raise Http404
        content_type, export = EXPORTS[name]
        file = f"{slugify(schedule.name) or 'waves'}.{name}"
        headers = {"Content-Disposition": f'attachment; filename="{file}"'}
        return HttpResponse(export(schedule), content_type=content_type, headers=headers)

    def apply_url(self, request: HttpRequest, schedule: WaveSchedule) -> str:
        """Where the schedule is applied, for those who may, if it can be."""
        return next((url for each, url in self.buttons_of(request, schedule) if each.name == "apply"), "")

    def waves_of(self, schedule: WaveSchedule) -> Sequence[WaveLine]:
        """The waves of a schedule, counted."""
        slots = schedule.slots.exclude(plan__state=PlanState.ABANDONED).order_by("day")
        rows = slots.values("wave", "day").annotate(customers=Count("plan"))
        return [WaveLine(**row) for row in rows]

    def _schedule(self, request: HttpRequest, object_id: str) -> WaveSchedule:
        row: WaveSchedule | None = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def _page_of(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.model._meta}
        return TemplateResponse(request, template, {**frame, **context})


def _totals() -> list[tuple[str, Any, int]]:
    """How many plans are in each open state."""
    counted = MigrationPlan.objects.filter(state__in=OPEN_PLANS).order_by().values_list("state")
    counts = dict(counted.annotate(n=Count("pk")))
    return [(state.value, state.label, counts.get(state, 0)) for state in OPEN_PLANS]


def _beside(board: Board) -> list[dict[str, Any]]:
    """The two lists beside the calendar, each as long as can be read."""
    lists = {_("Needs a look"): board.troubled, _("Without a day"): board.unplanned}
    return [
        {
            "title": title,
            "total": len(entries),
            "entries": [
                (entry, trouble_badge(entry.trouble), board_words.beside(entry))
                for entry in entries[:SHOWN_BESIDE]
            ],
        }
        for title, entries in lists.items()
    ]


def _newest_proposal() -> WaveSchedule | None:
    return WaveSchedule.objects.filter(state__in=PROPOSALS).first()


def _other_than(schedule: WaveSchedule) -> WaveSchedule | None:
    """What a schedule is compared with at first: the one in force, else the one it was copied from."""
    in_force = schedule_in_force()
    return in_force if in_force and in_force.pk != schedule.pk else schedule.base


def _filters(request: HttpRequest) -> Filters:
    given = {name: request.GET.get(name, "") for name in ("path", "owner", "risk")}
    return Filters(
        path=given["path"] if given["path"] in Path.values else "",
        risk=given["risk"] if given["risk"] in Risk.values else "",
        owner=given["owner"],
    )


def _choices(filters: Filters) -> list[dict[str, Any]]:
    """The filters as fields, each with what is chosen."""
    responsible = MigrationPlan.objects.exclude(owner=None).values("owner")
    owners = Membership.objects.filter(pk__in=responsible).select_related("user").order_by("user__name", "pk")
    people = [(str(member.pk), member.user.name or member.user.email) for member in owners]
    fields = {
        "path": (_("path"), Path.choices),
        "owner": (_("responsible person"), people),
        "risk": (_("risk"), Risk.choices),
    }
    return [
        {"name": name, "label": label, "options": options, "chosen": getattr(filters, name)}
        for name, (label, options) in fields.items()
    ]
