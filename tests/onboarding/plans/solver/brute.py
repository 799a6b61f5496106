"""Brute force for a handful of movers: every combination of days, cut off where a rule is broken for good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from onboarding.plans.solver.problem import Mover, Problem
from tests.onboarding.plans.solver.checker import broken, hours_fit, over_limits, unsuited

Score = tuple[int, int, int]
Days = dict[str, date]


def best(problem: Problem) -> Score | None:
    """Last day (as an index), moved, weighted days of the best plan; None if there is no plan at all."""
    for last in range(problem.rules.days):
        until = problem.rules.first_day + timedelta(days=last)
        if all(mover.fixed is None or mover.fixed <= until for mover in problem.movers):
            shorter = replace(problem, rules=replace(problem.rules, last_day=until))
            scores = [score(problem, days) for days in plans(shorter)]
            if scores:
                return min(scores)
    return None


def is_feasible(problem: Problem, *, anytime: frozenset[str] = frozenset()) -> bool:
    """Whether there is any plan; the hours of some may not count."""
    return next(plans(problem, anytime=anytime), None) is not None


def score(problem: Problem, days: Days) -> Score:
    """What a plan is judged by."""
    first = problem.rules.first_day
    free = [mover for mover in problem.movers if not mover.fixed]
    return (
        max(((day - first).days for day in days.values()), default=0),
        sum(1 for mover in free if mover.told and days[mover.id] != mover.told),
        sum(mover.weight * (days[mover.id] - first).days for mover in free),
    )


def plans(problem: Problem, *, anytime: frozenset[str] = frozenset()) -> Iterator[Days]:
    """Every plan that breaks no rule."""
    choices = {mover.id: own_days(problem, mover, mover.id in anytime) for mover in problem.movers}
    order = sorted(problem.movers, key=lambda mover: len(choices[mover.id]))
    yield from _complete(problem, order, choices, {})


def own_days(problem: Problem, mover: Mover, anytime: bool) -> list[date]:
    """The days that suit one mover for itself."""
    if mover.fixed:
        return [mover.fixed]
    every = (problem.rules.first_day + timedelta(days=n) for n in range(problem.rules.days))
    own = (day for day in every if not any(unsuited(problem, mover, day)))
    return [day for day in own if anytime or hours_fit(problem, mover, day)]


def hours_ever_fit(problem: Problem, mover: Mover) -> bool:
    """Whether the hours of mover and staff meet on any day of a year."""
    first = problem.rules.first_day
    return any(hours_fit(problem, mover, first + timedelta(days=n)) for n in range(0, 366, 7))


def _complete(
    problem: Problem, left: list[Mover], choices: dict[str, list[date]], days: Days
) -> Iterator[Days]:
    if not left:
        if not any(broken(problem, days)):
            yield dict(days)
        return
    mover, *others = left
    for day in choices[mover.id]:
        more = {**days, mover.id: day}
        if _in_order(problem, more) and not any(over_limits(problem, more)):
            yield from _complete(problem, others, choices, more)


def _in_order(problem: Problem, days: Days) -> bool:
    return all(
        days[mover.id] > days[other]
        for mover in problem.movers
        if mover.id in days and not mover.fixed
        for other in mover.after
        if other in days
    )
