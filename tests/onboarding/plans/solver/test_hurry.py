"""Where the best plan takes too long to find, any plan that keeps the rules is given, or the conflict."""

from __future__ import annotations

from typing import Any, NoReturn
from unittest import mock

from hypothesis import HealthCheck, given, settings

from onboarding.plans.solver import planner
from onboarding.plans.solver.problem import Conflict, OutOfTime, Problem, Proposal
from tests.onboarding.plans.solver import brute
from tests.onboarding.plans.solver.cases import problems
from tests.onboarding.plans.solver.checker import violations


def never(*_: Any, **__: Any) -> NoReturn:
    raise OutOfTime


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(problems(movers=7, days=5))
def test_any_plan_is_better_than_none(problem: Problem) -> None:
    expected = brute.best(problem)
    with mock.patch.object(planner, "best", never):
        answer = planner.solve(problem, seconds=20)
    if expected is None:
        assert isinstance(answer, Conflict)
        return
    assert isinstance(answer, Proposal)
    assert violations(problem, answer) == []
    score = brute.score(problem, {slot.mover: slot.day for slot in answer.slots})
    assert score >= expected
    assert (answer.moved, answer.weighted_days, answer.is_optimal) == (*score[1:], False)
