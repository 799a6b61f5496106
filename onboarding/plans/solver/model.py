"""The grid as a linear program: how many movers of one group move on one day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from onboarding.plans.solver.grid import Grid, Job, Limits
from onboarding.plans.solver.milp import Answer, Program
from onboarding.plans.solver.problem import WEEK, Element

Charges = Mapping[Element, tuple[str, frozenset[int]]]


class Model:
    """The program of one grid, up to a last day.

    Jobs that nobody could tell apart are one group, so that the solver does not try their permutations.
    `charges` are wishes that may be broken: whose they are, and the days that break them. Those who stay
    `apart` are groups of their own.
    """

    def __init__(
        self,
        grid: Grid,
        *,
        last: int,
        seed: int,
        charges: Charges | None = None,
        apart: Collection[str] = frozenset(),
    ) -> None:
        self.grid = grid
        self.program = Program(seed=seed)
        owners = {owner for owner, _days in (charges or {}).values()}
        self.groups = _groups(grid.jobs, apart=owners.union(apart))
        self._group_of = {job.mover.id: n for n, group in enumerate(self.groups) for job in group}
        self.columns: list[dict[int, int]] = [
            {day: self.program.column(upper=len(group)) for day in group[0].days if day <= last}
            for group in self.groups
        ]
        self._everybody_moves()
        self._limits()
        self._dependencies()
        self._lower_first()
        self.broken = {wish: self._charge(owner, days) for wish, (owner, days) in (charges or {}).items()}

    def weigh(self) -> None:
        """Let every day of waiting cost the weight of who waits."""
        for group, days in zip(self.groups, self.columns, strict=True):
            for day, column in days.items():
                self.program.costs[column] = group[0].mover.weight * day

    def hurry(self) -> None:
        """Let every day cost the same, and a broken wish more than any plan."""
        for days in self.columns:
            for day, column in days.items():
                self.program.costs[column] = day
        for column in self.broken.values():
            self.program.costs[column] = 10 * self.grid.days

    def count_moved(self, told: Mapping[str, int]) -> dict[int, int]:
        """The columns in which movers have another day than they were told."""
        return {
            column: 1
            for group, days in zip(self.groups, self.columns, strict=True)
            for day, column in days.items()
            if told.get(group[0].mover.id, day) != day
        }

    def columns_of(self, owner: str, days: Collection[int]) -> list[int]:
        """The columns of somebody who is alone in its group, on these days."""
        mine = self.columns[self._group_of[owner]]
        return [mine[day] for day in days if day in mine]

    def close(self, owner: str, days: Collection[int]) -> None:
        """Leave somebody who is alone in its group no chance of these days."""
        for column in self.columns_of(owner, days):
            self.program.upper[column] = 0

    def days(self, answer: Answer) -> dict[str, int]:
        """Who moves when; those of one group in the order in which they were given."""
        found: dict[str, int] = {}
        for group, days in zip(self.groups, self.columns, strict=True):
            waiting = iter(group)
            for day in sorted(days):
                for _ in range(round(answer.values[days[day]])):
                    found[next(waiting).mover.id] = day
        return found

    def _everybody_moves(self) -> None:
        for group, days in zip(self.groups, self.columns, strict=True):
            self.program.row(dict.fromkeys(days.values(), 1), least=len(group), most=len(group))

    def _limits(self) -> None:
        grid = self.grid
        self._daily(grid.numbers, [group[0].mover.numbers for group in self.groups])
        self._daily(grid.customers, [1] * len(self.groups))
        self._daily(grid.high, [int(group[0].is_high) for group in self.groups])
        if grid.weeks is not None:
            signups = self._by_day([int(group[0].mover.needs_signup) for group in self.groups])
            for first, left in grid.weeks.items():
                terms: dict[int, int] = {}
                for day in range(first, first + WEEK):
                    terms |= signups[day] if day < grid.days else {}
                if terms:
                    self.program.row(terms, most=left)

    def _daily(self, limits: Limits, uses: Sequence[int]) -> None:
        if limits is not None:
            for day, terms in self._by_day(uses).items():
                if day < self.grid.days:
                    self.program.row(terms, most=limits[day])

    def _by_day(self, uses: Sequence[int]) -> defaultdict[int, dict[int, int]]:
        terms: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for use, days in zip(uses, self.columns, strict=True):
            for day, column in days.items() if use else ():
                terms[day][column] = use
        return terms

    def _dependencies(self) -> None:
        """Whoever has moved by a day, those it comes after had moved by the day before."""
        pairs = [(job.mover.id, other) for job in self.grid.jobs for other in job.after]
        for pair in pairs:
            mine, before = (self.columns[self._group_of[name]] for name in pair)
            for day in mine:
                if day < self.grid.days:
                    moved = {column: 1 for at, column in mine.items() if at <= day}
                    earlier = {column: -1 for at, column in before.items() if at < day}
                    self.program.row(moved | earlier, most=0)

    def _lower_first(self) -> None:
        """HIGH jobs on a day only when a lower one has moved before; `tried` says that it has."""
        if self.grid.tried_from == 0:
            return
        high = self._by_day([int(group[0].is_high) for group in self.groups])
        lower = self._by_day([int(not group[0].is_high) for group in self.groups])
        tried: int | None = None
        for day in range(min(self.grid.tried_from, self.grid.days)):
            if day in high:
                self._only_after(tried, high[day])
            if day in lower:
                earlier, tried = tried, self.program.column(whole=False)
                terms = {tried: 1} | dict.fromkeys(lower[day], -1)
                self.program.row(terms | ({earlier: -1} if earlier is not None else {}), most=0)
        if self.grid.days in high and not self.grid.lower_can_begin and self.grid.tried_from > self.grid.days:
            self._only_after(tried, high[self.grid.days])

    def _only_after(self, tried: int | None, columns: Mapping[int, int]) -> None:
        most = sum(self.program.upper[column] for column in columns)
        self.program.row({**columns, **({} if tried is None else {tried: -most})}, most=0)

    def _charge(self, owner: str, days: frozenset[int]) -> int:
        column = self.program.column(cost=1)
        self.program.row(dict.fromkeys(self.columns_of(owner, days), 1) | {column: -1}, most=0)
        return column


def _groups(jobs: Sequence[Job], *, apart: Collection[str]) -> list[list[Job]]:
    named = {other for job in jobs for other in job.after}.union(apart)
    groups: defaultdict[object, list[Job]] = defaultdict(list)
    for job in jobs:
        mover = job.mover
        shape = mover.numbers, mover.weight, job.is_high, mover.needs_signup, mover.told, job.days
        groups[mover.id if job.after or mover.id in named else shape].append(job)
    return list(groups.values())
