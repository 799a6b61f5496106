"""The planner: a plan for everybody, or the conflict that forbids one."""

from __future__ import annotations

from onboarding.plans.solver.conflicts import explain
from onboarding.plans.solver.grid import Table
from onboarding.plans.solver.milp import Watch
from onboarding.plans.solver.problem import Conflict, OutOfTime, Problem, Proposal, Slot
from onboarding.plans.solver.search import Found, any_found, best

# A plan within a ten-thousandth of the best is there long before its proof: nobody waits longer for that.
PROVEN_WITHIN = 8.0


def solve(problem: Problem, *, seconds: float, proven_within: float = PROVEN_WITHIN) -> Proposal | Conflict:
    """The best plan, or why there is none, for which the same time is taken once more.

    Where two limits are tight at once the best may not be found in time: then any plan is better than none.
    Raises `OutOfTime` when nothing was found.
    """
    watch, proof = Watch(seconds), Watch(min(seconds, proven_within))
    table = Table(problem)
    grid = table.grid()
    try:
        found = best(table, grid, watch, proof=proof)
    except OutOfTime:
        found = any_found(table, grid, Watch(seconds))
    if found is None:
        return explain(table, Watch(seconds))
    return Proposal(
        slots=_slots(table, found),
        last_day=max((table.calendar.day(day) for day in _days(table, found).values()), default=None),
        moved=found.moved,
        weighted_days=found.weighted_days,
        bound=found.bound,
        is_optimal=found.is_optimal,
        seconds=watch.passed,
    )


def _days(table: Table, found: Found) -> dict[str, int]:
    return {**found.days, **table.fixed_on}


def _slots(table: Table, found: Found) -> tuple[Slot, ...]:
    """One slot for each mover, in the order in which they begin."""
    days = _days(table, found)
    waves = {day: wave for wave, day in enumerate(sorted(set(days.values())), start=1)}
    slots = []
    for mover in table.calendar.problem.movers:
        index = days[mover.id]
        day = table.calendar.day(index)
        starts_at, ends_at = table.calendar.span_of_fixed(mover, day)
        slots.append(Slot(mover=mover.id, day=day, wave=waves[index], starts_at=starts_at, ends_at=ends_at))
    return tuple(sorted(slots, key=lambda slot: (slot.starts_at, slot.mover)))
