"""The queue itself: leasing and finishing rows, many in one transaction against one by one."""

from __future__ import annotations

import time
from collections.abc import Iterator

from messaging.models import Message
from portal.bench.figures import BenchError, Figure
from portal.bench.mail import mail, tenant
from portal.bench.place import Place
from portal.kernel import clock, work

ROWS, BATCH = 1000, 100


def measure(place: Place) -> Iterator[Figure]:
    """With messages as rows, and nothing done between claim and finish."""
    rows = place.some(ROWS)
    singly, batched = (_rate(place, rows=rows, size=size) for size in (1, BATCH))
    yield Figure(
        bench="claims",
        name=f"rows claimed and finished, {BATCH} at once",
        value=batched,
        unit="/s",
        baseline=singly,
        against="one by one",
    )


def _rate(place: Place, *, rows: int, size: int) -> float:
    letters = mail()
    with tenant():
        letters.outbound(rows, due_at=clock.now())
    finished = 0
    begun = time.perf_counter()
    while leases := work.claim(Message, now=clock.now(), limit=size):
        with tenant():
            now = clock.now()
            for lease in work.hold(leases):
                work.finish(lease, now=now)
                finished += 1
    seconds = time.perf_counter() - begun
    if finished != rows:
        raise BenchError(f"{finished} rows were finished and not {rows}")
    return rows / seconds
