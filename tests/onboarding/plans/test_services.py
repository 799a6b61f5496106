"""What people may do with a plan until it begins, and what they are refused."""

from __future__ import annotations

import uuid
from datetime import date, time, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onboarding.models import MigrationPlan, PlanDependency, PlanLine, PlanWish
from onboarding.plans import refusals, services
from onboarding.plans.dependencies import on_cycles
from onboarding.plans.moving import lines
from onboarding.plans.numbers import BadNumber, attach_numbers, e164
from onboarding.states import PlanState
from portal.kernel.models import Audit, Transition
from portal.kernel.states import transition
from tenants import people
from tenants.models import Membership, User, Waba
from tests.conftest import NOW, Tenant
from tests.factories import CustomerFactory, PhoneNumberFactory, WabaFactory
from tests.factories.plans import MigrationPlanFactory

STAMP = {"now": NOW, "by": "anna"}


def new_plan(tenant: Tenant, **values: object) -> MigrationPlan:
    given = {"customer": CustomerFactory(), "app": tenant.world.app, "path": "ONPREM_TO_CLOUD", **values}
    return services.create_plan(**given, **STAMP)  # type: ignore[arg-type]


def add(plan: MigrationPlan, number: str, **values: object) -> PlanLine:
    return services.add_line(plan=plan, display_phone_number=number, **values, **STAMP)  # type: ignore[arg-type]


def order(plan: MigrationPlan) -> list[str]:
    return [line.display_phone_number[-3:] for line in plan.lines.order_by("position")]


def test_numbers_move_from_the_test_number_to_the_busiest_and_the_unknown_last(tenant: Tenant) -> None:
    with tenant.scope():
        plan = new_plan(tenant)
        add(plan, "+39 06 9876 5001")
        add(plan, "+39 06 9876 5002", daily_volume=9000)
        quiet = add(plan, "0039 06 9876 5003", daily_volume=10)
        add(plan, "+39 06 9876 5004", is_test_number=True)
        assert order(plan) == ["004", "003", "002", "001"]
        assert quiet.display_phone_number == "+390698765003"
        services.update_line(line=quiet, daily_volume=20_000, **STAMP)
        assert order(plan) == ["004", "002", "003", "001"]
        assert quiet.position == 3
        with pytest.raises(refusals.TestNumberTaken), transaction.atomic():
            services.update_line(line=quiet, is_test_number=True, **STAMP)


def test_a_plan_and_a_number_are_open_once(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant.scope():
        plan = new_plan(tenant)
        add(plan, "+39 06 9876 5001")
        with pytest.raises(refusals.PlanTaken):
            new_plan(tenant, customer=plan.customer)
        second = new_plan(tenant, customer=plan.customer, path="COEXISTENCE")
        with pytest.raises(refusals.LineTaken):
            add(second, "+39-06-98765001")
        assert Transition.objects.filter(subject_id=plan.pk, to_state="DRAFT", by="anna").count() == 1
        assert Audit.objects.filter(action="plan_line.added").count() == 1
    with other_tenant.scope():
        add(new_plan(other_tenant), "+39 06 9876 5001")


def test_values_that_no_plan_may_have_are_refused(tenant: Tenant) -> None:
    with tenant.scope():
        new_plan(tenant)
        for changes, refusal in (
            ({"priority": 6}, refusals.BadPriority),
            ({"moves_from": time(18), "moves_until": time(8)}, refusals.BadHours),
        ):
            with pytest.raises(refusal):
                services.update_plan(plan=MigrationPlan.objects.get(), **changes, **STAMP)
        services.update_plan(plan=MigrationPlan.objects.get(), priority=1, risk="HIGH", **STAMP)
        found = MigrationPlan.objects.get()
        assert (found.priority, found.risk, found.moves_from) == (1, "HIGH", time(8))


@pytest.mark.parametrize(
    "text", ["", "06 9876 5432", "+39", "+999 123456", "+39 06 9876x", "+39 06 9876 5432 11 22 33"]
)
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(BadNumber):
        e164(text)


def test_a_plan_that_has_begun_or_is_over_takes_no_new_dates_and_numbers(tenant: Tenant) -> None:
    with tenant.scope():
        plan = new_plan(tenant)
        line = add(plan, "+39 06 9876 5001")
        for state in (PlanState.ASSESSED, PlanState.SCHEDULED, PlanState.IN_PROGRESS):
            transition(row=plan, to=state, **STAMP)
        acts = (
            lambda: add(plan, "+39 06 9876 5002"),
            lambda: services.add_wish(plan=plan, kind="NOT_ON", day=date(2026, 12, 8), **STAMP),
            lambda: services.update_plan(plan=plan, moves_from=time(9), **STAMP),
        )
        for act in acts:
            with pytest.raises(refusals.PlanBegun):
                act()
        services.update_plan(plan=plan, priority=1, **STAMP)
        transition(row=plan, to=PlanState.ABANDONED, **STAMP)
        for act in (*acts, lambda: services.update_line(line=line, daily_volume=1, **STAMP)):
            with pytest.raises(refusals.PlanClosed):
                act()


def test_a_wish_counts_once_and_may_be_asked_again_after_it_was_withdrawn(tenant: Tenant) -> None:
    with tenant.scope():
        plan = new_plan(tenant)
        asked = {"plan": plan, "kind": "NOT_ON", "day": date(2026, 12, 8), **STAMP}
        wish = services.add_wish(**asked, reason="inventory")
        with pytest.raises(refusals.WishTaken):
            services.add_wish(**asked)
        services.withdraw_wish(wish=wish, **STAMP)
        with pytest.raises(refusals.WishWithdrawn):
            services.withdraw_wish(wish=wish, **STAMP)
        services.add_wish(**asked)
        assert PlanWish.objects.filter(withdrawn_at=None).count() == 1


def test_no_plan_waits_for_itself_by_way_of_others(tenant: Tenant) -> None:
    with tenant.scope():
        first, second, third = (new_plan(tenant) for _turn in range(3))
        services.add_dependency(plan=second, after=first, **STAMP)
        last = services.add_dependency(plan=third, after=second, **STAMP)
        with pytest.raises(refusals.DependencyTaken):
            services.add_dependency(plan=second, after=first, **STAMP)
        for plan, after in ((first, third), (first, second), (first, first)):
            with pytest.raises(refusals.DependencyCycle):
                services.add_dependency(plan=plan, after=after, **STAMP)
        services.remove_dependency(dependency=last, **STAMP)
        services.add_dependency(plan=first, after=third, **STAMP)
        assert PlanDependency.objects.count() == 2


NODES = [uuid.UUID(int=number) for number in range(6)]


@given(st.sets(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=12))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_plans_of_a_cycle_are_found_and_no_others_stop_the_rest(
    edges: set[tuple[uuid.UUID, uuid.UUID]],
) -> None:
    reach = set(edges)
    for via in NODES:
        reach |= {(a, b) for a in NODES for b in NODES if (a, via) in reach and (via, b) in reach}
    itself = {node for node in NODES if (node, node) in reach}
    assert on_cycles(edges) == itself | {a for a, b in reach if b in itself}


def test_lines_find_their_numbers_at_meta_by_digits(tenant: Tenant) -> None:
    with tenant.scope():
        customer = CustomerFactory()
        here, there = WabaFactory(customer=customer), WabaFactory(customer=customer)
        for number in ("+1 202-555-0101", "+1 202-555-0102"):
            PhoneNumberFactory(waba=here, display_phone_number=number)
        PhoneNumberFactory(waba=there, display_phone_number="+1 202-555-0102")
        PhoneNumberFactory(display_phone_number="+1 202-555-0103")  # of somebody else
        plan = new_plan(tenant, customer=customer)
        one, two, three, four = (add(plan, f"+1202555010{last}") for last in (1, 2, 3, 4))
        services.update_line(line=two, source_waba_id=there.waba_id, **STAMP)
        ids = [line.phone_number and line.phone_number.waba_id for line in (one, two, three, four)]
        assert ids == [here.pk, there.pk, None, None]
        PhoneNumberFactory(waba=here, display_phone_number="12025550104")
        assert attach_numbers(plans=[plan.pk]) == 1
        assert attach_numbers() == 0


def test_no_number_is_moved_from_or_to_the_account_of_another_customer(tenant: Tenant) -> None:
    with tenant.scope():
        plan, other = new_plan(tenant), WabaFactory(customer=CustomerFactory())
        line = add(plan, "+39 06 9876 5001")
        for wrong in ({"destination_waba": other}, {"source_waba_id": other.waba_id}):
            with pytest.raises(refusals.AccountOfAnother):
                add(plan, "+39 06 9876 5002", **wrong)
            with pytest.raises(refusals.AccountOfAnother):
                services.update_line(line=line, **wrong, **STAMP)
        PlanLine.objects.filter(pk=line.pk).update(source_waba_id=other.waba_id)
        line = PlanLine.objects.select_related("plan__customer").get(pk=line.pk)
        assert lines.account_of(line) is None
        assert Waba.objects.get(pk=other.pk).customer_id != plan.customer_id
        nobodys = WabaFactory(customer=None)
        services.update_line(line=line, source_waba_id="", destination_waba=nobodys, **STAMP)


def test_a_number_that_comes_late_is_prepared_at_once(tenant: Tenant) -> None:
    with tenant.scope():
        tomorrow = NOW + timedelta(days=1)
        plan = MigrationPlanFactory(state=PlanState.SCHEDULED, planned_start_at=tomorrow, due_at=tomorrow)
        add(plan, "+39 06 9876 5001")
        plan.refresh_from_db()
        assert plan.due_at == NOW


def test_who_is_responsible_for_a_plan_can_be_removed(tenant: Tenant) -> None:
    with tenant.scope():
        user = User.objects.create(email="leaves@nuvola.example", name="Carla")
        member = Membership.objects.create(partner_id=tenant.partner_id, user=user)
        plan = new_plan(tenant, owner=member)
        people.remove_member(member=member, **STAMP)
        assert not Membership.objects.filter(user=user).exists()
        assert MigrationPlan.objects.get(pk=plan.pk).owner is None


def test_attaching_costs_the_same_for_many_lines(tenant: Tenant) -> None:
    with tenant.scope():
        for turn in range(3):
            add(MigrationPlanFactory(app=tenant.world.app), f"+1 202 555 01{turn:02d}")
        for line in PlanLine.objects.select_related("plan__customer"):
            PhoneNumberFactory(
                waba=WabaFactory(customer=line.plan.customer),
                display_phone_number=line.display_phone_number,
            )
        with CaptureQueriesContext(connection) as queries:
            assert attach_numbers() == 3
    assert len(queries) <= 4  # lines, numbers, savepoint, update


def test_the_clock_of_a_change_is_kept(tenant: Tenant) -> None:
    later = NOW + timedelta(hours=1)
    with tenant.scope():
        plan = new_plan(tenant)
        services.add_wish(plan=plan, kind="NOT_AFTER", day=date(2026, 12, 20), now=later, by="anna")
        assert MigrationPlan.objects.get().changed_at == later
