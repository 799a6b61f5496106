"""Intent before action: every Graph call that changes something is a row first, with three outcomes."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Protocol, Self, TypeVar

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from portal.graph.breaker import Breaker
from portal.graph.client import CallRecord
from portal.graph.errors import GraphError
from portal.kernel import clock, limits, work
from portal.kernel.models import CallOutcome, GraphCall
from portal.kernel.scope import scope
from portal.kernel.work import Lease

SETTLE = timedelta(seconds=60)
SPARED_ATTEMPTS = 2
REGISTRATION_CALLS = ("register", "deregister")
# What reached Meta counts there, even if it was refused before it was looked at.
SEEN_BY_META = ~Q(outcome=CallOutcome.NOT_DONE) | Q(status__isnull=False)

R = TypeVar("R")


class Caller(Protocol):
    """What sends a call: Graph, or a client of Meta's that stands at a customer's."""

    def also_on_call(self, observer: Callable[[CallRecord], None]) -> Self: ...


C = TypeVar("C", bound=Caller)


class NumberBusy(RuntimeError):
    """Another call that changes this number is under way."""


class InTransaction(RuntimeError):
    """A Graph call was tried inside a database transaction (house rule 4)."""


def guard(lease: Lease | None = None, breaker: Breaker | None = None) -> Callable[[], None]:
    """What runs just before the first byte: no open transaction, a living lease, a closed breaker."""

    def before_send() -> None:
        if connection.in_atomic_block:
            raise InTransaction("ask outside, write inside: leave the scope before calling Graph")
        if lease is not None:
            lease.check()
        if breaker is not None:
            breaker.before_send()

    return before_send


def perform(
    *,
    lease: Lease,
    graph: C,
    operation: str,
    target: str,
    send: Callable[[C], R],
    record: Callable[[R, datetime], None],
    phone_number_id: str = "",
    gate: Callable[[], None] | None = None,
) -> R:
    """Commit the intent, send, then store outcome and effect together.

    `gate` may raise in the transaction of the intent, when nothing has begun. `record(result, now)` runs in
    the scope and transaction of the outcome. A `GraphError` is stored and raised again. If the process dies
    in between, the row stays open and `close_orphans` makes it UNKNOWN.
    """
    seen: list[CallRecord] = []
    with scope(lease.partner_id):
        work.still_mine(lease)
        if gate is not None:
            gate()
        call = _begin(lease, operation, target, phone_number_id, clock.now())
    try:
        result = send(graph.also_on_call(seen.append))
    except GraphError as error:
        with scope(lease.partner_id):
            _finish(call, seen, outcome=CallOutcome(error.outcome.value), now=clock.now(), error=error)
        raise
    with scope(lease.partner_id):
        work.still_mine(lease)
        now = clock.now()
        _finish(call, seen, outcome=CallOutcome.DEFINITE, now=now)
        record(result, now)
    return result


def close_orphans(*, lease: Lease, now: datetime) -> None:
    """Attempts that an earlier lease left without an outcome may have acted: UNKNOWN. Inside its scope."""
    GraphCall.objects.filter(work_id=lease.id, finished_at=None, lease_no__lt=lease.lease_no).update(
        outcome=CallOutcome.UNKNOWN, finished_at=now
    )


def last_call(*, work_id: uuid.UUID, operation: str) -> GraphCall | None:
    """The newest attempt of an operation for a work row. Inside its scope."""
    return (
        GraphCall.objects.filter(work_id=work_id, operation=operation).order_by("-started_at", "-id").first()
    )


def settles_at(call: GraphCall | None) -> datetime | None:
    """When an attempt of unknown outcome may be looked at (Meta may act late); None if nothing is unknown."""
    if call is None or call.outcome != CallOutcome.UNKNOWN or call.finished_at is None:
        return None
    return call.finished_at + work.scaled(SETTLE)


def registration_attempts(*, phone_number_id: str, now: datetime) -> tuple[int, int, datetime | None]:
    """Return (used, allowed, free again at) of a number's register and deregister budget. Inside its scope.

    Meta blocks the number at 10 calls in 72 hours; we stop two earlier, so that a person still has some.
    """
    allowed = limits.number("register_calls") - SPARED_ATTEMPTS
    span = limits.duration("register_block_after_limit")
    counted = (
        GraphCall.objects.filter(phone_number_id=phone_number_id, operation__in=REGISTRATION_CALLS)
        .filter(SEEN_BY_META, started_at__gt=now - span)
        .order_by("-started_at")
    )
    starts = list(counted.values_list("started_at", flat=True)[:allowed])
    return len(starts), allowed, starts[-1] + span if len(starts) == allowed else None


def registration_locks(*, phone_number_ids: Collection[str], now: datetime) -> dict[str, datetime]:
    """Return when each number whose budget is used up is free again. Inside its scope."""
    allowed = limits.number("register_calls") - SPARED_ATTEMPTS
    span = limits.duration("register_block_after_limit")
    made: dict[str, list[datetime]] = defaultdict(list)
    counted = GraphCall.objects.filter(
        SEEN_BY_META,
        phone_number_id__in=phone_number_ids,
        operation__in=REGISTRATION_CALLS,
        started_at__gt=now - span,
    ).order_by("-started_at")
    for phone_number_id, started_at in counted.values_list("phone_number_id", "started_at"):
        made[phone_number_id].append(started_at)
    return {number: starts[allowed - 1] + span for number, starts in made.items() if len(starts) >= allowed}


def _begin(lease: Lease, operation: str, target: str, phone_number_id: str, now: datetime) -> GraphCall:
    try:
        with transaction.atomic():
            return GraphCall.objects.create(
                partner_id=lease.partner_id,
                work_id=lease.id,
                lease_no=lease.lease_no,
                operation=operation,
                target=target,
                phone_number_id=phone_number_id,
                started_at=now,
            )
    except IntegrityError as error:
        raise NumberBusy(f"a call for phone number {phone_number_id} is under way") from error


def _finish(
    call: GraphCall,
    seen: list[CallRecord],
    *,
    outcome: CallOutcome,
    now: datetime,
    error: GraphError | None = None,
) -> None:
    if seen:
        sent = seen[-1]
        call.status, call.fbtrace_id = sent.status, sent.fbtrace_id or ""
        call.duration_ms = round(sent.duration_ms)
    call.outcome, call.finished_at = outcome, now
    if error is not None:
        call.code, call.subcode = error.code, error.subcode
    call.save()
