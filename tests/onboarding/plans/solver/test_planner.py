"""The planner against an independent checker and brute force."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from onboarding.plans.solver.planner import solve
from onboarding.plans.solver.problem import Conflict, Problem, Proposal
from tests.onboarding.plans.solver import brute
from tests.onboarding.plans.solver.cases import problems
from tests.onboarding.plans.solver.checker import violations

QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@QUICK
@given(problems(movers=7, days=5))
def test_the_plan_is_the_best_of_all_plans(problem: Problem) -> None:
    proposal, expected = solve(problem, seconds=20), brute.best(problem)
    if expected is None:
        assert isinstance(proposal, Conflict)
        return
    assert isinstance(proposal, Proposal)
    assert violations(problem, proposal) == []
    assert brute.score(problem, {slot.mover: slot.day for slot in proposal.slots}) == expected
    assert (proposal.moved, proposal.weighted_days, proposal.is_optimal) == (*expected[1:], True)
