"""The planner over stored rows: what it is asked, what it keeps, and what happens around it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from onboarding.models import (
    MigrationPlan,
    Path,
    PlanWish,
    Recommendation,
    WaveSchedule,
    WaveSlot,
)
from onboarding.plans import services
from onboarding.plans.moving import execution, lines
from onboarding.plans.solver.problem import OutOfTime
from onboarding.plans.waves import problem_rows, schedules, solving, why
from onboarding.plans.waves.problem_rows import LeftOut, LockReason
from onboarding.states import PlanState, ScheduleState
from portal.kernel import clock, work
from portal.kernel.models import GraphCall, Limit
from tenants.models import BusinessToken, Customer
from tests.conftest import NOW, Tenant
from tests.factories import CustomerFactory, PhoneNumberFactory, WabaFactory
from tests.factories.desk import read, sign_in
from tests.factories.plans import PlanLineFactory, PlanWishFactory
from tests.onboarding.plans.planning import (
    FRIDAY,
    MONDAY,
    STAMP,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_plan,
    a_schedule,
    days_of,
    solve,
)
from tests.portal.api_client import make_api

MOVE = Path.NUMBER_WABA_TO_WABA

pytestmark = pytest.mark.usefixtures("quiet_broker")


@pytest.fixture(autouse=True)
def _the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_a_schedule_is_solved_and_moves_nobody_yet(tenant: Tenant) -> None:
    with tenant.scope():
        a_plan(tenant, "Bruni", numbers=3, priority=1)
        a_plan(tenant, "Alba", numbers=2)
        schedule = a_schedule(numbers_per_day=3)
    solve(tenant, schedule)
    with tenant.scope():
        assert (schedule.state, schedule.due_at) == (ScheduleState.SOLVED, None)
        assert days_of(schedule) == {"Bruni": MONDAY, "Alba": TUESDAY}
        found = {key: schedule.result[key] for key in ("last_day", "waves", "customers", "numbers")}
        assert found == {"last_day": "2026-11-24", "waves": 2, "customers": 2, "numbers": 5}
        slot = WaveSlot.objects.get(schedule=schedule, wave=1)
        assert (slot.starts_at, slot.ends_at - slot.starts_at) == (
            datetime(2026, 11, 23, 7, 0, tzinfo=UTC),
            timedelta(minutes=45),
        )
        assert slot.plan.state == PlanState.ASSESSED
        assert slot.plan.planned_start_at is None


def test_nobody_gets_a_day_that_is_over_or_today(tenant: Tenant) -> None:
    with tenant.scope():
        a_plan(tenant, "Alba")
        schedule = a_schedule(MONDAY, FRIDAY)
    solve(tenant, schedule)
    with tenant.scope():
        schedules.ask_solve(schedule=schedule, now=NOW + timedelta(days=2), by="anna")
        question = problem_rows.load(schedule, now=NOW + timedelta(days=2))
        assert {MONDAY, TUESDAY} == question.problem.rules.blackouts


def test_what_is_impossible_names_a_conflict_and_dropping_any_of_its_wishes_solves_it(tenant: Tenant) -> None:
    with tenant.scope():
        for name in ("Alba", "Bruni", "Conti"):
            PlanWishFactory(plan=a_plan(tenant, name), kind="NOT_AFTER", day=TUESDAY)
        schedule = a_schedule(customers_per_day=1)
    solve(tenant, schedule)
    with tenant.scope():
        assert schedule.state == ScheduleState.INFEASIBLE
        kinds = sorted(element["kind"] for element in schedule.conflict)
        assert kinds == ["CUSTOMERS_PER_DAY", "WISH", "WISH", "WISH"]
        assert not WaveSlot.objects.filter(schedule=schedule).exists()
        named = [element["wish"] for element in schedule.conflict if element["kind"] == "WISH"]
    for pk in named:
        with tenant.scope():
            tried = schedules.copy_schedule(schedule=schedule, name="without one", **STAMP)
            wish = PlanWish.objects.get(pk=pk)
            schedules.drop_wish(schedule=tried, wish=wish, **STAMP)
        solve(tenant, tried)
        assert tried.state == ScheduleState.SOLVED
        with tenant.scope():
            assert days_of(tried)[wish.plan.customer.name] == WEDNESDAY


def test_who_has_begun_is_being_prepared_or_is_paused_keeps_its_day(tenant: Tenant) -> None:
    applied_dates = {"planned_start_at": NOW + timedelta(days=2), "planned_end_at": NOW + timedelta(days=2.1)}
    with tenant.scope():
        a_plan(tenant, "Begun", state=PlanState.IN_PROGRESS, wave=1, started_at=NOW, **applied_dates)
        a_plan(tenant, "Prepared", state=PlanState.SCHEDULED, wave=1, **applied_dates)
        late = {"planned_start_at": NOW - timedelta(days=4), "planned_end_at": NOW - timedelta(days=3.9)}
        a_plan(tenant, "Late", state=PlanState.SCHEDULED, wave=1, **late)
        friday = {"planned_start_at": NOW + timedelta(days=5), "planned_end_at": NOW + timedelta(days=5.1)}
        a_plan(tenant, "Paused", state=PlanState.SCHEDULED, wave=2, paused_at=NOW, **friday)
        a_plan(tenant, "New", priority=1)
        schedule = a_schedule(customers_per_day=2)
    solve(tenant, schedule)
    with tenant.scope():
        kept = {"Begun": TUESDAY, "Prepared": TUESDAY, "Paused": FRIDAY}
        assert days_of(schedule) == {**kept, "Late": MONDAY, "New": MONDAY}
        prepared = WaveSlot.objects.get(schedule=schedule, plan__customer__name="Prepared")
        assert prepared.starts_at == NOW + timedelta(days=2)


def test_a_prepared_plan_moves_again_if_its_customer_asks(tenant: Tenant) -> None:
    dates = {"planned_start_at": NOW + timedelta(days=2), "planned_end_at": NOW + timedelta(days=2.1)}
    with tenant.scope():
        plan = a_plan(tenant, "Prepared", state=PlanState.SCHEDULED, **dates)
        services.add_wish(plan=plan, kind="NOT_BEFORE", day=THURSDAY, **STAMP)
        schedule = a_schedule()
    solve(tenant, schedule)
    with tenant.scope():
        assert days_of(schedule) == {"Prepared": THURSDAY}


def test_dates_before_the_first_day_stay_and_waves_are_counted_on(tenant: Tenant) -> None:
    earlier = {"planned_start_at": NOW + timedelta(days=1), "planned_end_at": NOW + timedelta(days=1.1)}
    with tenant.scope():
        a_plan(tenant, "Earlier", state=PlanState.SCHEDULED, wave=4, **earlier)
        a_plan(tenant, "Later")
        schedule = a_schedule(WEDNESDAY)
    solve(tenant, schedule)
    with tenant.scope():
        slot = WaveSlot.objects.get(schedule=schedule)
        assert (slot.plan.customer.name, slot.wave) == ("Later", 5)
        schedules.apply_schedule(schedule=schedule, **STAMP)
        assert MigrationPlan.objects.get(customer__name="Earlier").state == PlanState.SCHEDULED


def test_who_should_not_move_is_paused_or_waits_for_them_is_left_out(tenant: Tenant) -> None:
    with tenant.scope():
        no = a_plan(tenant, "No", recommendation=Recommendation.DO_NOT_MOVE)
        paused = a_plan(tenant, "Paused", paused_at=NOW)
        draft = a_plan(tenant, "Draft", state=PlanState.DRAFT)
        behind, last, free = a_plan(tenant, "Behind"), a_plan(tenant, "Last"), a_plan(tenant, "Free")
        over = a_plan(tenant, "Over", state=PlanState.COMPLETED)
        for plan, after in ((behind, draft), (last, behind), (free, over)):
            services.add_dependency(plan=plan, after=after, **STAMP)
        question = problem_rows.load(a_schedule(), now=NOW)
        assert question.left_out == {
            no: LeftOut.DO_NOT_MOVE,
            paused: LeftOut.PAUSED,
            behind: LeftOut.WAITS_FOR,
            last: LeftOut.WAITS_FOR,
        }
        assert set(question.plans) == {str(free.pk)}


def test_a_limit_that_changed_since_the_assessment_counts(tenant: Tenant) -> None:
    with tenant.scope():
        plan = a_plan(tenant, "Alba")
        services.set_answers(plan=plan, answers={"peak_mps": 900}, source="STAFF", **STAMP)
        assert plan.recommendation == Recommendation.MOVE_LATER
        schedule = a_schedule()
    Limit.objects.filter(pk="throughput_high").update(value="500")
    try:
        solve(tenant, schedule)
    finally:
        Limit.objects.filter(pk="throughput_high").update(value="1000")
    assert schedule.result["left_out"] == {str(plan.pk): LeftOut.DO_NOT_MOVE}
    with tenant.scope():
        plan.refresh_from_db()
    assert plan.recommendation == Recommendation.DO_NOT_MOVE


def test_a_plan_whose_numbers_were_all_abandoned_gets_no_day(tenant: Tenant) -> None:
    with tenant.scope():
        empty = a_plan(tenant, "Empty")
        services.set_answers(plan=empty, answers={"peak_mps": 900}, source="STAFF", **STAMP)
        line = empty.lines.get()
        execution.abandon_line(line=line, reason="the shop closed", **STAMP)
        schedule = a_schedule()
    solve(tenant, schedule)
    with tenant.scope():
        assert schedule.result["left_out"] == {str(empty.pk): LeftOut.NO_NUMBERS}
        assert why.explain(empty, schedule) == ["It has no day: it has no numbers to move."]


def test_dependencies_and_locks_are_kept(tenant: Tenant) -> None:
    with tenant.scope():
        first, second = a_plan(tenant, "First"), a_plan(tenant, "Second", priority=1)
        services.add_dependency(plan=second, after=first, **STAMP)
        line = first.lines.get()
        services.update_line(line=line, locked_until=TUESDAY, **STAMP)
        number = PhoneNumberFactory(phone_number_id="99")
        PlanLineFactory(plan=a_plan(tenant, "Worn"), phone_number=number)
        for n in range(8):
            GraphCall.objects.create(
                partner_id=tenant.partner_id,
                work_id=first.pk,
                lease_no=1,
                operation="register",
                phone_number_id="99",
                started_at=NOW - timedelta(hours=n),
                finished_at=NOW,
                outcome="DEFINITE",
            )
        schedule = a_schedule()
        movers = problem_rows.load(schedule, now=NOW).movers.values()
        assert LockReason.REGISTER_BUDGET in {mover.lock_reason for mover in movers}
    solve(tenant, schedule)
    with tenant.scope():
        # The oldest of the 8 calls that we allow ourselves was made at 02:00: it counts until Wednesday.
        assert days_of(schedule) == {"First": TUESDAY, "Second": WEDNESDAY, "Worn": THURSDAY}


def test_new_customers_of_the_last_week_use_up_the_limit(tenant: Tenant) -> None:
    with tenant.scope():
        for days in (1, 5, 9):
            onboarded(tenant, CustomerFactory(), NOW - timedelta(days=days))
        a_plan(tenant, "New", path=Path.NEW_CUSTOMER)
        known = a_plan(tenant, "Known", path=Path.COEXISTENCE, priority=1)
        onboarded(tenant, known.customer, NOW - timedelta(days=90))
        schedule = a_schedule(signups_per_week=2, last_day=FRIDAY)
    solve(tenant, schedule)
    with tenant.scope():
        # The signup of Tuesday the 17th counts until Monday: on Tuesday there is room for one again.
        assert days_of(schedule) == {"Known": MONDAY, "New": TUESDAY}


def onboarded(tenant: Tenant, customer: Customer, at: datetime) -> None:
    """The customer came out of Meta's window with its first token."""
    BusinessToken.objects.create(
        partner_id=tenant.partner_id, customer=customer, app=tenant.world.app, obtained_at=at
    )


def test_a_number_that_goes_to_an_account_we_know_takes_no_new_customers_place(tenant: Tenant) -> None:
    with tenant.scope():
        done, known, asked = (a_plan(tenant, name, path=MOVE) for name in ("Done", "Known", "Asked"))
        for plan in (done, known):
            waba = WabaFactory(customer=plan.customer)
            plan.lines.update(destination_waba=waba)
        journey = lines.open_journey(done.lines.get(), **STAMP)
        assert journey is not None
        assert journey.signed_up_at == NOW
        question = problem_rows.load(a_schedule(), now=NOW)
        needs = {question.plans[mover.id]: mover.needs_signup for mover in question.problem.movers}
        assert needs == {done: False, known: False, asked: True}
        assert question.problem.rules.recent_signups == {}
        # It has been through no window: as a new customer of another plan it still is one.
        MigrationPlan.objects.filter(pk=done.pk).update(path=Path.COEXISTENCE)
        question = problem_rows.load(a_schedule(), now=NOW)
        assert question.movers[str(done.pk)].needs_signup


def test_a_switch_of_partner_asked_for_on_the_30th_comes_after_the_blackout_and_says_why(
    tenant: Tenant,
) -> None:
    with tenant.scope():
        plan = a_plan(tenant, "Alba", path=Path.WABA_PARTNER_SWITCH)
        a_plan(tenant, "Bruni")
        services.add_wish(plan=plan, kind="NOT_BEFORE", day=date(2026, 11, 30), **STAMP)
        schedule = a_schedule(MONDAY, date(2026, 12, 31))
    solve(tenant, schedule)
    with tenant.scope():
        # 28 to 30 November and 1 to 4 December are Meta's, 5 and 6 December a weekend.
        assert days_of(schedule) == {"Alba": date(2026, 12, 7), "Bruni": MONDAY}
        with translation.override("en"):
            told = why.explain(plan, schedule)
            assert told[0] == "It moves on Monday 7 December 2026, in wave 2."
            assert any("last 3 and the first 4 days" in sentence for sentence in told)
            assert any("Saturday 28 November 2026 to Friday 4 December 2026" in sentence for sentence in told)
            assert "The customer asks: not before Monday 30 November 2026." in told
        schedules.apply_schedule(schedule=schedule, **STAMP)
        plan.refresh_from_db()
        assert why.explain(plan, schedule) == told
    page = read(sign_in(tenant), f"/admin/onboarding/migrationplan/{plan.pk}/change/")
    assert "last 3 and the first 4 days" in page
    english = {"Accept_Language": "en"}
    assert make_api(tenant).get(f"plans/{plan.pk}/why", **english).json() == {"sentences": told}


def test_the_days_of_metas_month_are_those_of_the_table_of_limits(tenant: Tenant) -> None:
    Limit.objects.filter(pk="partner_switch_credit_blackout").update(value="last 1 and first 7")
    try:
        with tenant.scope():
            a_plan(tenant, "Alba", path=Path.WABA_PARTNER_SWITCH)
            schedule = a_schedule(date(2026, 11, 30), date(2026, 12, 31))
        solve(tenant, schedule)
        with tenant.scope():
            assert days_of(schedule) == {"Alba": date(2026, 12, 8)}
    finally:
        Limit.objects.filter(pk="partner_switch_credit_blackout").update(value="last 3 and first 4")


def test_a_partner_without_credit_line_switches_on_any_day(tenant: Tenant) -> None:
    with tenant.scope():
        tenant.world.partner.credit_line_required = False
        tenant.world.partner.save()
        a_plan(tenant, "Alba", path=Path.WABA_PARTNER_SWITCH)
        schedule = a_schedule(date(2026, 11, 30), date(2026, 12, 4))
    solve(tenant, schedule)
    with tenant.scope():
        assert days_of(schedule) == {"Alba": date(2026, 11, 30)}


def test_a_change_while_it_is_being_solved_is_kept_and_solved_again(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant.scope():
        a_plan(tenant, "Alba")
        schedule = a_schedule()
    think = solving.solve

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(solving, "solve", think)
        with tenant.scope():
            later = NOW + timedelta(seconds=1)
            schedules.update_rules(schedule=schedule, first_day=TUESDAY, now=later, by="anna")
        return think(*args, **kwargs)

    monkeypatch.setattr(solving, "solve", meanwhile)
    solve(tenant, schedule)
    assert (schedule.state, schedule.first_day) == (ScheduleState.DRAFT, TUESDAY)
    solve(tenant, schedule, now=NOW + timedelta(seconds=1))
    with tenant.scope():
        assert days_of(schedule) == {"Alba": TUESDAY}


def test_a_schedule_that_is_discarded_while_it_is_being_solved_stays_discarded(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant.scope():
        a_plan(tenant, "Alba")
        schedule = a_schedule()
    think = solving.solve

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        with tenant.scope():
            schedules.discard_schedule(schedule=schedule, **STAMP)
        return think(*args, **kwargs)

    monkeypatch.setattr(solving, "solve", meanwhile)
    solve(tenant, schedule)
    with tenant.scope():
        assert (schedule.state, schedule.due_at) == (ScheduleState.DISCARDED, None)
        assert days_of(schedule) == {}


def test_a_planner_that_runs_out_of_time_says_so(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: Any, **kwargs: Any) -> Any:
        raise OutOfTime

    with tenant.scope():
        schedule = a_schedule()
    monkeypatch.setattr(solving, "solve", never)
    solve(tenant, schedule)
    assert (schedule.state, schedule.due_at) == (ScheduleState.DRAFT, None)
    assert schedule.result == {"out_of_time": True}
    with tenant.scope():
        schedules.ask_solve(schedule=schedule, **STAMP)
        assert (schedule.result, schedule.due_at) == ({}, NOW)


def test_each_wish_has_its_price(tenant: Tenant) -> None:
    with tenant.scope():
        dear = services.add_wish(plan=a_plan(tenant, "Alba"), kind="NOT_BEFORE", day=FRIDAY, **STAMP)
        free = services.add_wish(plan=a_plan(tenant, "Bruni"), kind="NOT_ON", day=FRIDAY, **STAMP)
        schedule = a_schedule()
    solve(tenant, schedule)
    # Four days earlier, all of an ordinary customer.
    assert schedule.wish_costs[str(dear.pk)]["days"] == 4
    assert schedule.wish_costs[str(dear.pk)]["customer_days"] == 4.0
    assert schedule.wish_costs[str(free.pk)] == {
        "days": 0,
        "moved": 0,
        "weighted_days": 0,
        "customer_days": 0.0,
    }


def test_a_worker_that_dies_over_the_prices_leaves_the_answer_and_another_finds_them(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant.scope():
        wish = services.add_wish(plan=a_plan(tenant, "Alba"), kind="NOT_BEFORE", day=FRIDAY, **STAMP)
        schedule = a_schedule()

    def die(*args: Any, **kwargs: Any) -> Any:
        raise MemoryError

    (lease,) = work.claim(WaveSchedule, now=NOW, ids=[schedule.pk])
    with monkeypatch.context() as patch:
        patch.setattr(solving, "cost_of_wishes", die)
        with pytest.raises(MemoryError):
            solving.solve_schedule(lease)
    with tenant.scope():
        schedule.refresh_from_db()
        assert (schedule.state, schedule.wish_costs) == (ScheduleState.SOLVED, {})
        WaveSchedule.objects.update(leased_until=None)  # the dead worker's lease has ended
    solve(tenant, schedule)
    with tenant.scope():
        assert set(schedule.wish_costs) == {str(wish.pk)}
        assert days_of(schedule) == {"Alba": FRIDAY}


def test_reading_many_plans_takes_as_many_queries_as_reading_two(tenant: Tenant) -> None:
    with tenant.scope():
        schedule = a_schedule()
        counted = []
        for more in (2, 10):
            for _ in range(more):
                plan = a_plan(tenant, numbers=2)
                PlanWishFactory(plan=plan)
            with CaptureQueriesContext(connection) as queries:
                problem_rows.load(schedule, now=NOW)
            counted.append(len(queries))
    assert counted[0] == counted[1]
