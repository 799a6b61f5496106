"""A conflict forbids a plan, and without any one of its elements it would not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

from hypothesis import HealthCheck, assume, given, settings

from onboarding.plans.solver.planner import solve
from onboarding.plans.solver.problem import (
    Conflict,
    Element,
    ElementKind,
    Mover,
    Problem,
    Proposal,
    Risk,
    Rules,
    Wish,
    WishKind,
)
from tests.onboarding.plans.solver import brute
from tests.onboarding.plans.solver.cases import problems

MONDAY = date(2026, 11, 9)
SMALL = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
LIMITS = {
    ElementKind.NUMBERS_PER_DAY: "numbers_per_day",
    ElementKind.CUSTOMERS_PER_DAY: "customers_per_day",
    ElementKind.SIGNUPS_PER_WEEK: "signups_per_week",
    ElementKind.HIGH_RISK_PER_DAY: "high_risk_per_day",
}


def with_only(problem: Problem, kept: Collection[Element]) -> bool:
    """Whether brute force finds a plan when everything else that can be given up is."""
    rules = problem.rules
    for kind, name in LIMITS.items():
        if not any(one.kind == kind for one in kept):
            rules = replace(rules, **{name: 1000})
    if not any(one.kind == ElementKind.DEADLINE for one in kept):
        rules = replace(rules, last_day=rules.last_day + timedelta(days=8 * len(problem.movers)))
    movers = tuple(_only(mover, kept) for mover in problem.movers)
    held = {one.mover for one in kept if one.kind == ElementKind.HOURS}
    free = frozenset(
        mover.id
        for mover in problem.movers
        if mover.id not in held and not brute.hours_ever_fit(problem, mover)
    )
    return brute.is_feasible(Problem(rules=rules, movers=movers), anytime=free)


def _only(mover: Mover, kept: Collection[Element]) -> Mover:
    mine = [one for one in kept if one.mover == mover.id]
    return replace(
        mover,
        after=tuple(one.other for one in mine if one.kind == ElementKind.DEPENDENCY),
        locked_until=mover.locked_until if any(one.kind == ElementKind.LOCK for one in mine) else None,
        wishes=tuple(wish for wish in mover.wishes if any(one.wish == wish.id for one in mine)),
    )


@SMALL
@given(problems(movers=3, days=4, wishes=2))
def test_a_conflict_is_none_without_any_one_of_its_elements(problem: Problem) -> None:
    conflict = solve(problem, seconds=20)
    assume(isinstance(conflict, Conflict))
    assert isinstance(conflict, Conflict)
    assert conflict.is_minimal
    assert not with_only(problem, conflict.elements)
    for left_out in conflict.elements:
        assert with_only(problem, [one for one in conflict.elements if one != left_out])
