"""What a wish costs is what brute force finds without it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings

from onboarding.plans.solver.costs import cost_of_wishes
from onboarding.plans.solver.planner import solve
from onboarding.plans.solver.problem import Problem, Proposal
from tests.onboarding.plans.solver import brute
from tests.onboarding.plans.solver.cases import problems


def without(problem: Problem, wish_id: str) -> Problem:
    return replace(
        problem,
        movers=tuple(
            replace(mover, wishes=tuple(wish for wish in mover.wishes if wish.id != wish_id))
            for mover in problem.movers
        ),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(problems(movers=5, days=5))
def test_a_wish_costs_what_the_best_plan_without_it_is_better(problem: Problem) -> None:
    proposal = solve(problem, seconds=20)
    assume(isinstance(proposal, Proposal))
    assert isinstance(proposal, Proposal)
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
