"""Plans to be scheduled, and a planner that is asked without a worker."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from onboarding.models import MigrationPlan, Path, WaveSchedule, WaveSlot
from onboarding.plans.waves import schedules
from onboarding.plans.waves.solving import solve_schedule
from onboarding.states import PlanState
from portal.kernel import tasks, work
from tests.conftest import NOW, Tenant
from tests.factories import CustomerFactory
from tests.factories.plans import MigrationPlanFactory, PlanLineFactory

STAMP: dict[str, Any] = {"now": NOW, "by": "anna"}
# NOW is Sunday 22 November 2026.
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
THURSDAY, FRIDAY = date(2026, 11, 26), date(2026, 11, 27)


def a_plan(tenant: Tenant, name: str = "", *, numbers: int = 1, **values: Any) -> MigrationPlan:
    """A plan that is assessed, inside the scope; On-Premises unless said otherwise: nobody signs up."""
    customer = CustomerFactory(**({"name": name} if name else {}))
    defaults = {"path": Path.ONPREM_TO_CLOUD, "state": PlanState.ASSESSED}
    plan = MigrationPlanFactory(customer=customer, app=tenant.world.app, **{**defaults, **values})
    for position in range(1, numbers + 1):
        PlanLineFactory(plan=plan, position=position)
    return plan


def a_schedule(
    first_day: date = MONDAY, last_day: date = FRIDAY, *, name: str = "November", **rules: Any
) -> WaveSchedule:
    """A new schedule, asked for but not solved, inside the scope."""
    return schedules.create_schedule(name=name, first_day=first_day, last_day=last_day, **STAMP, **rules)


def solve(tenant: Tenant, schedule: WaveSchedule, *, now: datetime = NOW) -> WaveSchedule:
    """What a worker does when the row is due; outside any scope."""
    leases = work.claim(WaveSchedule, now=now, ids=[schedule.pk])
    assert leases, "the schedule is not due"
    tasks.run_claimed(leases, solve_schedule)
    with tenant.scope():
        schedule.refresh_from_db()
    assert schedule.last_error == ""
    return schedule


def days_of(schedule: WaveSchedule) -> dict[str, date]:
    """Who moves on which day, by the customers' names; inside the scope."""
    slots = WaveSlot.objects.filter(schedule=schedule).select_related("plan__customer")
    return {slot.plan.customer.name: slot.day for slot in slots}


def applied(tenant: Tenant, first_day: date = MONDAY, last_day: date = FRIDAY, **rules: Any) -> WaveSchedule:
    """A schedule in force."""
    with tenant.scope():
        schedule = a_schedule(first_day, last_day, **rules)
    solve(tenant, schedule)
    with tenant.scope():
        schedules.apply_schedule(schedule=schedule, **STAMP)
    return schedule
