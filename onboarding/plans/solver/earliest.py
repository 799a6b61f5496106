"""The earliest day of each job if no limit were in its way: exact without limits, a bound with them."""

from __future__ import annotations

from bisect import bisect_left

from onboarding.plans.solver.grid import Grid, Job


def earliest_days(grid: Grid) -> dict[str, int] | None:
    """The earliest days that keep dependencies and let a lower one move first; None if there are none."""
    at = {job.mover.id: -1 for job in grid.jobs}
    is_settled = False
    while not is_settled:
        is_settled = True
        for job in grid.jobs:
            day = _first_from(job, _begin(grid, job, at))
            if day is None:
                return None
            if day > at[job.mover.id]:
                at[job.mover.id], is_settled = day, False
    return at


def _begin(grid: Grid, job: Job, at: dict[str, int]) -> int:
    """The first day that those before it leave; the time after the days keeps an order by itself."""
    begin = max([at[other] + 1 for other in job.after], default=0)
    if begin > grid.days:
        begin = grid.days
    if not job.is_high or grid.tried_from == 0:
        return begin
    lower = min((at[one.mover.id] for one in grid.jobs if not one.is_high), default=grid.days)
    if lower == grid.days and grid.lower_can_begin:
        lower -= 1
    return max(begin, min(lower + 1, grid.tried_from))


def _first_from(job: Job, begin: int) -> int | None:
    place = bisect_left(job.days, begin)
    return job.days[place] if place < len(job.days) else None
