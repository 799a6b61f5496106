"""The one clock: the database's, plus an offset that exists only in a sandbox.

Windows and leases are judged by the database clock, so that machines which disagree cannot disagree about a
deadline. Only the edges (views, tasks, commands) read it; everything below takes `now`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

REAL = "SELECT clock_timestamp()"
MOVED = "SELECT clock_timestamp() + coalesce((SELECT moved_by FROM kernel_sandboxclock), interval '0')"


class SandboxOnly(RuntimeError):
    """The clock can be moved only where nothing is real."""


def now() -> datetime:
    """Return the present in UTC, moved by the sandbox offset where the sandbox is on."""
    with connection.cursor() as cursor:
        cursor.execute(MOVED if settings.SANDBOX else REAL)
        present: datetime = cursor.fetchall()[0][0]
    return present


def set_offset(*, offset: timedelta) -> None:
    """Move the present of every process of this installation to real time plus `offset`."""
    if not settings.SANDBOX:
        raise SandboxOnly("set SANDBOX=true to move the clock; never where real customers are")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_sandboxclock (id, moved_by) VALUES (1, make_interval(secs => %s))"
            " ON CONFLICT (id) DO UPDATE SET moved_by = excluded.moved_by",
            [offset.total_seconds()],
        )
