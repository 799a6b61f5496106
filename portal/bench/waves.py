"""The planner of waves with a large partner's customers, against giving everybody the first day that fits."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from onboarding.plans.solver.first_fit import first_fit
from onboarding.plans.solver.grid import Table
from onboarding.plans.solver.planner import solve
from onboarding.plans.solver.problem import Conflict, Mover, Problem, Proposal, Wish, WishKind
from portal.bench.figures import BenchError, Figure
from portal.bench.movers import FIRST_DAY, movers_problem
from portal.bench.place import Place

CUSTOMERS = 500
AT_MOST = 60.0


def measure(place: Place) -> Iterator[Figure]:
    """The proposal, how good it is, and the conflict when two wishes exclude each other."""
    problem = movers_problem(place.some(CUSTOMERS))
    who = f"{len(problem.movers)} customers, {sum(mover.numbers for mover in problem.movers)} numbers"
    begun = time.perf_counter()
    fitted = first_fit(Table(problem).grid(), rank=lambda job: (int(job.is_high), -job.mover.weight))
    if fitted is None:
        raise BenchError("first fit found no plan")
    greedy, before = time.perf_counter() - begun, _memory()
    proposal, seconds = _answer(problem)
    if not isinstance(proposal, Proposal) or proposal.last_day is None:
        raise BenchError("the planner found no plan")
    finish = float((proposal.last_day - FIRST_DAY).days)
    waited = float(sum(mover.weight * fitted[mover.id] for mover in problem.movers))
    yield _figure(f"{who}, proposed", seconds, "s", greedy, promise="10 s")
    yield _figure("last move, days after the first day", finish, "days", max(fitted.values()))
    yield _figure("weighted days of waiting", proposal.weighted_days, "", waited)
    yield _figure("the same over the proven bound", proposal.weighted_days, "", proposal.bound, "the bound")
    yield _figure("memory at its most", _memory(), "MB", before, "before")
    conflict, seconds = _answer(replace(problem, movers=(*problem.movers, _torn())))
    if not isinstance(conflict, Conflict) or len(conflict.elements) != 2:
        raise BenchError("the planner did not name the two wishes")
    yield Figure(bench="waves", name="two wishes in conflict, named", value=seconds, unit="s")


def _answer(problem: Problem) -> tuple[Proposal | Conflict, float]:
    begun = time.perf_counter()
    return solve(problem, seconds=AT_MOST), time.perf_counter() - begun


def _figure(
    name: str, value: float, unit: str, baseline: float, against: str = "first fit", promise: str = ""
) -> Figure:
    return Figure(
        bench="waves",
        name=name,
        value=value,
        unit=unit,
        baseline=float(baseline),
        against=against,
        promise=promise,
    )


def _memory() -> float:
    """The most that this process ever used, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _torn() -> Mover:
    early = Wish(id="early", kind=WishKind.NOT_AFTER, day=FIRST_DAY + timedelta(days=30))
    late = Wish(id="late", kind=WishKind.NOT_BEFORE, day=FIRST_DAY + timedelta(days=31))
    return Mover(id="torn", wishes=(early, late))
