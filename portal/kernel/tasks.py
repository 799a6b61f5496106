"""From a Celery message to a handler of one kind of work row, and the sweep that needs no message."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from celery import shared_task
from django.db import connection

from portal.kernel import clock, identity, work
from portal.kernel.models import WorkRow
from portal.kernel.scope import scope
from portal.kernel.work import Lease, LeaseLost

Handler = Callable[[Lease], None]
BatchHandler = Callable[[list[Lease]], None]

SWEEP_TASK, SWEEP_QUEUE = "kernel.sweep", "sweep"
SWEEP_EVERY = timedelta(seconds=5)
SWEEP_MISSED = timedelta(seconds=60)
SWEEP_ROWS = 500

HANDLERS: dict[type[WorkRow], BatchHandler] = {}

logger = logging.getLogger("portal.work")


def work_task(model: type[WorkRow]) -> Callable[[Handler], Handler]:
    """Register the handler of a class of work rows as its Celery task.

    The message names one row. The handler gets the lease outside any transaction and must end with
    `work.finish`. What it raises, the row keeps.
    """

    def register(handler: Handler) -> Handler:
        HANDLERS[model] = partial(run_claimed, handler=handler)

        @shared_task(name=model.WORK_TASK, ignore_result=True)
        def run(row_id: str) -> None:
            run_claimed(work.claim(model, now=clock.now(), ids=[uuid.UUID(row_id)]), handler)

        return handler

    return register


def batch_task(model: type[WorkRow], *, size: int) -> Callable[[BatchHandler], BatchHandler]:
    """Register a set-based handler: it gets all claimed leases of one tenant at once.

    The message only says that something is due; what it names is claimed with the rest. The handler finishes
    every lease it gets. What it raises undoes the batch, and each row is then tried alone.
    """

    def register(handler: BatchHandler) -> BatchHandler:
        HANDLERS[model] = partial(run_batch, handler=handler)

        @shared_task(name=model.WORK_TASK, ignore_result=True)
        def run(row_id: str) -> None:
            leases = work.claim(model, now=clock.now(), limit=size)
            run_batch(leases, handler)
            if len(leases) == size:  # there may be more; behind others in the queue, so that nobody starves
                work.doorbell(model.WORK_TASK, model.WORK_QUEUE, row_id)

        return handler

    return register


def run_batch(leases: list[Lease], handler: BatchHandler) -> None:
    """Run the handler once for each tenant; where that fails, once for each row."""
    for _partner_id, group in groupby(sorted(leases, key=_tenant), key=_tenant):
        batch = list(group)
        try:
            handler(batch)
        except Exception:
            logger.exception("work on %s rows of %s failed", len(batch), batch[0].model._meta.label)
            run_claimed(batch, lambda lease: handler([lease]))


def _tenant(lease: Lease) -> uuid.UUID:
    return lease.partner_id


def run_claimed(leases: list[Lease], handler: Handler) -> None:
    """Run the handler for each lease; an error is written on its row and delays nothing else."""
    for lease in leases:
        try:
            handler(lease)
        except LeaseLost as lost:
            logger.warning("%s", lost)
        except Exception as error:
            logger.exception("work on %s %s failed", lease.model._meta.label, lease.id)
            _write_failure(lease, error)


def _write_failure(lease: Lease, error: Exception) -> None:
    try:
        with scope(lease.partner_id):
            work.fail(lease, now=clock.now(), error=error)
    except LeaseLost as lost:
        logger.warning("%s", lost)


@shared_task(name=SWEEP_TASK, ignore_result=True)
def sweep() -> None:
    """Ring for every due row that no message came for. Running it twice is harmless."""
    now = clock.now()
    beat(SWEEP_TASK)
    if identity.confirm(now=now):
        logger.error("this is another database than before: a restore or a failover")
    for model in HANDLERS:
        for row_id in work.due(model, now=now, limit=SWEEP_ROWS):
            if not work.doorbell(model.WORK_TASK, model.WORK_QUEUE, str(row_id)):
                return


def drain(*, now: datetime, rounds: int = 1000) -> int:
    """Do all due work in this process, without Redis; return how many rows were worked on."""
    done = 0
    for _round in range(rounds):
        worked = 0
        for model, run in HANDLERS.items():
            leases = work.claim(model, now=now, limit=20)
            run(leases)
            worked += len(leases)
        if not worked:
            break
        done += worked
    return done


def beat(name: str) -> None:
    """Note that `name` (a sweep, a worker's consuming loop) is alive, in real time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_pulse (name, at) VALUES (%s, clock_timestamp())"
            " ON CONFLICT (name) DO UPDATE SET at = excluded.at",
            [name],
        )


def silent_for(name: str) -> timedelta | None:
    """How long `name` has not been heard of; None if never."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() - at FROM kernel_pulse WHERE name = %s", [name])
        row = cursor.fetchone()
    return row[0] if row else None
