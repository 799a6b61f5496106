"""A what-if beside its original: what would be better, for whom it changes, and who would have to be told."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onboarding.models import MigrationPlan, PlanNotice
from onboarding.plans import services
from onboarding.plans.telling.preview import telling
from onboarding.plans.waves import schedules
from onboarding.plans.waves.comparison import compare
from portal.kernel import clock
from tests.conftest import NOW, Tenant
from tests.onboarding.plans.planning import (
    FRIDAY,
    MONDAY,
    STAMP,
    TUESDAY,
    a_plan,
    a_schedule,
    applied,
    solve,
)

pytestmark = pytest.mark.usefixtures("quiet_broker")


@pytest.fixture(autouse=True)
def _the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_a_what_if_without_a_wish_beside_the_schedule_in_force(tenant: Tenant) -> None:
    with tenant.scope():
        late, busy = a_plan(tenant, "Late", numbers=3), a_plan(tenant, "Busy")
        wish = services.add_wish(plan=late, kind="NOT_BEFORE", day=FRIDAY, **STAMP)
    before = applied(tenant)
    with tenant.scope():
        told(tenant, late)
        told(tenant, busy)
        after = schedules.copy_schedule(schedule=before, name="What if", **STAMP)
        schedules.update_rules(schedule=after, customers_per_day=7, **STAMP)
        schedules.drop_wish(schedule=after, wish=wish, **STAMP)
    solve(tenant, after)
    with tenant.scope():
        found = compare(before, after)
        (change,) = found.changes
        assert (change.plan, change.days, change.must_correct) == (late, -4, True)
        assert telling(found).corrections == [change], "whatever was decided since they were told"
        assert (found.unchanged, found.days_saved) == (1, 4)
        assert (found.before.last_move, found.after.last_move) == (FRIDAY, MONDAY)
        assert (found.before.waves, found.after.waves) == (2, 1)
        assert (found.after.customers, found.after.numbers, found.after.most_numbers_a_day) == (2, 4, 4)
        assert [(rule.name, rule.before, rule.after) for rule in found.rules] == [
            ("customers_per_day", 20, 7)
        ]
        assert (found.dropped, found.kept) == ([wish], [])
        assert compare(after, before).kept == [wish]


def told(tenant: Tenant, plan: MigrationPlan) -> None:
    plan.refresh_from_db()
    PlanNotice.objects.create(
        partner_id=tenant.partner_id,
        plan=plan,
        kind="ANNOUNCEMENT",
        language="it",
        body="…",
        told_start_at=plan.planned_start_at,
        sent_at=NOW,
        created_at=NOW,
        created_by="anna",
    )


def test_who_moves_in_one_of_the_two_only(tenant: Tenant) -> None:
    with tenant.scope():
        gone = a_plan(tenant, "Gone")
    before = applied(tenant)
    with tenant.scope():
        told(tenant, gone)
        MigrationPlan.objects.filter(pk=gone.pk).update(recommendation="DO_NOT_MOVE")
        new = a_plan(tenant, "New")
        after = schedules.replan(schedule=before, **STAMP)
    solve(tenant, after)
    with tenant.scope():
        changes = {change.plan: change for change in compare(before, after).changes}
        assert set(changes) == {gone, new}
        assert (changes[gone].after, changes[gone].days, changes[gone].must_correct) == (None, None, True)
        assert (changes[new].before, changes[new].must_correct) == (None, False)


def test_the_first_schedule_is_compared_with_nothing(tenant: Tenant) -> None:
    with tenant.scope():
        a_plan(tenant)
        schedule = a_schedule()
    solve(tenant, schedule)
    with tenant.scope():
        found = compare(None, schedule)
        assert (found.before.customers, found.after.customers, len(found.changes)) == (0, 1, 1)
        assert (found.days_saved, found.rules) == (None, [])


def test_comparing_many_plans_takes_as_many_queries_as_comparing_one(tenant: Tenant) -> None:
    counted = []
    for more in (1, 8):
        with tenant.scope():
            for _ in range(more):
                a_plan(tenant)
            both = [a_schedule(), a_schedule(TUESDAY)]
        for schedule in both:
            solve(tenant, schedule)
        with tenant.scope(), CaptureQueriesContext(connection) as queries:
            assert len(compare(*both).changes) >= more
        counted.append(len(queries))
    assert counted[0] == counted[1]
