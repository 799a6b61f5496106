"""What each wish costs: the best plan without it against the best plan with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from onboarding.plans.solver.elements import wish_of
from onboarding.plans.solver.grid import Table
from onboarding.plans.solver.milp import TINY, Watch
from onboarding.plans.solver.model import Model
from onboarding.plans.solver.problem import Cost, Element, OutOfTime, Problem, Proposal
from onboarding.plans.solver.search import Found, best

FREE = Cost(days=0, moved=0, weighted_days=0)


def cost_of_wishes(problem: Problem, proposal: Proposal, *, seconds: float) -> Mapping[str, Cost | None]:
    """The cost of every wish by its id, exact; None where time did not suffice, the dearest first."""
    wishes = [wish_of(mover, wish) for mover in problem.movers for wish in mover.wishes]
    costs: dict[str, Cost | None] = dict.fromkeys((wish.wish for wish in wishes), None)
    watch, table = Watch(seconds), Table(problem)
    if proposal.last_day is None or not _is_best(table, proposal, watch):
        return costs
    costs |= {wish.id: FREE for mover in table.fixed.values() for wish in mover.wishes}
    wishes = [wish for wish in wishes if wish.mover not in table.fixed]
    try:
        free, others = _sorted_out(table, proposal, wishes, watch)
        costs |= {wish.wish: FREE for wish in free}
        for wish in others:
            costs[wish.wish] = _without(table, proposal, wish, watch)
    except OutOfTime:
        pass  # what is not known stays None
    return costs


def _is_best(table: Table, proposal: Proposal, watch: Watch) -> bool:
    """Whether the proposal was proven the best, or is now that there is more time."""
    if proposal.is_optimal:
        return True
    try:
        found = best(table, table.grid(), watch.half())
    except OutOfTime:
        return False
    return found is not None and found.is_optimal and _difference(table, proposal, found) == FREE


def _without(table: Table, proposal: Proposal, wish: Element, watch: Watch) -> Cost | None:
    found = best(table, table.grid(without={wish}), watch)
    if found is None or not found.is_optimal:
        return None
    return _difference(table, proposal, found)


def _difference(table: Table, proposal: Proposal, found: Found) -> Cost:
    last = max([*found.days.values(), *table.fixed_on.values()])
    return Cost(
        days=table.calendar.index(_finish(proposal)) - last,
        moved=proposal.moved - found.moved,
        weighted_days=proposal.weighted_days - found.weighted_days,
    )


def _sorted_out(
    table: Table, proposal: Proposal, wishes: list[Element], watch: Watch
) -> tuple[list[Element], list[Element]]:
    """The wishes that are proven to cost nothing, and the others, the likely dear ones first."""
    room = proposal.weighted_days - 1 + TINY
    lowest = dict(_lowest(table, proposal, wishes, watch))
    finish = _may_finish_earlier(table, proposal, wishes, watch)
    free = [wish for wish in wishes if lowest[wish] > room and wish not in finish and not proposal.moved]
    others = [wish for wish in wishes if wish not in free]
    return free, sorted(others, key=lambda wish: (wish not in finish, lowest[wish]))


def _lowest(
    table: Table, proposal: Proposal, wishes: Iterable[Element], watch: Watch
) -> Iterator[tuple[Element, float]]:
    """A bound under the weighted days of every plan that breaks this one wish and has the same finish.

    All days that wishes forbid are in the program but closed; the relaxed answer tells what each would add.
    """
    grid = table.grid(without=set(wishes))
    model = Model(
        grid,
        last=table.calendar.index(_finish(proposal)),
        seed=table.rules.seed,
        apart={wish.mover for wish in wishes},
    )
    model.weigh()
    moves = model.count_moved(table.told)
    model.program.row(moves, most=proposal.moved)
    for wish in wishes:
        model.close(wish.mover, table.days_against(wish))
    relaxed = model.program.relaxed(watch)
    for wish in wishes:
        alone = table.days_against(wish, alone=True)
        added = [relaxed.reduced_costs[n] for n in model.columns_of(wish.mover, alone)] if relaxed else []
        yield wish, relaxed.objective + min(added, default=proposal.weighted_days) if relaxed else 0.0


def _may_finish_earlier(
    table: Table, proposal: Proposal, wishes: Iterable[Element], watch: Watch
) -> set[Element]:
    """The wishes without which an earlier finish is not excluded."""
    before = table.calendar.index(_finish(proposal)) - 1
    everything = frozenset(wishes)
    if before < max(table.fixed_on.values(), default=0) or not _fits(table, everything, before, watch):
        return set()
    return {wish for wish in everything if _fits(table, frozenset({wish}), before, watch)}


def _fits(table: Table, without: frozenset[Element], last: int, watch: Watch) -> bool:
    """Whether movers in pieces would be done by this day."""
    model = Model(table.grid(without=without), last=last, seed=table.rules.seed)
    return model.program.relaxed(watch) is not None


def _finish(proposal: Proposal) -> date:
    if proposal.last_day is None:
        raise ValueError("nobody moves")
    return proposal.last_day
