"""The search for the best plan: bound it, look where the bound leaves room, prove the rest away."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from onboarding.plans.solver.earliest import earliest_days
from onboarding.plans.solver.first_fit import first_fit
from onboarding.plans.solver.grid import Grid, Table
from onboarding.plans.solver.milp import TINY, Answer, Program, Watch
from onboarding.plans.solver.model import Charges, Model
from onboarding.plans.solver.problem import OutOfTime

# The first search looks at this many of the cheapest columns for each group, and stops this near to the best
# of them. What it finds is the same every time; only whether the proof after it is in time may vary.
CHEAPEST, NEAR = 5, 1e-4
# Where any plan will do, more columns make it easier to find one.
MORE = 20


@dataclass(frozen=True)
class Found:
    """Days by mover, and what is known about them."""

    days: Mapping[str, int]
    moved: int
    weighted_days: int
    bound: int
    is_optimal: bool


@dataclass(frozen=True)
class Least:
    """The smallest objective that was found, and what none is smaller than."""

    answer: Answer
    objective: int
    bound: int

    @property
    def is_proven(self) -> bool:
        """Whether it is the smallest."""
        return self.objective <= self.bound


def best(table: Table, grid: Grid, watch: Watch, *, proof: Watch | None = None) -> Found | None:
    """The best days for the jobs of the grid; None: there are none.

    What is found is returned without being proven the best when the time for the proof is over.
    """
    is_earliest = True
    for last in _finishes(table, grid, watch):
        try:
            found = best_until(table, grid, last, (watch, proof or watch), is_earliest=is_earliest)
        except OutOfTime:
            if watch.is_over:
                raise
            is_earliest = False  # a later finish is better than none
        else:
            if found is not None:
                return found
    if not is_earliest:
        raise OutOfTime
    return None


def any_found(table: Table, grid: Grid, watch: Watch) -> Found | None:
    """Some days that meet everything, for when the best take too long to find; None: there are none."""
    days = first_found(table, grid, watch)
    if days is None:
        return None
    weights = {job.mover.id: job.mover.weight for job in grid.jobs}
    return Found(
        days=days,
        moved=sum(table.told.get(mover, day) != day for mover, day in days.items()),
        weighted_days=sum(weights[mover] * day for mover, day in days.items()),
        bound=0,
        is_optimal=False,
    )


def is_feasible(table: Table, grid: Grid, watch: Watch) -> bool:
    """Whether there are any days that meet everything."""
    earliest = earliest_days(grid)
    if earliest is None or not grid.has_limits:
        return earliest is not None
    return first_found(table, grid, watch) is not None


def first_found(
    table: Table, grid: Grid, watch: Watch, *, charges: Charges | None = None
) -> Mapping[str, int] | None:
    """Any days, preferably such that break few charges; None: there are none.

    The solver is asked when the days that are at hand do not fit. A third of the days mostly suffices, and is
    looked through in a third of the time.
    """
    earliest = earliest_days(grid)
    if earliest is None:
        return None
    unwanted: dict[str, set[int]] = {}
    for owner, days in (charges or {}).values():
        unwanted.setdefault(owner, set()).update(days)
    if at_hand := first_fit(grid, unwanted=unwanted):
        return at_hand
    soonest = max(earliest.values(), default=0)
    for last in (soonest + (grid.days - soonest) // 3, grid.days):
        model = Model(grid, last=last, seed=table.rules.seed, charges=charges)
        model.hurry()
        relaxed = model.program.relaxed(watch)
        found = relaxed and _looked(model.program, relaxed, watch, MORE * len(model.groups), gap=math.inf)
        if found:
            return model.days(found.answer)
    return None


def least(program: Program, watch: Watch, proof: Watch, *, size: int) -> Least | None:
    """The smallest objective of a program, first looked for in `size` columns; None: it is infeasible."""
    relaxed = program.relaxed(watch)
    found = relaxed and _looked(program, relaxed, watch.half(), size)
    if not relaxed or not found or found.is_proven:
        return found or None
    try:
        return _proven(program, relaxed, found, proof)
    except OutOfTime:
        return found


def _finishes(table: Table, grid: Grid, watch: Watch) -> Iterator[int]:
    """The last days that may do, earliest first: none of those left out does, even with movers in pieces."""
    earliest = earliest_days(grid)
    if earliest is None:
        return
    soonest = max([*earliest.values(), *table.fixed_on.values()], default=0)
    used = sorted({day for job in grid.jobs for day in job.days if day > soonest})
    candidates = [soonest, *used]
    low, high = 0, len(candidates)
    while low < high:
        middle = (low + high) // 2
        model = Model(grid, last=candidates[middle], seed=table.rules.seed)
        if model.program.relaxed(watch) is None:
            low = middle + 1
        else:
            high = middle
    yield from candidates[low:]


def best_until(
    table: Table, grid: Grid, last: int, time: tuple[Watch, Watch], *, is_earliest: bool
) -> Found | None:
    """The best days up to a last one."""
    model = Model(grid, last=last, seed=table.rules.seed)
    program, moves = model.program, model.count_moved(table.told)
    size, moved = CHEAPEST * len(model.groups), None
    if moves:
        for column in moves:
            program.costs[column] = 1
        moved = least(program, *time, size=size)
        if moved is None:
            return None
        program.row(moves, most=moved.objective)
    model.weigh()
    found = least(program, *time, size=size)
    if found is None:
        return None
    return Found(
        days=model.days(found.answer),
        moved=moved.objective if moved else 0,
        weighted_days=found.objective,
        bound=found.bound,
        is_optimal=is_earliest and found.is_proven and (moved is None or moved.is_proven),
    )


def _looked(program: Program, relaxed: Answer, watch: Watch, size: int, *, gap: float = NEAR) -> Least | None:
    """A good answer among the cheapest columns, ever more of them until there is one."""
    costs = zip(relaxed.reduced_costs, program.is_whole, strict=True)
    order = sorted(cost for cost, is_whole in costs if is_whole)
    while True:
        is_all = size >= len(order)
        ceiling = math.inf if is_all else order[size]
        answer = program.solve(watch, columns=_cheap(program, relaxed, ceiling), gap=gap)
        if answer is not None:
            bound = min(answer.bound, relaxed.objective + ceiling)
            bound = math.ceil(max(bound, relaxed.objective) - TINY)
            objective = round(answer.objective)
            return Least(answer, objective, min(bound, objective))
        if is_all:
            return None
        size *= 2


def _proven(program: Program, relaxed: Answer, found: Least, watch: Watch) -> Least:
    """The smallest for certain: a column that costs more than the room left is in no smaller answer."""
    room = found.objective - 1 - relaxed.objective + TINY
    used = {column for column, value in enumerate(found.answer.values) if value}
    columns = used.union(_cheap(program, relaxed, room))
    answer = program.solve(watch, columns=columns, start=found.answer)
    if answer is None or round(answer.objective) >= found.objective:
        return Least(found.answer, found.objective, found.objective)
    return Least(answer, round(answer.objective), round(answer.objective))


def _cheap(program: Program, relaxed: Answer, most: float) -> list[int]:
    """The columns that add no more than this to the bound; all that are not whole."""
    return [
        column
        for column, cost in enumerate(relaxed.reduced_costs)
        if cost <= most or not program.is_whole[column]
    ]
