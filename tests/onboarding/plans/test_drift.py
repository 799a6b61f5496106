"""A date that holds no more: what came after it is told on the plan, in the list and on the board."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onboarding.models import MigrationPlan, PlanLine, PlanWish, WaveSchedule
from onboarding.plans import listing, queries, services
from onboarding.plans.waves.board import Filters, Trouble, board_of
from onboarding.states import PlanState, ScheduleState
from portal.kernel import clock
from tests.conftest import NOW, Tenant
from tests.factories import plan_desk, waves
from tests.factories.desk import read, sign_in
from tests.factories.plans import WaveScheduleFactory
from tests.onboarding.plans.planning import MONDAY, STAMP, TUESDAY, WEDNESDAY

SUNDAY = MONDAY - timedelta(days=1)


def make(tenant: Tenant) -> tuple[WaveSchedule, list[MigrationPlan]]:
    """Four plans on Monday and one on Tuesday; nothing but their dates can be wrong."""
    schedule = waves.in_force(tenant.world, 5, first_day=MONDAY)
    plans = list(MigrationPlan.objects.order_by("planned_start_at"))
    for plan in plans:
        plan_desk.inform(plan, now=NOW)
    return schedule, plans


def against(plan: MigrationPlan, *, now: datetime = NOW) -> list[str]:
    """Why the plan's date holds no more; the list, which says it in SQL, says the first of it too."""
    plan.refresh_from_db()
    view = queries.plan_view(plan, now=now)
    row = listing.plan_list(now=now).get(pk=plan.pk)
    assert view.next_action
    first = view.drift[0] if view.drift else ""
    assert (row.current_owner, row.current_reason) == ("STAFF" if first else "PORTAL", first)
    assert view.next_action.reason == (first or "waits_for_its_day")
    return list(view.drift)


def test_a_wish_that_came_after_the_date_is_told_until_it_is_withdrawn(tenant: Tenant) -> None:
    with tenant.scope():
        _schedule, (plan, other, *_rest) = make(tenant)
        for kind, kept, broken in (
            ("NOT_BEFORE", MONDAY, TUESDAY),
            ("NOT_AFTER", MONDAY, SUNDAY),
            ("NOT_ON", TUESDAY, MONDAY),
        ):
            services.add_wish(plan=plan, kind=kind, day=kept, **STAMP)
            assert against(plan) == []
            wish = services.add_wish(plan=plan, kind=kind, day=broken, **STAMP)
            assert against(plan) == ["date_against_wish"], kind
            services.withdraw_wish(wish=wish, **STAMP)
            for each in PlanWish.objects.filter(withdrawn_at=None):
                services.withdraw_wish(wish=each, **STAMP)
        assert against(plan) == against(other) == []


def test_a_wish_that_the_schedule_in_force_leaves_out_is_not_told(tenant: Tenant) -> None:
    with tenant.scope():
        schedule, (plan, *_rest) = make(tenant)
        wish = services.add_wish(plan=plan, kind="NOT_ON", day=MONDAY, **STAMP)
        WaveScheduleFactory(state=ScheduleState.SOLVED, dropped_wishes=[wish.pk])
        assert against(plan) == ["date_against_wish"]
        WaveSchedule.objects.filter(pk=schedule.pk).update(dropped_wishes=[wish.pk])
        assert against(plan) == []
        services.add_wish(plan=plan, kind="NOT_AFTER", day=SUNDAY, **STAMP)
        assert against(plan) == ["date_against_wish"]


def test_a_lock_beyond_the_date_is_told_unless_its_number_is_abandoned(tenant: Tenant) -> None:
    with tenant.scope():
        _schedule, (plan, *_rest) = make(tenant)
        line = plan.lines.order_by("position")[1]
        services.update_line(line=line, locked_until=MONDAY, **STAMP)
        assert against(plan) == []
        services.update_line(line=line, locked_until=TUESDAY, **STAMP)
        assert against(plan) == ["date_against_lock"]
        PlanLine.objects.filter(pk=line.pk).update(state="ABANDONED")
        assert against(plan) == []


def test_a_plan_that_has_to_be_earlier_and_is_not_is_told(tenant: Tenant) -> None:
    with tenant.scope():
        _schedule, (first, second, third, _fourth, last) = make(tenant)
        day_before, same_day, day_after = (waves.at(day, 8) for day in (MONDAY, TUESDAY, WEDNESDAY))
        for earlier, steps in (
            (
                first,
                (
                    ({"planned_start_at": same_day}, True),
                    ({"planned_start_at": day_after}, True),
                    ({"planned_start_at": day_before}, False),
                    ({"state": PlanState.IN_PROGRESS, "started_at": same_day}, True),
                    ({"started_at": day_before}, False),
                    ({"state": PlanState.COMPLETED, "planned_start_at": day_after}, False),
                ),
            ),
            (
                second,
                (
                    ({"state": PlanState.ASSESSED, "planned_start_at": None}, True),
                    ({"state": PlanState.ABANDONED}, False),
                ),
            ),
        ):
            services.add_dependency(plan=last, after=earlier, **STAMP)
            assert against(last) == []
            for values, is_told in steps:
                MigrationPlan.objects.filter(pk=earlier.pk).update(**values)
                assert against(last) == ["date_against_order"] * is_told, values
        # One that did not begin on its day cannot be earlier than a plan of today.
        services.add_dependency(plan=last, after=third, **STAMP)
        assert against(last, now=waves.at(MONDAY, 23)) == []
        assert against(last, now=waves.at(TUESDAY, 7)) == ["date_against_order"]


def test_a_day_that_passed_or_was_closed_is_told(tenant: Tenant) -> None:
    with tenant.scope():
        schedule, (plan, *_rest, last) = make(tenant)
        WaveSchedule.objects.filter(pk=schedule.pk).update(blackouts=[TUESDAY])
        assert against(last) == ["date_against_blackout"]
        assert against(plan, now=waves.at(MONDAY, 23)) == []
        assert against(plan, now=waves.at(TUESDAY, 0, 30)) == ["day_passed"]
        MigrationPlan.objects.filter(pk=plan.pk).update(state=PlanState.IN_PROGRESS)
        plan.refresh_from_db()
        assert queries.plan_view(plan, now=waves.at(TUESDAY, 1)).drift == ()


def test_days_are_those_of_the_staff(tenant: Tenant) -> None:
    with tenant.scope():
        schedule, (plan, *_rest) = make(tenant)
        # Sunday evening in Greenwich, and earlier in New York.
        MigrationPlan.objects.filter(pk=plan.pk).update(planned_start_at=waves.at(MONDAY, 0, 30))
        services.add_wish(plan=plan, kind="NOT_BEFORE", day=MONDAY, **STAMP)
        assert against(plan) == []
        WaveSchedule.objects.filter(pk=schedule.pk).update(time_zone="America/New_York")
        assert against(plan) == ["date_against_wish"]
        # Without a schedule in force the partner's clock counts.
        WaveSchedule.objects.filter(pk=schedule.pk).update(state=ScheduleState.SUPERSEDED)
        assert against(plan) == []


def test_the_board_shows_it_beside_the_calendar_and_in_its_day(tenant: Tenant) -> None:
    first = date(2027, 3, 22)
    with tenant.scope():
        schedule = waves.in_force(tenant.world, 5, first_day=first)
        plan, other, *_rest = MigrationPlan.objects.order_by("planned_start_at")
        waves.wish(plan, first, "NOT_ON")
        proposal = WaveScheduleFactory(
            state=ScheduleState.SOLVED, first_day=first, last_day=date(2027, 4, 30)
        )
        waves.put(proposal, [plan, other], waves.working_days(first + timedelta(days=1), 1))
        (entry,) = board_of(schedule, filters=Filters(), now=clock.now()).troubled
        assert (entry.plan, entry.trouble) == (plan, Trouble.DRIFTED)
        # A schedule that gives it another day answers it.
        assert not board_of(proposal, filters=Filters(), now=clock.now()).troubled
    client = sign_in(tenant)
    page = read(client, "/admin/onboarding/waveschedule/board/")
    assert "The date is against a wish of the customer" in page
    assert "1 to plan again" in page
    assert "to plan again" in read(client, f"/admin/onboarding/waveschedule/{schedule.pk}/wave/1/")
    page = read(client, f"/admin/onboarding/migrationplan/{plan.pk}/change/")
    assert "Plan again from today, or withdraw the wish." in page
    page = read(client, "/admin/onboarding/migrationplan/?move=STAFF")
    assert "The date is against a wish of the customer" in page


@pytest.mark.parametrize("has_schedule", [True, False])
def test_two_hundred_plans_ask_no_more_than_twenty(tenant: Tenant, has_schedule: bool) -> None:
    asked = []
    for count in (20, 200):
        with tenant.scope():
            WaveSchedule.objects.update(state=ScheduleState.SUPERSEDED)
            waves.in_force(tenant.world, count, first_day=MONDAY)
            if not has_schedule:
                WaveSchedule.objects.update(state=ScheduleState.SUPERSEDED)
            with CaptureQueriesContext(connection) as captured:
                rows = list(listing.plan_list(now=NOW))
                assert len(queries.summaries(rows, now=NOW)) >= count
            asked.append(len(captured))
    assert asked[0] == asked[1]
