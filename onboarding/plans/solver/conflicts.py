"""Why there is no plan: a smallest set of wishes first, then as few of the other things as will do."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from onboarding.plans.solver.elements import LIMITS, elements_of, rules_of
from onboarding.plans.solver.grid import Table
from onboarding.plans.solver.milp import Program, Watch
from onboarding.plans.solver.problem import Conflict, Element, ElementKind, OutOfTime
from onboarding.plans.solver.search import first_found, is_feasible


def explain(table: Table, watch: Watch) -> Conflict:
    """The conflict of a problem that has no plan."""
    known, is_minimal, is_smallest = _at_hand(table, watch), True, True
    core = known or Core(table, watch)
    enough = len(core.wishes()) + (known is None)
    try:
        wishes = fewest_wishes(table, Core(table, watch).wishes(), watch.half(), enough=enough)
    except OutOfTime:
        is_smallest, wishes = False, None
    if wishes is not None:
        core, known = Core(table, watch), None
        core.drop(set(core.wishes()) - wishes)
    try:
        if known is None:
            core.shrink_all()
    except OutOfTime:
        is_minimal = False  # what is left is in conflict, but not all of it is needed
    return Conflict(
        elements=tuple(sorted(core.kept, key=_order)),
        is_minimal=is_minimal,
        is_smallest=is_smallest,
        seconds=watch.passed,
    )


def _at_hand(table: Table, watch: Watch) -> Core | None:
    """A conflict that needs no limits, such as two wishes of one customer: found without the solver."""
    core = Core(table, watch)
    core.drop({one for one in core.kept if one.kind in LIMITS})
    if not core.forbids(core.kept):
        return None
    core.shrink_all()
    return core


class Core:
    """Elements that together leave no plan, ever fewer of them."""

    def __init__(self, table: Table, watch: Watch) -> None:
        self.table, self.watch = table, watch
        self.everything = elements_of(table.calendar)
        self.kept = set(self.everything)

    def wishes(self) -> list[Element]:
        """The wishes among them."""
        return [one for one in self.everything if one in self.kept and one.kind == ElementKind.WISH]

    def drop(self, elements: Collection[Element]) -> None:
        """Take away what is known not to be needed."""
        self.kept -= set(elements)

    def shrink_all(self) -> None:
        """Take away all that is not needed: first what has the least to do with one customer."""
        rules = set(rules_of(self.table.rules).values())
        own = [one for one in self.everything if one not in rules and one.kind != ElementKind.WISH]
        for one in rules_of(self.table.rules).values():
            self.shrink([one])
        self.shrink(self.wishes())
        self.shrink(own)

    def shrink(self, suspects: Iterable[Element]) -> None:
        """Take away every suspect that the others forbid a plan without: many at once, then one by one."""
        left = [one for one in suspects if one in self.kept]
        size = len(left)
        while size:
            for start in range(0, len(left), size):
                chunk = set(left[start : start + size])
                if self.forbids(self.kept - chunk):
                    self.drop(chunk)
            left = [one for one in left if one in self.kept]
            size = min(size, len(left)) // 2 if size > 1 else 0

    def forbids(self, kept: Collection[Element]) -> bool:
        """Whether these alone leave no plan."""
        without = {one for one in self.everything if one not in kept}
        return not is_feasible(self.table, self.table.grid(without=without), self.watch)


def fewest_wishes(
    table: Table, wishes: Collection[Element], watch: Watch, *, enough: int
) -> set[Element] | None:
    """A smallest set of wishes that leaves no plan, all else being kept; None: it has `enough` or more.

    Each plan that breaks some wishes shows that the set has one of those; a smallest set that has one of each
    is tried next, until none of its wishes can be broken for a plan.
    """
    shown: list[set[Element]] = []
    while True:
        wanted = _hitting(shown, watch)
        if len(wanted) >= enough:
            return None
        broken = _broken(table, wishes, wanted, watch)
        if broken is None:
            return wanted
        shown.append(broken)


def _broken(
    table: Table, wishes: Collection[Element], wanted: Collection[Element], watch: Watch
) -> set[Element] | None:
    """The wishes that a plan breaks which keeps the wanted ones, and few others; None: there is no plan."""
    free = {wish for wish in wishes if wish not in wanted}
    grid = table.grid(without=free)
    charges = {wish: (wish.mover, table.days_against(wish)) for wish in free}
    days = first_found(table, grid, watch, charges=charges)
    if days is None:
        return None
    return {wish for wish, (mover, against) in charges.items() if days[mover] in against}


def _hitting(sets: Collection[set[Element]], watch: Watch) -> set[Element]:
    """A smallest set that shares an element with each."""
    program = Program()
    columns = {one: program.column(cost=1) for one in sorted(set().union(*sets), key=_order)}
    for one in sets:
        program.row({columns[element]: 1 for element in one}, least=1)
    answer = program.solve(watch)
    if answer is None:
        raise OutOfTime("no wish is broken by a plan that should not exist")
    return {element for element, column in columns.items() if round(answer.values[column])}


def _order(element: Element) -> tuple[str, ...]:
    return element.kind, element.mover, element.other, element.wish
