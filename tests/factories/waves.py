"""Schedules of waves as the desk shows them: many customers, some under way, one schedule in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from onboarding import models
from onboarding.states import LineState, PlanState
from portal.kernel.models import Transition
from tests.factories.plans import (
    MigrationPlanFactory,
    PlanLineFactory,
    PlanWishFactory,
    WaveScheduleFactory,
)
from tests.factories.tenants import CustomerFactory
from tests.factories.world import World

ROME = ZoneInfo("Europe/Rome")
PER_WAVE = 4
QUARTER = timedelta(minutes=15)
PATHS = list(models.Path)
RISKS = list(models.Risk)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour in Rome."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ROME)


def working_days(first: date, count: int) -> list[date]:
    """Days from Monday to Friday."""
    days = [first + timedelta(days=n) for n in range(count * 2 + 7)]
    return [day for day in days if day.isoweekday() < 6][:count]


def make_plans(world: World, count: int, *, numbers: int = 2, **values: object) -> list[models.MigrationPlan]:
    """Assessed plans of as many customers."""
    made = []
    for n in range(count):
        given = {"path": PATHS[n % 5], "risk": RISKS[n % 3], "state": PlanState.ASSESSED, **values}
        plan = MigrationPlanFactory(app=world.app, customer=CustomerFactory(name=f"Cliente {n:03d}"), **given)
        for position in range(1, numbers + 1):
            PlanLineFactory(plan=plan, position=position, is_test_number=position == 1)
        made.append(plan)
    return made


def put(
    schedule: models.WaveSchedule,
    plans: Sequence[models.MigrationPlan],
    days: Sequence[date],
    *,
    per_wave: int = PER_WAVE,
) -> list[models.WaveSlot]:
    """Slots, so many of them on each day."""
    slots = []
    for n, plan in enumerate(plans):
        wave, place = divmod(n, per_wave)
        starts_at = at(days[wave], 9) + place * 2 * QUARTER
        slots.append(
            models.WaveSlot(
                partner_id=schedule.partner_id,
                schedule=schedule,
                plan=plan,
                wave=wave + 1,
                day=days[wave],
                starts_at=starts_at,
                ends_at=starts_at + 2 * QUARTER,
            )
        )
    models.WaveSlot.objects.bulk_create(slots)
    return slots


def in_force(world: World, count: int, *, first_day: date) -> models.WaveSchedule:
    """A schedule that counts: each of its plans has its date."""
    days = working_days(first_day, (count - 1) // PER_WAVE + 1)
    schedule = WaveScheduleFactory(
        name="In force",
        state="APPLIED",
        first_day=first_day,
        last_day=days[-1] + timedelta(days=14),
        applied_at=at(first_day, 8),
        result={"last_day": str(days[-1]), "waves": len(days), "customers": count, "numbers": 2 * count},
    )
    for slot in put(schedule, make_plans(world, count), days):
        models.MigrationPlan.objects.filter(pk=slot.plan.pk).update(
            state=PlanState.SCHEDULED,
            wave=slot.wave,
            planned_start_at=slot.starts_at,
            planned_end_at=slot.ends_at,
        )
    schedule.refresh_from_db()
    return schedule


def moved(line: models.PlanLine, *, start: datetime, minutes: int, down_seconds: int) -> None:
    """The line has moved, with its history."""
    end = start + timedelta(minutes=minutes)
    _history(line, [(LineState.MOVING, start), (LineState.MOVED, end)])
    models.PlanLine.objects.filter(pk=line.pk).update(state=LineState.MOVING)
    models.PlanLine.objects.filter(pk=line.pk).update(
        state=LineState.MOVED,
        moved_at=end,
        passed_no_return_at=start + timedelta(minutes=1),
        downtime_started_at=start + timedelta(minutes=1),
        downtime_ended_at=start + timedelta(minutes=1, seconds=down_seconds),
    )


def moving(line: models.PlanLine, *, start: datetime) -> None:
    """The line is on its way."""
    _history(line, [(LineState.MOVING, start)])
    models.PlanLine.objects.filter(pk=line.pk).update(state=LineState.MOVING)


def _history(line: models.PlanLine, states: Sequence[tuple[str, datetime]]) -> None:
    before = ""
    for seq, (state, when) in enumerate([(LineState.PENDING, states[0][1]), *states], start=1):
        Transition.objects.create(
            partner_id=line.partner_id,
            subject_type=line._meta.label,
            subject_id=line.pk,
            seq=seq,
            from_state=before,
            to_state=state,
            at=when,
            by="t",
        )
        before = state


def wish(plan: models.MigrationPlan, day: date, kind: str = "NOT_BEFORE") -> models.PlanWish:
    """What the plan's customer wants."""
    return PlanWishFactory(plan=plan, kind=kind, day=day)
