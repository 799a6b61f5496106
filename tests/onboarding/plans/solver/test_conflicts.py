"""A conflict forbids a plan, and without any one of its elements it would not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest
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
SMALL = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
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


@SMALL
@given(problems(movers=3, days=4, wishes=2))
def test_no_smaller_set_of_wishes_is_in_conflict(problem: Problem) -> None:
    conflict = solve(problem, seconds=20)
    assume(isinstance(conflict, Conflict) and any(one.kind == ElementKind.WISH for one in conflict.elements))
    assert isinstance(conflict, Conflict)
    assert conflict.is_smallest
    everyone = {(mover.id, wish.id) for mover in problem.movers for wish in mover.wishes}
    fewer = sum(1 for one in conflict.elements if one.kind == ElementKind.WISH) - 1
    for kept in combinations(sorted(everyone), min(fewer, len(everyone))):
        assert brute.is_feasible(with_wishes(problem, kept))


@SMALL
@given(problems(movers=5, days=5, wishes=2))
def test_giving_up_one_thing_of_each_conflict_ends_in_a_plan(problem: Problem) -> None:
    """If there is one conflict only, whichever of its wishes is withdrawn, the request can be met."""
    left = {(mover.id, wish.id) for mover in problem.movers for wish in mover.wishes}
    assume(brute.is_feasible(with_wishes(problem, ())))
    answer = solve(problem, seconds=20)
    while isinstance(answer, Conflict):
        wishes = [one for one in answer.elements if one.kind == ElementKind.WISH]
        assert wishes
        left -= {(wishes[0].mover, wishes[0].wish)}
        answer = solve(with_wishes(problem, left), seconds=20)
    assert isinstance(answer, Proposal)


@pytest.mark.parametrize("withdrawn", ["late", "early"])
def test_the_only_conflict_among_many_customers_is_named_and_either_wish_frees_it(withdrawn: str) -> None:
    wishes = (
        Wish(id="late", kind=WishKind.NOT_BEFORE, day=MONDAY + timedelta(days=9)),
        Wish(id="early", kind=WishKind.NOT_AFTER, day=MONDAY + timedelta(days=8)),
    )
    others = [
        Mover(id=f"m{n}", numbers=1 + n % 4, risk=Risk.LOW, wishes=(wish_of_day(n),)) for n in range(60)
    ]
    problem = Problem(
        rules=Rules(first_day=MONDAY, last_day=MONDAY + timedelta(days=30), customers_per_day=5),
        movers=(*others, Mover(id="torn", wishes=wishes)),
    )
    conflict = solve(problem, seconds=20)
    assert isinstance(conflict, Conflict)
    assert {(one.kind, one.mover, one.wish) for one in conflict.elements} == {
        (ElementKind.WISH, "torn", "late"),
        (ElementKind.WISH, "torn", "early"),
    }
    kept = {(mover.id, wish.id) for mover in problem.movers for wish in mover.wishes} - {("torn", withdrawn)}
    assert isinstance(solve(with_wishes(problem, kept), seconds=20), Proposal)


def test_a_circle_of_dependencies_is_named_and_no_deadline() -> None:
    movers = (Mover(id="a", after=("c",)), Mover(id="b", after=("a",)), Mover(id="c", after=("b",)))
    rules = Rules(first_day=MONDAY, last_day=MONDAY + timedelta(days=30))
    conflict = solve(Problem(rules=rules, movers=(*movers, Mover(id="d"))), seconds=20)
    assert isinstance(conflict, Conflict)
    assert [(one.kind, one.mover) for one in conflict.elements] == [
        (ElementKind.DEPENDENCY, "a"),
        (ElementKind.DEPENDENCY, "b"),
        (ElementKind.DEPENDENCY, "c"),
    ]


def test_what_the_limits_forbid_names_the_limit_and_the_last_day() -> None:
    movers = tuple(Mover(id=f"m{n}", needs_signup=True) for n in range(11))
    rules = Rules(first_day=MONDAY, last_day=MONDAY + timedelta(days=4))
    conflict = solve(Problem(rules=rules, movers=movers), seconds=20)
    assert isinstance(conflict, Conflict)
    assert conflict.elements == (
        Element(kind=ElementKind.DEADLINE, day=rules.last_day),
        Element(kind=ElementKind.SIGNUPS_PER_WEEK, limit=10),
    )


def with_wishes(problem: Problem, kept: Collection[tuple[str, str]]) -> Problem:
    return replace(
        problem,
        movers=tuple(
            replace(mover, wishes=tuple(wish for wish in mover.wishes if (mover.id, wish.id) in kept))
            for mover in problem.movers
        ),
    )


def wish_of_day(n: int) -> Wish:
    kind = (WishKind.NOT_ON, WishKind.NOT_BEFORE)[n % 2]
    return Wish(id=f"w{n}", kind=kind, day=MONDAY + timedelta(days=n % 7))
