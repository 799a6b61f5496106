"""Payloads into changes, changes to their handlers: set by set, one transaction for many of them."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Length

from portal.kernel import clock, work
from portal.kernel.scope import scope
from portal.kernel.work import Lease
from tenants.models import PhoneNumber, Waba
from webhooks import parsing, router
from webhooks.models import Change, ChangeState, Payload

# What one transaction takes on: some thousand messages, well within a lease.
BYTES_AT_ONCE = 2 * 1024 * 1024
ROWS_AT_ONCE = 500
# What had no effect yet is looked at again later and later, as long as its payload is kept.
OPEN_STATES = (ChangeState.QUARANTINED, ChangeState.FAILED)
LOOK_AGAIN_AFTER = timedelta(seconds=30)
LOOK_AGAIN_FOR = timedelta(days=7)
HANDLER_FRAME = 2  # below _handed_over and dispatch

logger = logging.getLogger("portal.webhooks")


class NotStored(RuntimeError):
    """The database refused; what it said is left out, since it may quote what a consumer wrote."""


def process(leases: Sequence[Lease]) -> None:
    """Unpack the payloads of one tenant and let every change in them take effect once."""
    for part in _parts(leases):
        try:
            with scope(part[0].partner_id):
                mine = work.hold(part)
                if mine:
                    _process(Payload.objects.filter(pk__in=[lease.id for lease in mine]), now=clock.now())
        except DatabaseError as error:
            state = getattr(error.__cause__, "sqlstate", None)
            raise NotStored(f"{type(error).__name__} {state or ''}".rstrip()) from None


def _parts(leases: Sequence[Lease]) -> Iterator[list[Lease]]:
    """The leases in portions of a bounded number of bytes, in the order of their payloads."""
    by_id = {lease.id: lease for lease in leases}
    with scope(leases[0].partner_id):
        rows = Payload.objects.filter(pk__in=by_id).order_by("received_at", "pk")
        sizes = list(rows.values_list("pk", Length("body")))
    part: list[Lease] = []
    total = 0
    for payload_id, size in sizes:
        if part and total + size > BYTES_AT_ONCE:
            yield part
            part, total = [], 0
        part.append(by_id[payload_id])
        total += size
    if part:
        yield part


def _process(payloads: QuerySet[Payload], *, now: datetime) -> None:
    ordered = list(payloads.order_by("received_at", "pk"))
    fresh = [payload for payload in ordered if payload.processed_at is None]
    again = Change.objects.filter(payload__in=ordered, state__in=OPEN_STATES).order_by("received_at", "pk")
    seen_before = list(again)
    _route(seen_before)
    news = _unpack(fresh)
    _route(news)
    changes = [*seen_before, *_store(news)]
    _take_effect(changes, now=now)
    Change.objects.bulk_update(seen_before, ["state", "error"], batch_size=ROWS_AT_ONCE)
    garbage = [payload.pk for payload in fresh if payload.is_garbage]
    payloads.update(processed_at=now, due_at=None, leased_until=None, attempts=0, last_error="")
    payloads.filter(pk__in=garbage).update(is_garbage=True)
    _look_again(ordered, changes, now=now)


def _unpack(payloads: Iterable[Payload]) -> list[Change]:
    changes: list[Change] = []
    for payload in payloads:
        reading = parsing.read(bytes(payload.body))
        if reading.is_garbage:
            payload.is_garbage = True
            logger.warning("payload %s of app %s can not be read", payload.pk, payload.app_id)
        changes += [_change(payload, piece) for piece in reading.pieces]
    return changes


def _change(payload: Payload, piece: parsing.Piece) -> Change:
    return Change(
        partner_id=payload.partner_id,
        payload=payload,
        key=piece.key,
        field=piece.field,
        entry_id=piece.entry_id,
        entry_time=piece.entry_time,
        value=piece.value,
        received_at=payload.received_at,
    )


def _store(changes: Sequence[Change]) -> list[Change]:
    """Insert the changes and return those that were not told before."""
    # All workers insert in one order: two that bring the same keys wait for each other, and not in a circle.
    in_order = sorted(changes, key=lambda change: change.key)
    Change.objects.bulk_create(in_order, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
    stored = set(Change.objects.filter(pk__in=[change.pk for change in changes]).values_list("pk", flat=True))
    return [change for change in changes if change.pk in stored]


# --- Routing: what is for us, and what is for an asset we do not know ---


def _route(changes: Sequence[Change]) -> None:
    """Say of each change what becomes of it if its handlers do not fail: it is stored with the effect."""
    assets = {change.pk: _asset(change) for change in changes if router.is_handled(change.field)}
    wanted = {asset for asset in assets.values() if asset is not None}
    numbers = _known(PhoneNumber.objects, "phone_number_id", wanted)
    known = numbers | _known(Waba.objects, "waba_id", wanted)
    for change in changes:
        change.error = ""
        if change.pk not in assets:
            change.state = ChangeState.IGNORED
        elif assets[change.pk] is None or assets[change.pk] in known:
            change.state = ChangeState.DONE
        else:
            change.state = ChangeState.QUARANTINED


def _asset(change: Change) -> tuple[str, str] | None:
    """What a change is about; None for events about partners, which may be the first we hear of a WABA."""
    if "metadata" in change.value:
        return "phone_number_id", change.phone_number_id
    if change.field == "account_update" and str(change.value.get("event")).startswith("PARTNER_"):
        return None
    return "waba_id", change.entry_id


def _known(rows: Any, column: str, wanted: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    ids = [id_ for name, id_ in wanted if name == column]
    if not ids:
        return set()
    return {(column, id_) for id_ in rows.filter(**{f"{column}__in": ids}).values_list(column, flat=True)}


# --- Handing over ---


def _take_effect(changes: Sequence[Change], *, now: datetime) -> None:
    """Run the handlers once for all changes; if that fails once for each, so that only the bad ones fail."""
    ready = [change for change in changes if change.state == ChangeState.DONE]
    if not ready or _handed_over(ready, now=now):
        return
    failed = [change for change in ready if not _handed_over([change], now=now)]
    for change in failed:
        logger.error("change %s (%s) failed: %s", change.pk, change.field, change.error)
    Change.objects.bulk_update(failed, ["state", "error"], batch_size=ROWS_AT_ONCE)


def _handed_over(changes: Sequence[Change], *, now: datetime) -> bool:
    try:
        with transaction.atomic():
            router.dispatch(changes, now=now)
    except OperationalError:
        raise  # the database's trouble, not the change's: the payload is tried again as a whole
    except Exception as error:  # noqa: BLE001  whatever it is, it is written on the change
        for change in changes:
            change.state = ChangeState.FAILED
            change.error = _where(error)
        return False
    for change in changes:
        change.state, change.error = ChangeState.DONE, ""
    return True


def _where(error: Exception) -> str:
    """The kind of an error and the handler it came from; its text may quote what a consumer wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    handler = frames[min(HANDLER_FRAME, len(frames) - 1)]
    return f"{type(error).__name__} in {handler.name} ({Path(handler.filename).name}:{handler.lineno})"


def _look_again(payloads: Sequence[Payload], changes: Iterable[Change], *, now: datetime) -> None:
    """A number may become known later, and a defect may be mended: keep what had no effect due until then."""
    waiting = {change.payload_id for change in changes if change.state in OPEN_STATES}
    for payload in payloads:
        age = now - payload.received_at
        if payload.pk in waiting and age < LOOK_AGAIN_FOR:
            due_at = now + work.scaled(max(LOOK_AGAIN_AFTER, age))
            Payload.objects.filter(pk=payload.pk).update(due_at=due_at)
