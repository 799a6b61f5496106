"""Rows are the work, messages are the doorbell.

A service sets `due_at` with `schedule()`; on commit the task of the row's class is queued. A worker claims
the row with SKIP LOCKED and a lease number, and every later write says that number. What a lost message, a
killed worker or a wiped Redis leaves behind, the sweeper finds by `due_at` alone.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Least
from kombu.exceptions import KombuError
from psycopg import sql
from redis.exceptions import RedisError

from portal.kernel.models import WorkRow
from portal.kernel.rls import across_tenants

LEASE = timedelta(seconds=120)
GIVE_UP_BEFORE_END = timedelta(seconds=30)
POISON_AFTER = 10
FIRST_BACKOFF = timedelta(seconds=5)
LONGEST_BACKOFF = timedelta(minutes=10)

# Materialized: a planner that runs the inner query again for each row would claim more than the limit.
CLAIM = sql.SQL(
    "WITH due AS MATERIALIZED (SELECT id FROM {table} WHERE due_at <= %s"
    " AND (leased_until IS NULL OR leased_until <= clock_timestamp()) {only}"
    " ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)"
    " UPDATE {table} SET lease_no = lease_no + 1,"
    " leased_until = clock_timestamp() + make_interval(secs => %s) FROM due WHERE {table}.id = due.id"
    " RETURNING {table}.id, {table}.partner_id, {table}.lease_no, {table}.due_at"
)
ONLY = sql.SQL("AND id = ANY(%s)")
DUE = sql.SQL(
    "SELECT id FROM {table} WHERE due_at <= %s"
    " AND (leased_until IS NULL OR leased_until <= clock_timestamp()) ORDER BY due_at LIMIT %s"
)

logger = logging.getLogger("portal.work")


class LeaseLost(RuntimeError):
    """The row belongs to another worker by now; whatever was about to be written or sent must not be."""


@dataclass(frozen=True)
class Lease:
    """The right to work on one row until `ends` on the monotonic clock."""

    model: type[WorkRow]
    id: uuid.UUID
    partner_id: uuid.UUID
    lease_no: int
    due_at: datetime
    ends: float

    def seconds_left(self) -> float:
        """How long the row is still ours."""
        return self.ends - time.monotonic()

    def check(self) -> None:
        """Raise `LeaseLost` if a call started now could outlive the lease (Meta knows no lease)."""
        if self.seconds_left() < scaled(GIVE_UP_BEFORE_END).total_seconds():
            raise LeaseLost(f"the lease of {self.model._meta.label} {self.id} is about to end")


def scaled(wait: timedelta) -> timedelta:
    """A wait or a lease, divided by TIME_SCALE so that tests of long ones are short."""
    scale: float = settings.TIME_SCALE
    return wait / scale


def schedule(
    row: WorkRow,
    *,
    due_at: datetime,
    now: datetime,
    queue: str | None = None,
    if_deaf: Callable[[], None] | None = None,
) -> None:
    """Make `row` due at `due_at`; ring for it on commit if that is already so.

    `queue` is another one than the row's own, and `if_deaf` runs after commit when the message broker cannot
    be reached: both for the signup code, which does not live long enough for the sweeper.
    """
    type(row).objects.filter(pk=row.pk).update(due_at=due_at, attempts=0)
    row.due_at, row.attempts = due_at, 0
    if due_at <= now:
        ring(row, queue=queue, if_deaf=if_deaf)


def ring(row: WorkRow, *, queue: str | None = None, if_deaf: Callable[[], None] | None = None) -> None:
    """Queue the row's task on commit. A deaf broker is no error: the sweeper will find the row."""

    def send() -> None:
        if not doorbell(row.WORK_TASK, queue or row.WORK_QUEUE, str(row.pk)) and if_deaf is not None:
            if_deaf()

    transaction.on_commit(send)


def doorbell(task: str, queue: str, *args: str) -> bool:
    """Send one message; return whether the broker took it."""
    try:
        current_app.send_task(task, args=args, queue=queue, retry=False, ignore_result=True)
    except (KombuError, OSError, RedisError) as error:
        logger.warning("the broker did not take a message for %s: %s", task, type(error).__name__)
        return False
    return True


def claim(
    model: type[WorkRow], *, now: datetime, limit: int = 1, ids: Sequence[uuid.UUID] | None = None
) -> list[Lease]:
    """Lease up to `limit` due rows of any tenant (of `ids`, if given). Leases run on real time always."""
    only, parameters = (ONLY, [list(ids)]) if ids is not None else (sql.SQL(""), [])
    query = CLAIM.format(table=sql.Identifier(model._meta.db_table), only=only)
    length = scaled(LEASE).total_seconds()
    ends = time.monotonic() + length
    with across_tenants(), connection.cursor() as cursor:
        cursor.execute(query, [now, *parameters, limit, length])
        return [Lease(model, row[0], row[1], row[2], row[3], ends) for row in cursor.fetchall()]


def due(model: type[WorkRow], *, now: datetime, limit: int) -> list[uuid.UUID]:
    """The ids of due, unleased rows of all tenants, oldest first."""
    with across_tenants(), connection.cursor() as cursor:
        cursor.execute(DUE.format(table=sql.Identifier(model._meta.db_table)), [now, limit])
        return [row[0] for row in cursor.fetchall()]


def still_mine(lease: Lease) -> None:
    """Lock the leased row for this transaction; raise `LeaseLost` if another worker has it."""
    mine = lease.model.objects.select_for_update().filter(pk=lease.id, lease_no=lease.lease_no)
    if not mine.values_list("pk", flat=True):
        raise LeaseLost(f"{lease.model._meta.label} {lease.id} was claimed again")


def hold(leases: Sequence[Lease]) -> list[Lease]:
    """Lock the rows of leases of one tenant for this transaction; return those that are still ours."""
    rows = leases[0].model.objects.select_for_update().filter(pk__in=[lease.id for lease in leases])
    numbers = dict(rows.order_by("pk").values_list("pk", "lease_no"))
    return [lease for lease in leases if numbers.get(lease.id) == lease.lease_no]


def finish(lease: Lease, *, now: datetime, due_at: datetime | None = None) -> None:
    """Give the row back, due at `due_at` or done. A wake-up that came meanwhile is kept. Inside its scope."""
    _give_back(lease, now=now, due_at=due_at, attempts=0, last_error="")


def fail(lease: Lease, *, now: datetime, error: BaseException) -> None:
    """Give the row back after an unexpected error: ever later, to staff after ten times. Inside its scope."""
    attempts = lease.model.objects.filter(pk=lease.id).values_list("attempts", flat=True).first() or 0
    backoff = min(FIRST_BACKOFF * 2**attempts, LONGEST_BACKOFF)
    due_at = now + scaled(backoff) if attempts + 1 < POISON_AFTER else None
    _give_back(
        lease,
        now=now,
        due_at=due_at,
        attempts=attempts + 1,
        last_error=f"{type(error).__name__}: {error}"[:500],
    )


def _give_back(
    lease: Lease, *, now: datetime, due_at: datetime | None, attempts: int, last_error: str
) -> None:
    mine = lease.model.objects.filter(pk=lease.id, lease_no=lease.lease_no)
    wanted = Value(due_at, output_field=lease.model._meta.get_field("due_at"))
    # LEAST ignores NULL, so a row that was woken while leased stays due whatever we decided.
    kept = Case(When(due_at=lease.due_at, then=wanted), default=Least(F("due_at"), wanted))
    if not mine.update(due_at=kept, leased_until=None, attempts=attempts, last_error=last_error):
        raise LeaseLost(f"{lease.model._meta.label} {lease.id} was claimed again")
    row = mine.get()
    if row.due_at is not None and row.due_at <= now:
        ring(row)
