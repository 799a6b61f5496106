"""A partner's 500 customers with 1,200 numbers, from the CSV to waves that break no rule."""

from __future__ import annotations

from collections import Counter
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from onboarding.models import MigrationPlan, Path, PlanDependency, PlanLine, PlanWish, WaveSchedule, WaveSlot
from onboarding.plans import importing
from onboarding.plans.solver.problem import Proposal, Slot
from onboarding.plans.waves import problem_rows, schedules, solving
from onboarding.states import PlanState, ScheduleState
from portal.kernel import clock
from portal.kernel.states import transition_all
from tests.conftest import NOW, Tenant
from tests.factories.plan_csv import plan_csv
from tests.onboarding.plans.planning import STAMP, a_schedule, solve
from tests.onboarding.plans.solver.checker import violations

pytestmark = pytest.mark.usefixtures("quiet_broker")


def test_a_csv_of_500_customers_becomes_waves_that_break_no_rule(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    # However busy the machine of the tests is: a lease of 20 minutes, and half of it to find a plan.
    settings.TIME_SCALE = 0.1
    monkeypatch.setattr(solving, "SOLVE_SECONDS", 600.0)
    monkeypatch.setattr(solving, "COSTS_SECONDS", 0.0)  # shown with fewer wishes elsewhere
    file = plan_csv()
    with tenant.scope():
        checked = importing.check_csv(name="customers.csv", data=file.data, **STAMP)
        importing.apply_import(plan_import=checked, **STAMP)
        transition_all(rows=list(MigrationPlan.objects.all()), to=PlanState.ASSESSED, **STAMP)
        schedule = a_schedule(date(2026, 11, 30), date(2027, 3, 31), signups_per_week=200)
    solve(tenant, schedule)
    assert schedule.state == ScheduleState.SOLVED
    with tenant.scope():
        question = problem_rows.load(schedule, now=NOW)
        assert violations(question.problem, stored(schedule)) == []
        assert broken_in_the_rows(schedule) == []
        schedules.apply_schedule(schedule=schedule, **STAMP)
        dated = MigrationPlan.objects.filter(state=PlanState.SCHEDULED, planned_start_at__isnull=False)
        assert dated.count() == file.right_customers - len(question.left_out)
        assert set(question.left_out.values()) <= {"DO_NOT_MOVE", "WAITS_FOR"}


def stored(schedule: WaveSchedule) -> Proposal:
    """What was kept, as the checker reads it."""
    slots = tuple(
        Slot(
            mover=str(slot.plan_id),
            day=slot.day,
            wave=slot.wave,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
        )
        for slot in WaveSlot.objects.filter(schedule=schedule)
    )
    result = schedule.result
    return Proposal(
        slots=slots,
        last_day=date.fromisoformat(result["last_day"]),
        moved=result["moved"],
        weighted_days=result["weighted_days"],
        bound=result["bound"],
        is_optimal=result["is_optimal"],
        seconds=schedule.seconds or 0,
    )


def broken_in_the_rows(schedule: WaveSchedule) -> list[str]:
    """The rules again, from the tables alone: what the planner was asked may have been wrong."""
    slots = {slot.plan_id: slot for slot in WaveSlot.objects.filter(schedule=schedule).select_related("plan")}
    lines = PlanLine.objects.filter(plan__in=slots)
    numbers = Counter(slots[plan].day for plan in lines.values_list("plan_id", flat=True))
    found = [f"{n} numbers on {day}" for day, n in numbers.items() if n > schedule.numbers_per_day]
    found += [
        f"{n} customers on {day}"
        for day, n in Counter(slot.day for slot in slots.values()).items()
        if n > schedule.customers_per_day or day.isoweekday() not in schedule.weekdays
    ]
    for line in lines.exclude(locked_until=None):
        if line.locked_until and slots[line.plan_id].day < line.locked_until:
            found.append(f"{line} is locked")
    for wish in PlanWish.objects.filter(plan__in=slots):
        day = slots[wish.plan_id].day
        if not {"NOT_BEFORE": day >= wish.day, "NOT_AFTER": day <= wish.day, "NOT_ON": day != wish.day}[
            wish.kind
        ]:
            found.append(f"{wish} is not kept")
    for plan, after in PlanDependency.objects.filter(plan__in=slots).values_list("plan_id", "after_id"):
        if slots[plan].day <= slots[after].day:
            found.append(f"{plan} does not come after {after}")
    for slot in slots.values():
        closed = slot.day.day < 5 or (slot.day.month in (11, 1) and slot.day.day > 27)
        if slot.plan.path == Path.WABA_PARTNER_SWITCH and closed:
            found.append(f"{slot.plan_id} shares credit on {slot.day}")
        if slot.starts_at.astimezone(ZoneInfo(schedule.time_zone)).date() != slot.day:
            found.append(f"{slot.plan_id} moves on another day than its own")
    return found
