"""What each wish costs: the best plan without it against the best plan with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from onboarding.plans.solver.elements import wish_of
from onboarding.plans.solver.grid import Table
from onboarding.plans.solver.milp import TINY, Watch
from onboarding.plans.solver.model import Model
from onboarding.plans.solver.problem import Cost, Element, OutOfTime, Problem, Proposal
from onboarding.plans.solver.search import Found, best, best_until

FREE = Cost(days=0, moved=0, weighted_days=0)


@dataclass(frozen=True)
class Best:
    """What the best plan with all wishes reaches: the index of its last day, and the rest of its score."""

    last: int
    moved: int
    weighted_days: int


def cost_of_wishes(problem: Problem, proposal: Proposal, *, seconds: float) -> Mapping[str, Cost | None]:
    """The cost of every wish by its id, exact; None where time did not suffice, the dearest first.

    A proposal that was not proven the best is not what is compared with: the best plan is found first.
    """
    wishes = [wish_of(mover, wish) for mover in problem.movers for wish in mover.wishes]
    costs: dict[str, Cost | None] = dict.fromkeys((wish.wish for wish in wishes), None)
    watch, table = Watch(seconds), Table(problem)
    costs |= {wish.id: FREE for mover in table.fixed.values() for wish in mover.wishes}
    wishes = [wish for wish in wishes if wish.mover not in table.fixed]
    if proposal.last_day is None:
        return costs
    try:
        for wish, cost in _costs(table, proposal, wishes, watch):
            costs[wish.wish] = cost
    except OutOfTime:
        pass  # what is not known stays None
    return costs


def _costs(
    table: Table, proposal: Proposal, wishes: list[Element], watch: Watch
) -> Iterator[tuple[Element, Cost]]:
    """Ever more of the costs: first of the finish, which is known long before the rest."""
    finish = _may_finish_earlier(table, _last_of(table, proposal), wishes, watch)
    for wish in wishes:
        if wish not in finish:
            yield wish, Cost(days=0, moved=None, weighted_days=None)
    base = _best(table, proposal, watch)
    if base is None:
        return
    free, others = _sorted_out(table, base, wishes, finish, watch)
    for wish in free:
        yield wish, FREE
    for wish in others:
        if cost := _without(table, base, wish, watch, may_end_earlier=wish in finish):
            yield wish, cost


def _best(table: Table, proposal: Proposal, watch: Watch) -> Best | None:
    if proposal.is_optimal:
        return Best(_last_of(table, proposal), proposal.moved, proposal.weighted_days)
    found = best(table, table.grid(), watch)
    return Best(_last(table, found), found.moved, found.weighted_days) if found and found.is_optimal else None


def _without(table: Table, base: Best, wish: Element, watch: Watch, *, may_end_earlier: bool) -> Cost | None:
    grid = table.grid(without={wish})
    if may_end_earlier:
        found = best(table, grid, watch)
    else:
        found = best_until(table, grid, base.last, (watch, watch), is_earliest=True)
    if found is None or not found.is_optimal:
        return None
    return Cost(
        days=base.last - _last(table, found),
        moved=base.moved - found.moved,
        weighted_days=base.weighted_days - found.weighted_days,
    )


def _last_of(table: Table, proposal: Proposal) -> int:
    return max(table.calendar.index(slot.day) for slot in proposal.slots)


def _last(table: Table, found: Found) -> int:
    return max([*found.days.values(), *table.fixed_on.values()])


def _sorted_out(
    table: Table, base: Best, wishes: list[Element], finish: Collection[Element], watch: Watch
) -> tuple[list[Element], list[Element]]:
    """The wishes that are proven to cost nothing, and the others, the likely dear ones first."""
    room = base.weighted_days - 1 + TINY
    lowest = dict(_lowest(table, base, wishes, watch))
    free = [wish for wish in wishes if lowest[wish] > room and wish not in finish and not base.moved]
    others = [wish for wish in wishes if wish not in free]
    return free, sorted(others, key=lambda wish: (wish not in finish, lowest[wish]))


def _lowest(
    table: Table, base: Best, wishes: Iterable[Element], watch: Watch
) -> Iterator[tuple[Element, float]]:
    """A bound under the weighted days of every plan that breaks this one wish and has the same finish.

    All days that wishes forbid are in the program but closed; the relaxed answer tells what each would add.
    """
    grid = table.grid(without=set(wishes))
    model = Model(
        grid,
        last=base.last,
        seed=table.rules.seed,
        apart={wish.mover for wish in wishes},
    )
    model.weigh()
    moves = model.count_moved(table.told)
    model.program.row(moves, most=base.moved)
    for wish in wishes:
        model.close(wish.mover, table.days_against(wish))
    relaxed = model.program.relaxed(watch)
    for wish in wishes:
        alone = table.days_against(wish, alone=True)
        added = [relaxed.reduced_costs[n] for n in model.columns_of(wish.mover, alone)] if relaxed else []
        yield wish, relaxed.objective + min(added, default=base.weighted_days) if relaxed else 0.0


def _may_finish_earlier(
    table: Table, last: int, wishes: Iterable[Element], watch: Watch
) -> frozenset[Element]:
    """The wishes without which an earlier finish is not excluded."""
    everything = frozenset(wishes)
    if last <= max(table.fixed_on.values(), default=0) or not _fits(table, everything, last - 1, watch):
        return frozenset()
    return frozenset(wish for wish in everything if _fits(table, frozenset({wish}), last - 1, watch))


def _fits(table: Table, without: frozenset[Element], last: int, watch: Watch) -> bool:
    """Whether movers in pieces would be done by this day."""
    model = Model(table.grid(without=without), last=last, seed=table.rules.seed)
    return model.program.relaxed(watch) is not None
