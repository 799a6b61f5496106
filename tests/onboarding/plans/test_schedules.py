"""Schedules as people use them: rules, what-ifs, putting one in force, planning again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onboarding.models import MigrationPlan, PlanDecision, PlanNotice, WaveSchedule, WaveSlot
from onboarding.plans import services
from onboarding.plans.moving.timing import PREPARE_BEFORE
from onboarding.plans.waves import schedules
from onboarding.plans.waves.schedule_rules import BadDays, BadRule, TooManySignups
from onboarding.states import PlanState, ScheduleState
from portal.kernel import clock
from portal.kernel.models import Audit, Transition
from tenants.models import AppPermission, BusinessManager
from tests.conftest import NOW, Tenant
from tests.onboarding.plans.planning import (
    FRIDAY,
    MONDAY,
    STAMP,
    THURSDAY,
    TUESDAY,
    a_plan,
    a_schedule,
    applied,
    days_of,
    solve,
)

pytestmark = pytest.mark.usefixtures("quiet_broker")
LATER: dict[str, Any] = {"now": NOW + timedelta(hours=1), "by": "anna"}


@pytest.fixture(autouse=True)
def _the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_what_the_rules_do_not_say_is_the_partners_and_metas(tenant: Tenant) -> None:
    with tenant.scope():
        tenant.world.partner.time_zone = "Europe/Lisbon"
        tenant.world.partner.save()
        before = a_schedule()
        BusinessManager.objects.update(is_verified=True)
        for name in ("whatsapp_business_management", "whatsapp_business_messaging"):
            AppPermission.objects.create(
                partner_id=tenant.partner_id,
                app=tenant.world.app,
                permission=name,
                access_level="ADVANCED",
                review_state="APPROVED",
            )
        after = a_schedule()
    assert (before.time_zone, before.signups_per_week) == ("Europe/Lisbon", 10)
    assert after.signups_per_week == 200


@pytest.mark.parametrize(
    ("rules", "refusal"),
    [
        ({"last_day": MONDAY - timedelta(days=1)}, BadDays),
        ({"last_day": MONDAY + timedelta(days=400)}, BadDays),
        ({"first_day": date(1, 1, 1), "last_day": date(1, 1, 9)}, BadDays),
        ({"weekdays": []}, BadRule),
        ({"weekdays": [0]}, BadRule),
        ({"numbers_per_day": 0}, BadRule),
        ({"minutes_per_number": 10**9}, BadRule),
        ({"works_from": time(18), "works_until": time(8)}, BadRule),
        ({"time_zone": "Mars/Olympus"}, BadRule),
        ({"signups_per_week": 201}, TooManySignups),
    ],
)
def test_rules_by_which_nobody_could_move_are_refused(
    tenant: Tenant, rules: dict[str, Any], refusal: type[Exception]
) -> None:
    with tenant.scope():
        schedule = a_schedule()
        with pytest.raises(refusal):
            schedules.update_rules(schedule=schedule, **rules, **STAMP)
        with pytest.raises(refusal):
            a_schedule(**rules)


def test_other_rules_take_the_answer_back_and_ask_again(tenant: Tenant) -> None:
    with tenant.scope():
        a_plan(tenant)
        schedule = a_schedule()
    solve(tenant, schedule)
    with tenant.scope():
        schedules.update_rules(schedule=schedule, name="Winter", **LATER)
        assert schedule.state == ScheduleState.SOLVED  # a name is no rule
        schedules.update_rules(schedule=schedule, first_day=TUESDAY, **LATER)
        schedule.refresh_from_db()
        assert (schedule.state, schedule.due_at, schedule.result) == (ScheduleState.DRAFT, LATER["now"], {})
        assert days_of(schedule) == {}


def test_a_what_if_leaves_its_original_alone(tenant: Tenant) -> None:
    with tenant.scope():
        wish = services.add_wish(plan=a_plan(tenant, "Alba"), kind="NOT_BEFORE", day=FRIDAY, **STAMP)
        schedule = a_schedule(numbers_per_day=7, blackouts=[TUESDAY])
    solve(tenant, schedule)
    with tenant.scope():
        copied = schedules.copy_schedule(schedule=schedule, name="Without", **STAMP)
        assert (copied.base_id, copied.numbers_per_day, copied.blackouts) == (schedule.pk, 7, [TUESDAY])
        assert (copied.state, copied.due_at) == (ScheduleState.DRAFT, None)
        schedules.drop_wish(schedule=copied, wish=wish, **STAMP)
    solve(tenant, copied)
    with tenant.scope():
        assert days_of(copied) == {"Alba": MONDAY}
        schedule.refresh_from_db()
        assert (schedule.state, days_of(schedule)) == (ScheduleState.SOLVED, {"Alba": FRIDAY})
        schedules.keep_wish(schedule=copied, wish=wish, **LATER)
    assert solve(tenant, copied, now=LATER["now"]).dropped_wishes == []
    with tenant.scope():
        assert days_of(copied) == {"Alba": FRIDAY}


def test_applying_gives_every_plan_its_date_and_has_it_prepared_in_time(tenant: Tenant) -> None:
    with tenant.scope():
        plan = a_plan(tenant, "Alba", numbers=2)
        services.add_wish(plan=plan, kind="NOT_BEFORE", day=FRIDAY, **STAMP)
        a_plan(tenant, "Bruni")
    schedule = applied(tenant)
    with tenant.scope():
        plan.refresh_from_db()
        slot = WaveSlot.objects.get(schedule=schedule, plan=plan)
        assert (plan.state, plan.wave) == (PlanState.SCHEDULED, 2)
        assert (plan.planned_start_at, plan.planned_end_at) == (slot.starts_at, slot.ends_at)
        assert plan.due_at == slot.starts_at - PREPARE_BEFORE
        assert (schedule.state, schedule.applied_at) == (ScheduleState.APPLIED, NOW)
        assert Transition.objects.filter(subject_id=plan.pk, to_state="SCHEDULED", by="anna").count() == 1
        assert Audit.objects.filter(subject_id=plan.pk, action="plan.dated").count() == 1


def test_a_schedule_is_applied_once_and_only_when_it_is_solved(tenant: Tenant) -> None:
    with tenant.scope():
        a_plan(tenant)
        draft = a_schedule()
        with pytest.raises(schedules.NotSolved):
            schedules.apply_schedule(schedule=draft, **STAMP)
    schedule = applied(tenant)
    with tenant.scope():
        with pytest.raises(schedules.NotSolved):
            schedules.apply_schedule(schedule=schedule, **STAMP)
        with pytest.raises(schedules.ScheduleClosed):
            schedules.update_rules(schedule=schedule, first_day=TUESDAY, **STAMP)
        with pytest.raises(schedules.ScheduleClosed):
            schedules.discard_schedule(schedule=schedule, **STAMP)


def a_wish(plan: MigrationPlan) -> None:
    services.add_wish(plan=plan, kind="NOT_ON", day=FRIDAY, **STAMP)


def another_number(plan: MigrationPlan) -> None:
    services.add_line(plan=plan, display_phone_number="+39 333 9999999", **STAMP)


def another_plan(plan: MigrationPlan) -> None:
    MigrationPlan.objects.filter(state=PlanState.DRAFT).update(state=PlanState.ASSESSED)


def a_pause(plan: MigrationPlan) -> None:
    MigrationPlan.objects.filter(pk=plan.pk).update(paused_at=NOW)


@pytest.mark.parametrize("change", [a_wish, another_number, another_plan, a_pause])
def test_plans_that_changed_since_have_it_solved_again(
    tenant: Tenant, change: Callable[[MigrationPlan], None]
) -> None:
    with tenant.scope():
        plan = a_plan(tenant)
        a_plan(tenant, state=PlanState.DRAFT)
        schedule = a_schedule()
    solve(tenant, schedule)
    with tenant.scope():
        change(plan)
        with pytest.raises(schedules.StaleSchedule):
            schedules.apply_schedule(schedule=schedule, **STAMP)
        schedules.ask_solve(schedule=schedule, **STAMP)
    solve(tenant, schedule)
    with tenant.scope():
        schedules.apply_schedule(schedule=schedule, **STAMP)


def test_a_schedule_whose_first_days_are_over_is_not_applied(tenant: Tenant) -> None:
    with tenant.scope():
        plan = a_plan(tenant)
        schedule = a_schedule()
    solve(tenant, schedule)
    with tenant.scope():
        with pytest.raises(schedules.DaysOver):
            schedules.apply_schedule(schedule=schedule, now=NOW + timedelta(days=1), by="anna")
        plan.refresh_from_db()
        assert plan.state == PlanState.ASSESSED


def test_the_next_schedule_replaces_it_and_changes_only_what_moves(tenant: Tenant) -> None:
    with tenant.scope():
        same, moved = a_plan(tenant, "Same"), a_plan(tenant, "Moved")
        gone = a_plan(tenant, "Gone")
        services.add_wish(plan=same, kind="NOT_BEFORE", day=FRIDAY, **STAMP)
    first = applied(tenant)
    with tenant.scope():
        services.add_wish(plan=moved, kind="NOT_BEFORE", day=FRIDAY, **STAMP)
        MigrationPlan.objects.filter(pk=gone.pk).update(recommendation="DO_NOT_MOVE")
        second = schedules.copy_schedule(schedule=first, name="Again", **STAMP)
        schedules.ask_solve(schedule=second, **STAMP)
    solve(tenant, second)
    with tenant.scope():
        schedules.apply_schedule(schedule=second, **LATER)
        first.refresh_from_db()
        assert first.state == ScheduleState.SUPERSEDED
        for plan in (same, moved, gone):
            plan.refresh_from_db()
        assert moved.planned_start_at == same.planned_start_at
        assert (same.changed_at, same.wave, moved.wave) == (NOW, 1, 1)
        assert moved.changed_at == LATER["now"]
        assert (gone.state, gone.planned_start_at, gone.wave, gone.due_at) == (
            PlanState.ASSESSED,
            None,
            None,
            None,
        )
        # A new date is no new state.
        assert Transition.objects.filter(subject_id=moved.pk).count() == 1


def test_who_was_told_a_date_is_told_the_new_one(tenant: Tenant) -> None:
    with tenant.scope():
        plan = a_plan(tenant)
        PlanDecision.objects.create(
            partner_id=tenant.partner_id,
            plan=plan,
            key="INFORM",
            choice=True,
            days_before=2,
            decided_at=NOW,
            decided_by="anna",
        )
    first = applied(tenant)
    with tenant.scope():
        announced = PlanNotice.objects.get(plan=plan, kind="ANNOUNCEMENT")
        assert announced.told_start_at == MigrationPlan.objects.get(pk=plan.pk).planned_start_at
        PlanNotice.objects.filter(pk=announced.pk).update(sent_at=NOW, body="On Monday.", due_at=None)
        services.add_wish(plan=plan, kind="NOT_BEFORE", day=THURSDAY, **STAMP)
        second = schedules.replan(schedule=first, **STAMP)
    solve(tenant, second)
    with tenant.scope():
        schedules.apply_schedule(schedule=second, **STAMP)
        plan.refresh_from_db()
        correction = PlanNotice.objects.get(plan=plan, kind="CORRECTION")
        assert (correction.corrects_id, correction.told_start_at) == (announced.pk, plan.planned_start_at)


def test_planning_again_keeps_told_days_when_nothing_is_lost_by_it(tenant: Tenant) -> None:
    """The last day is the same either way: without what was told, the urgent one would go first."""
    with tenant.scope():
        urgent, other = a_plan(tenant, "Urgent", priority=1), a_plan(tenant, "Other", priority=5)
        for plan, days in ((urgent, 9), (other, 8)):
            PlanNotice.objects.create(
                partner_id=tenant.partner_id,
                plan=plan,
                kind="ANNOUNCEMENT",
                language="it",
                body="…",
                told_start_at=NOW + timedelta(days=days),
                sent_at=NOW,
                created_at=NOW,
                created_by="anna",
            )
        start = (NOW + timedelta(days=8)).date()
        schedule = a_schedule(start, start + timedelta(days=20), customers_per_day=1)
    solve(tenant, schedule)
    with tenant.scope():
        assert days_of(schedule) == {"Other": start, "Urgent": start + timedelta(days=1)}


def test_planning_again_begins_today_and_ends_no_earlier_than_it_can(tenant: Tenant) -> None:
    with tenant.scope():
        schedule = a_schedule(date(2026, 11, 2), date(2026, 11, 30), name="Old")
        again = schedules.replan(schedule=schedule, **STAMP)
        assert (again.first_day, again.last_day) == (NOW.date(), date(2026, 11, 30))
        assert (again.base_id, again.due_at) == (schedule.pk, NOW)
        over = a_schedule(date(2026, 11, 2), date(2026, 11, 20), name="Older")
        assert schedules.replan(schedule=over, **STAMP).last_day == NOW.date() + timedelta(days=18)


def test_a_date_is_taken_back(tenant: Tenant) -> None:
    with tenant.scope():
        plan = a_plan(tenant)
        with pytest.raises(schedules.NoDate):
            schedules.unschedule_plan(plan=plan, **STAMP)
    applied(tenant)
    with tenant.scope():
        schedules.unschedule_plan(plan=plan, reason="the customer is ill", **STAMP)
        assert (plan.state, plan.planned_start_at, plan.due_at) == (PlanState.ASSESSED, None, None)
        last = Transition.objects.filter(subject_id=plan.pk).latest("seq")
        assert (last.to_state, last.reason) == ("ASSESSED", "the customer is ill")


def test_applying_takes_as_many_queries_for_many_plans_as_for_two(tenant: Tenant) -> None:
    counted = []
    for more in (1, 2, 10):
        with tenant.scope():
            for _ in range(more):
                a_plan(tenant)
            schedule = a_schedule(customers_per_day=100, numbers_per_day=100)
        solve(tenant, schedule)
        with tenant.scope(), CaptureQueriesContext(connection) as queries:
            schedules.apply_schedule(schedule=schedule, **STAMP)
        counted.append(len(queries))
    assert counted[1] == counted[2]


def test_of_two_who_apply_at_once_the_second_comes_after_the_first(tenant: Tenant) -> None:
    with tenant.scope():
        plan = a_plan(tenant)
        both = [a_schedule(name="One"), a_schedule(name="Two", works_from=time(10))]
    for schedule in both:
        solve(tenant, schedule)
    together = threading.Barrier(2)

    def apply(schedule: WaveSchedule) -> None:
        try:
            with tenant.scope():
                together.wait(timeout=10)
                schedules.apply_schedule(schedule=schedule, **STAMP)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        list(pool.map(apply, both))
    with tenant.scope():
        assert sorted(WaveSchedule.objects.values_list("state", flat=True)) == ["APPLIED", "SUPERSEDED"]
        winner = WaveSchedule.objects.get(state=ScheduleState.APPLIED)
        plan.refresh_from_db()
        assert plan.planned_start_at == WaveSlot.objects.get(schedule=winner).starts_at


def test_a_wish_that_comes_while_it_is_applied_is_not_planned_over(tenant: Tenant) -> None:
    """Who changes a plan holds it: applying waits, and then sees what has changed."""
    with tenant.scope():
        plan = a_plan(tenant)
        schedule = a_schedule()
    solve(tenant, schedule)

    def apply() -> None:
        try:
            with tenant.scope():
                schedules.apply_schedule(schedule=schedule, **STAMP)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        with tenant.scope():
            services.add_wish(plan=plan, kind="NOT_ON", day=MONDAY, **STAMP)
            applying = pool.submit(apply)
            while not applying.done() and not somebody_waits():
                pass
        with pytest.raises(schedules.StaleSchedule):
            applying.result(timeout=30)


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])
