"""One customer after the other on the first day that has room: a plan at once, but not the best."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from heapq import heapify, heappop, heappush

from onboarding.plans.solver.grid import Grid, Job, uses
from onboarding.plans.solver.problem import WEEK, ElementKind

Rank = Callable[[Job], tuple[int, ...]]
NOTHING: Mapping[str, Collection[int]] = {}


def first_fit(
    grid: Grid, *, rank: Rank | None = None, unwanted: Mapping[str, Collection[int]] = NOTHING
) -> dict[str, int] | None:
    """Days that meet everything, unwanted ones only where there is no other; None if none were found.

    Whoever has the least time left goes first, unless there is another order.
    """
    room, at = _Room(grid), dict[str, int]()
    for job in _in_order(grid, rank or _least_time(grid, unwanted)):
        begin = max([at[other] + 1 for other in job.after], default=0)
        days, spoilt = (
            [day for day in job.days if day >= min(begin, grid.days)],
            unwanted.get(job.mover.id, ()),
        )
        days = [day for day in days if day not in spoilt] + [day for day in days if day in spoilt]
        day = next((day for day in days if room.fits(job, day)), None)
        if day is None:
            return None
        room.take(job, day)
        at[job.mover.id] = day
    return at if len(at) == len(grid.jobs) else None


def _in_order(grid: Grid, rank: Rank) -> Iterator[Job]:
    """The jobs by rank, each after those it waits for; who waits for itself never comes."""
    followers: dict[str, list[int]] = {}
    missing = [len(set(job.after)) for job in grid.jobs]
    for n, job in enumerate(grid.jobs):
        for other in set(job.after):
            followers.setdefault(other, []).append(n)
    ready = [(rank(job), n) for n, job in enumerate(grid.jobs) if not missing[n]]
    heapify(ready)
    while ready:
        _rank, n = heappop(ready)
        yield grid.jobs[n]
        for follower in followers.get(grid.jobs[n].mover.id, ()):
            missing[follower] -= 1
            if not missing[follower]:
                heappush(ready, (rank(grid.jobs[follower]), follower))


def _least_time(grid: Grid, unwanted: Mapping[str, Collection[int]]) -> Rank:
    latest = {
        job.mover.id: max(set(job.days).difference(unwanted.get(job.mover.id, ())), default=-1)
        for job in grid.jobs
    }
    for _ in range(WEEK):  # longer chains are rare, and this is only an order
        for job in grid.jobs:
            for other in job.after:
                latest[other] = min(latest[other], latest[job.mover.id] - 1)
    return lambda job: (latest[job.mover.id], len(job.days), int(job.is_high))


class _Room:
    """What each day and each week still takes."""

    def __init__(self, grid: Grid) -> None:
        limits = {
            ElementKind.NUMBERS_PER_DAY: grid.numbers,
            ElementKind.CUSTOMERS_PER_DAY: grid.customers,
            ElementKind.HIGH_RISK_PER_DAY: grid.high,
        }
        self.grid = grid
        self.daily = {kind: list(limit) for kind, limit in limits.items() if limit is not None}
        self.weeks = None if grid.weeks is None else dict(grid.weeks)
        # HIGH jobs may have a day from here on.
        self.tried_from = grid.tried_from
        if grid.lower_can_begin:
            self.tried_from = min(self.tried_from, grid.days)

    def fits(self, job: Job, day: int) -> bool:
        """Whether the job may have this day beside those that have theirs."""
        if job.is_high and day < self.tried_from:
            return False
        if day == self.grid.days:
            return True
        if any(uses(job.mover, kind) > left[day] for kind, left in self.daily.items()):
            return False
        if not job.mover.needs_signup or self.weeks is None:
            return True
        return all(self.weeks[first] > 0 for first in _weeks_of(day))

    def take(self, job: Job, day: int) -> None:
        """Give the job its day."""
        if not job.is_high:
            self.tried_from = min(self.tried_from, day + 1)
        if day < self.grid.days:
            for kind, left in self.daily.items():
                left[day] -= uses(job.mover, kind)
            if job.mover.needs_signup and self.weeks is not None:
                for first in _weeks_of(day):
                    self.weeks[first] -= 1


def _weeks_of(day: int) -> range:
    """The first days of the weeks that this day is in."""
    return range(day - WEEK + 1, day + 1)
