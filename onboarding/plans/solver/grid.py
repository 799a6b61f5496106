"""The problem as whole numbers: who may move on which day, what each day and each week still takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from onboarding.plans.solver.calendar import Calendar
from onboarding.plans.solver.elements import A_YEAR, LIMITS, against, dependency_of, rules_of
from onboarding.plans.solver.problem import DAY, WEEK, Element, ElementKind, Mover, Problem, Risk

Limits = Sequence[int] | None


@dataclass(frozen=True)
class Job:
    """A mover who is not fixed; its days are indexes, ascending, and `after` names other jobs."""

    mover: Mover
    days: tuple[int, ...]
    after: tuple[str, ...]

    @property
    def is_high(self) -> bool:
        """Whether it is of HIGH risk."""
        return self.mover.risk == Risk.HIGH


@dataclass(frozen=True)
class Grid:
    """Everything the model needs. A limit that was given up is None.

    Without a deadline there is one more day, with the index `days`: it stands for all the time that follows,
    has no limits and keeps dependencies by itself.
    """

    jobs: tuple[Job, ...]
    days: int
    numbers: Limits
    customers: Limits
    high: Limits
    # What the 7 days that begin at this index still take; the first of them begin before the plan.
    weeks: Mapping[int, int] | None
    # From here on HIGH jobs are free to move, because a lower mover who is fixed has moved.
    tried_from: int

    @property
    def lower_can_begin(self) -> bool:
        """Whether a job that is not HIGH waits for nobody, so that it could be the first of all."""
        return any(not job.is_high and not job.after for job in self.jobs)

    @property
    def has_limits(self) -> bool:
        """Whether jobs stand in each other's way."""
        return any(limit is not None for limit in (self.numbers, self.customers, self.high, self.weeks))


class Table:
    """One problem, from which grids are made with ever other elements given up."""

    def __init__(self, problem: Problem) -> None:
        self.calendar = Calendar(problem)
        self.rules = problem.rules
        self.movers = [mover for mover in problem.movers if not mover.fixed]
        self.fixed = {mover.id: mover for mover in problem.movers if mover.fixed}
        self.fixed_on = {one.id: self.calendar.index(one.fixed) for one in problem.movers if one.fixed}
        self.told = {one.id: self.calendar.index(one.told) for one in self.movers if one.told}
        self._against = {
            mover.id: [against(self.calendar, mover, self.calendar.day(n)) for n in range(self.rules.days)]
            for mover in self.movers
        }

    def grid(self, *, without: Collection[Element] = frozenset()) -> Grid:
        """The grid without these elements."""
        jobs = [self._job(mover, without) for mover in self.movers]
        if self._is_given_up(ElementKind.DEADLINE, without):
            jobs = self._with_later(jobs, without)
        return Grid(
            jobs=tuple(jobs),
            days=self.rules.days,
            numbers=self._limits(ElementKind.NUMBERS_PER_DAY, without),
            customers=self._limits(ElementKind.CUSTOMERS_PER_DAY, without),
            high=self._limits(ElementKind.HIGH_RISK_PER_DAY, without),
            weeks=self._weeks(without),
            tried_from=self._tried_from(),
        )

    def days_against(self, element: Element, *, alone: bool = False) -> frozenset[int]:
        """The days that somebody cannot have because of a wish or a lock, or because of nothing else."""
        mine = enumerate(self._against[element.mover])
        return frozenset(
            day
            for day, some in mine
            if some is not None and element in some and not (alone and len(some) > 1)
        )

    def _job(self, mover: Mover, without: Collection[Element]) -> Job:
        after = [other for other in mover.after if dependency_of(mover, other) not in without]
        first = max([self.fixed_on[other] + 1 for other in after if other in self.fixed], default=0)
        return Job(
            mover=mover,
            days=tuple(
                day
                for day, elements in enumerate(self._against[mover.id])
                if elements is not None and day >= first and all(one in without for one in elements)
            ),
            after=tuple(other for other in after if other not in self.fixed),
        )

    def _is_given_up(self, kind: ElementKind, without: Collection[Element]) -> bool:
        return rules_of(self.rules)[kind] in without

    def _limits(self, kind: ElementKind, without: Collection[Element]) -> Limits:
        if self._is_given_up(kind, without):
            return None
        limit, taken = rules_of(self.rules)[kind].limit or 0, Counter[int]()
        for mover in self.fixed.values():
            taken[self.fixed_on[mover.id]] += uses(mover, kind)
        return [max(limit - taken[day], 0) for day in range(self.rules.days)]

    def _weeks(self, without: Collection[Element]) -> Mapping[int, int] | None:
        if self._is_given_up(ElementKind.SIGNUPS_PER_WEEK, without):
            return None
        signups = Counter({self.calendar.index(day): n for day, n in self.rules.recent_signups.items()})
        for mover in self.fixed.values():
            signups[self.fixed_on[mover.id]] += mover.needs_signup
        return {
            first: max(self.rules.signups_per_week - sum(signups[first + n] for n in range(WEEK)), 0)
            for first in range(1 - WEEK, self.rules.days)
        }

    def _tried_from(self) -> int:
        lower = [mover for mover in (*self.movers, *self.fixed.values()) if mover.risk != Risk.HIGH]
        if self.rules.is_tried or not lower:
            return 0
        days = [self.fixed_on[mover.id] + 1 for mover in lower if mover.fixed]
        return min(days, default=self.rules.days + 1)

    def _with_later(self, jobs: list[Job], without: Collection[Element]) -> list[Job]:
        """The jobs with one more day for those who will find one, however long it takes."""
        circular = _circular(jobs)
        return [
            Job(job.mover, (*job.days, self.rules.days), job.after)
            if job.mover.id not in circular and self._can_wait(job.mover, without)
            else job
            for job in jobs
        ]

    def _can_wait(self, mover: Mover, without: Collection[Element]) -> bool:
        for kind in LIMITS:
            limit = rules_of(self.rules)[kind].limit or 0
            if uses(mover, kind) > limit and not self._is_given_up(kind, without):
                return False
        begin = self._everything_named_is_over()
        for n in range(A_YEAR):
            elements = against(self.calendar, mover, begin + n * DAY)
            if elements is not None and all(one in without for one in elements):
                return True
        return False

    def _everything_named_is_over(self) -> date:
        wishes = [wish.day for mover in self.movers for wish in mover.wishes]
        locks = [mover.locked_until for mover in self.movers if mover.locked_until]
        return max([self.rules.last_day, *self.rules.blackouts, *wishes, *locks]) + DAY


def uses(mover: Mover, kind: ElementKind) -> int:
    """How much of a limit the mover uses."""
    if kind == ElementKind.NUMBERS_PER_DAY:
        return mover.numbers
    if kind == ElementKind.HIGH_RISK_PER_DAY:
        return int(mover.risk == Risk.HIGH)
    return int(mover.needs_signup) if kind == ElementKind.SIGNUPS_PER_WEEK else 1


def _circular(jobs: Sequence[Job]) -> set[str]:
    """The jobs that wait, directly or not, for themselves."""
    waiting = {job.mover.id: set(job.after) for job in jobs}
    while free := [name for name, others in waiting.items() if not others & waiting.keys()]:
        for name in free:
            del waiting[name]
    return set(waiting)
