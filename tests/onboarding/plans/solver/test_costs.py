"""What a wish costs is what brute force finds without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from onboarding.plans.solver import costs as costs_module
from onboarding.plans.solver.costs import cost_of_wishes
from onboarding.plans.solver.planner import solve
from onboarding.plans.solver.problem import Cost, Mover, Problem, Proposal, Rules, Wish, WishKind
from tests.onboarding.plans.solver import brute
from tests.onboarding.plans.solver.cases import problems

MONDAY = date(2026, 11, 9)


def without(problem: Problem, wish_id: str) -> Problem:
    return replace(
        problem,
        movers=tuple(
            replace(mover, wishes=tuple(wish for wish in mover.wishes if wish.id != wish_id))
            for mover in problem.movers
        ),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(problems(movers=5, days=5), st.booleans(), st.booleans())
def test_a_wish_costs_what_the_best_plan_without_it_is_better(
    problem: Problem, is_told: bool, is_proven: bool
) -> None:
    if not is_told:
        problem = replace(problem, movers=tuple(replace(mover, told=None) for mover in problem.movers))
    proposal = solve(problem, seconds=20)
    assume(isinstance(proposal, Proposal))
    assert isinstance(proposal, Proposal)
    if not is_proven:
        proposal = replace(proposal, is_optimal=False, weighted_days=proposal.weighted_days + 7)
    costs = cost_of_wishes(problem, proposal, seconds=20)
    best = brute.best(problem)
    assert best
    wishes = [wish for mover in problem.movers for wish in mover.wishes]
    assert set(costs) == {wish.id for wish in wishes}
    for wish in wishes:
        cost, better = costs[wish.id], brute.best(without(problem, wish.id))
        assert cost
        assert better
        assert (cost.days, cost.moved, cost.weighted_days) == tuple(
            a - b for a, b in zip(best, better, strict=True)
        )


def three_wishes() -> tuple[Problem, Proposal]:
    finish = Wish(id="finish", kind=WishKind.NOT_BEFORE, day=MONDAY + timedelta(days=3))
    waiting = Wish(id="waiting", kind=WishKind.NOT_ON, day=MONDAY)
    nothing = Wish(id="nothing", kind=WishKind.NOT_AFTER, day=MONDAY + timedelta(days=2))
    movers = (Mover(id="last", wishes=(finish,)), Mover(id="waits", weight=5, wishes=(waiting, nothing)))
    problem = Problem(rules=Rules(first_day=MONDAY, last_day=MONDAY + timedelta(days=9)), movers=movers)
    proposal = solve(problem, seconds=20)
    assert isinstance(proposal, Proposal)
    return problem, proposal


def test_a_wish_may_cost_days_of_the_finish_or_waiting_or_nothing() -> None:
    assert cost_of_wishes(*three_wishes(), seconds=20) == {
        "finish": Cost(days=2, moved=0, weighted_days=3),
        "waiting": Cost(days=0, moved=0, weighted_days=5),
        "nothing": Cost(days=0, moved=0, weighted_days=0),
    }


def test_the_finish_is_known_when_the_waiting_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs_module, "_best", lambda *_: None)
    only_the_finish = Cost(days=0, moved=None, weighted_days=None)
    assert cost_of_wishes(*three_wishes(), seconds=20) == {
        "finish": None,
        "waiting": only_the_finish,
        "nothing": only_the_finish,
    }


def test_what_was_not_computed_is_not_guessed() -> None:
    wish = Wish(id="wish", kind=WishKind.NOT_ON, day=MONDAY)
    problem = Problem(
        rules=Rules(first_day=MONDAY, last_day=MONDAY + timedelta(days=9)),
        movers=(Mover(id="m", wishes=(wish,)),),
    )
    proposal = solve(problem, seconds=20)
    assert isinstance(proposal, Proposal)
    assert cost_of_wishes(problem, proposal, seconds=0) == {"wish": None}
