"""What happens at Meta by itself when its time comes."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from .world import Job, World

Work = Callable[[World, str, float], None]
WORK: dict[str, Work] = {}


def job(kind: str) -> Callable[[Work], Work]:
    """Register what a kind of job does; it gets the world, a node id and the moment."""

    def register(work: Work) -> Work:
        WORK[kind] = work
        return work

    return register


def schedule(world: World, *, kind: str, node_id: str, due: float) -> None:
    heapq.heappush(world.jobs, Job(due=due, seq=world.serial("job"), kind=kind, node_id=node_id))


def run_due(world: World, *, now: float) -> bool:
    """Do everything that is due; True if anything was."""
    ran = False
    while world.jobs and world.jobs[0].due <= now:
        due = heapq.heappop(world.jobs)
        WORK[due.kind](world, due.node_id, due.due)
        ran = True
    return ran
