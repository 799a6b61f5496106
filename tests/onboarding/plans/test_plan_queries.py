"""What stops a plan and who must act: the same in the list's filters and in the plan's own view."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onboarding import progress
from onboarding.models import MigrationPlan, PlanLine
from onboarding.plans import listing, queries
from onboarding.states import LineState
from portal.kernel.states import transition
from tests.conftest import NOW, Tenant
from tests.factories import plan_desk
from tests.factories.plan_desk import Made


@pytest.fixture
def made(tenant: Tenant) -> Made:
    with tenant.scope():
        return plan_desk.fill(tenant.world, now=NOW)


def test_each_plan_says_first_what_a_person_can_settle(tenant: Tenant, made: Made) -> None:
    with tenant.scope():
        found = {
            name: [need.requirement.reason for need in queries.plan_view(plan, now=NOW).needs]
            for name, plan in vars(made).items()
        }
    assert found == {
        "draft": ["assessment_open"],
        "assessed": ["date_missing", "inform_undecided"],
        "advised_against": ["advised_against", "inform_undecided"],
        "scheduled": ["waits_for_its_day"],
        "late": ["pin_needed"],
        "running": ["wrong_pin", "test_number_first"],
        "paused": ["plan_paused"],
    }


def test_the_list_filters_by_the_owner_that_the_view_shows(tenant: Tenant, made: Made) -> None:
    with tenant.scope():
        broken = plan_desk.plan_of(tenant.world, "Guasto", now=NOW, state="IN_PROGRESS", start=NOW)
        onboarding = plan_desk.open_line(broken.lines.get(), now=NOW)
        type(onboarding).objects.filter(pk=onboarding.pk).update(attempts=10)
        rows = list(listing.plan_list(now=NOW))
        shown = {one.plan.pk: one.next_action for one in queries.summaries(rows, now=NOW)}
        assert len(rows) == 9
        for row in rows:
            need = shown[row.pk]
            assert row.current_owner == (need.owner if need else ""), row
            if need and need.owner != "PORTAL":
                said_alike = {"advised_against": "date_missing"}
                assert row.current_reason == said_alike.get(need.reason, need.reason), row


def test_numbers_that_wait_for_the_same_thing_are_put_together(tenant: Tenant, made: Made) -> None:
    with tenant.scope():
        third = made.running.lines.order_by("position")[2]
        for key in ("appointment", "backup"):
            progress.done(third.onboarding.steps.get(key=key), now=NOW, by="portal")
        plan_desk.wait(third, "register", "wrong_pin", now=NOW, code=133005, failed=True)
        (need,) = queries.plan_view(made.running, now=NOW).needs
        assert [line.position for line in need.lines] == [2, 3]


def test_downtime_runs_until_the_number_is_back(tenant: Tenant, made: Made) -> None:
    with tenant.scope():
        moved, stopped, later = queries.plan_view(made.running, now=NOW).lines
    assert moved.downtime is not None
    assert (moved.downtime.total_seconds(), moved.is_down) == (150, False)
    assert stopped.downtime is not None
    assert (stopped.downtime.total_seconds(), stopped.is_down) == (720, True)
    assert (later.downtime, later.is_down) == (None, False)


def test_an_abandoned_number_counts_no_more(tenant: Tenant, made: Made) -> None:
    with tenant.scope():
        view = queries.plan_view(made.running, now=NOW)
        assert (view.moved, view.total) == (1, 3)
        later = PlanLine.objects.get(pk=view.lines[2].line.pk)
        transition(row=later, to=LineState.ABANDONED, now=NOW, by="anna", reason="not wanted")
        view = queries.plan_view(made.running, now=NOW)
        assert (view.moved, view.total) == (1, 2)
        row = listing.plan_list(now=NOW).get(pk=made.running.pk)
        assert (row.numbers_moved, row.numbers_total) == (1, 2)
        assert [need.requirement.reason for need in view.needs] == ["wrong_pin"]


def test_many_plans_ask_no_more_than_few(tenant: Tenant) -> None:
    counts = []
    for wanted in (1, 4):
        with tenant.scope():
            plan_desk.many(tenant.world, wanted=wanted, now=NOW)
            plans = list(MigrationPlan.objects.select_related("customer"))
            with CaptureQueriesContext(connection) as asked:
                views = queries.plan_views(plans, now=NOW)
            assert all(view.lines for view in views)
            counts.append(len(asked))
    assert counts[0] == counts[1]
