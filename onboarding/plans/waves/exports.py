"""Schedules and plans as files: CSV for spreadsheets, iCalendar for calendars."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onboarding.models import MigrationPlan, PlanLine, WaveSchedule, WaveSlot
from onboarding.plans.tables import table
from onboarding.plans.waves import dating, icalendar
from onboarding.plans.waves.icalendar import Event
from onboarding.services import Refused
from onboarding.states import LineState, PlanState, ScheduleState
from portal.kernel.models import Audit
from portal.kernel.scope import current_scope
from tenants.models import Partner

Lines = dict[uuid.UUID, list[PlanLine]]


class NotDated(Refused):
    code = "plan_not_dated"
    message = gettext_lazy("The plan has no date yet: there is nothing to put into a calendar.")


def waves_csv(schedule: WaveSchedule) -> str:
    """Who moves when in a schedule, one line for each plan; times are those of the staff."""
    slots, lines = _slots(schedule)
    heading = (_("wave"), _("day"), _("start"), _("end"), _("time zone"))
    return table(
        (*heading, *_plan_heading()),
        (
            (
                slot.wave,
                slot.day,
                _local(slot.starts_at, schedule.time_zone),
                _local(slot.ends_at, schedule.time_zone),
                schedule.time_zone,
                *_plan_cells(slot.plan, lines[slot.plan_id]),
            )
            for slot in slots
        ),
    )


def plans_csv() -> str:
    """Every plan with its dates and how far it is; times are the partner's."""
    plans = MigrationPlan.objects.select_related("customer", "owner__user").order_by("customer__name", "pk")
    rows = list(plans)
    lines = _lines({plan.pk for plan in rows})
    zone = Partner.objects.get(pk=current_scope().partner_id).time_zone
    dates = (_("wave"), _("planned start"), _("planned end"), _("started"), _("ended"), _("time zone"))
    return table(
        (*_plan_heading(), _("moved"), *dates),
        (
            (
                *_plan_cells(plan, lines[plan.pk]),
                sum(line.state == LineState.MOVED for line in lines[plan.pk]),
                plan.wave,
                *(
                    _local(moment, zone)
                    for moment in (plan.planned_start_at, plan.planned_end_at, plan.started_at, plan.ended_at)
                ),
                zone,
            )
            for plan in rows
        ),
    )


def calendar_ics(subject: WaveSchedule | MigrationPlan) -> str:
    """The dates of a schedule, or the date of one plan, for a calendar."""
    if isinstance(subject, MigrationPlan):
        if subject.planned_start_at is None:
            raise NotDated
        events = _dated_events([subject])
    elif subject.state == ScheduleState.APPLIED:
        slots, _lines_of = _slots(subject)
        events = _dated_events([slot.plan for slot in slots])
    else:
        events = _proposed_events(subject)
    return icalendar.calendar(str(subject), events)


def _dated_events(plans: Collection[MigrationPlan]) -> Iterator[Event]:
    """The plans' own dates, which somebody may have in a calendar already."""
    ids = [plan.pk for plan in plans]
    changes = Audit.objects.filter(subject_id__in=ids, action__in=(dating.DATED, dating.WITHDRAWN)).order_by()
    counted = dict(changes.values("subject_id").annotate(n=Count("pk")).values_list("subject_id", "n"))
    lines = _lines(set(ids))
    for plan in plans:
        is_abandoned = plan.state == PlanState.ABANDONED
        if plan.planned_start_at is not None and plan.planned_end_at is not None:
            yield Event(
                uid=str(plan.pk),
                sequence=counted.get(plan.pk, 0) + is_abandoned,
                changed_at=plan.changed_at,
                starts_at=plan.planned_start_at,
                ends_at=plan.planned_end_at,
                summary=_summary(plan, plan.wave),
                description=_description(plan, lines[plan.pk]),
                status="CANCELLED" if is_abandoned else "CONFIRMED",
            )


def _proposed_events(schedule: WaveSchedule) -> Iterator[Event]:
    slots, lines = _slots(schedule)
    for slot in slots:
        yield Event(
            uid=str(slot.pk),
            sequence=0,
            changed_at=schedule.solved_at or schedule.created_at,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            summary=_summary(slot.plan, slot.wave),
            description=_description(slot.plan, lines[slot.plan_id]),
            status="TENTATIVE",
        )


def _summary(plan: MigrationPlan, wave: int | None) -> str:
    names = {"customer": plan.customer.name, "path": plan.get_path_display(), "wave": wave}
    return (_("Wave %(wave)s: %(customer)s, %(path)s") if wave else _("%(customer)s, %(path)s")) % names


def _description(plan: MigrationPlan, lines: list[PlanLine]) -> str:
    counted = ngettext("%(n)d number", "%(n)d numbers", len(lines)) % {"n": len(lines)}
    return "\n".join([counted, *(line.display_phone_number for line in lines)])


def _slots(schedule: WaveSchedule) -> tuple[list[WaveSlot], Lines]:
    rows = WaveSlot.objects.filter(schedule=schedule).select_related("plan__customer", "plan__owner__user")
    slots = list(rows.order_by("starts_at", "plan__customer__name", "pk"))
    return slots, _lines({slot.plan_id for slot in slots})


def _lines(plans: Collection[uuid.UUID]) -> Lines:
    found: Lines = defaultdict(list)
    rows = PlanLine.objects.filter(plan__in=plans).exclude(state=LineState.ABANDONED)
    for line in rows.order_by("position"):
        found[line.plan_id].append(line)
    return found


def _plan_heading() -> tuple[str, ...]:
    return (
        _("customer"),
        _("your reference"),
        _("path"),
        _("state"),
        _("priority"),
        _("risk"),
        _("responsible person"),
        _("numbers"),
        _("phone numbers"),
    )


def _plan_cells(plan: MigrationPlan, lines: list[PlanLine]) -> tuple[object, ...]:
    return (
        plan.customer.name,
        plan.customer.external_id,
        plan.get_path_display(),
        plan.get_state_display(),
        plan.priority,
        plan.get_risk_display(),
        plan.owner.user if plan.owner else None,
        len(lines),
        "; ".join(line.display_phone_number for line in lines),
    )


def _local(moment: datetime | None, zone: str) -> str | None:
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if moment else None
