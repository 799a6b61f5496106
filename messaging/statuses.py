"""How a status webhook moves a message forward, in whatever order the statuses come.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Q

from messaging.models import STATUS_RANK, Direction, Message, MessageStatus
from webhooks.parsing import moment

TOLD = {
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "played": MessageStatus.PLAYED,
    "failed": MessageStatus.FAILED,
}
TIME_COLUMN = {
    MessageStatus.SENT: "sent_at",
    MessageStatus.DELIVERED: "delivered_at",
    MessageStatus.READ: "read_at",
    MessageStatus.PLAYED: "read_at",
    MessageStatus.FAILED: "failed_at",
}
# A consumer has it: Meta can not have failed to deliver it.
ARRIVED = frozenset({MessageStatus.DELIVERED, MessageStatus.READ, MessageStatus.PLAYED})
COLUMNS = ("id", "wamid", "status", "code", "due_at", "sent_at", "delivered_at", "read_at", "failed_at")

# One statement with arrays: a CASE for each column and row costs PostgreSQL ten times as much.
_UPDATE = """
UPDATE messaging_message SET
    wamid = told.wamid, status = told.status, code = told.code, due_at = told.due_at,
    sent_at = told.sent_at, delivered_at = told.delivered_at,
    read_at = told.read_at, failed_at = told.failed_at
FROM unnest(
    %s::uuid[], %s::text[], %s::text[], %s::integer[], %s::timestamptz[],
    %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[]
) told (id, wamid, status, code, due_at, sent_at, delivered_at, read_at, failed_at)
WHERE messaging_message.id = told.id
"""


class _Error(msgspec.Struct):
    code: int | None = None


class Status(msgspec.Struct):
    """One element of `statuses`, as far as we use it."""

    id: str
    status: str
    timestamp: str | int | float | None = None
    biz_opaque_callback_data: str | None = None
    errors: list[_Error] = []

    @property
    def message_id(self) -> uuid.UUID | None:
        """Our own id of the message, which Meta repeats as we gave it; None if it is somebody else's."""
        try:
            return uuid.UUID(self.biz_opaque_callback_data or "")
        except ValueError:
            return None


def read(item: Mapping[str, Any]) -> Status:
    """The status as a typed object; raises `msgspec.ValidationError` if it is none."""
    return msgspec.convert(item, Status)


def goes_on(current: str, status: str) -> bool:
    """Whether `status` may replace the current one: never backwards, and failure is final."""
    if status == MessageStatus.FAILED:
        return current not in ARRIVED and current != MessageStatus.FAILED
    return STATUS_RANK[MessageStatus(status)] > STATUS_RANK[MessageStatus(current)]


def advance(message: Message, told: Status, *, now: datetime) -> None:
    """Change the (unsaved) message as one status says; times are kept even if they come late."""
    status = TOLD.get(told.status)
    if status is None:
        return
    if message.wamid is None:
        message.wamid = told.id
    column, at = TIME_COLUMN[status], moment(told.timestamp) or now
    earlier = getattr(message, column)
    setattr(message, column, min(at, earlier) if earlier else at)
    if goes_on(message.status, status):
        message.status = status
        message.due_at = None  # Meta has it, so there is nothing left to send or to wait for
        if status == MessageStatus.FAILED:
            message.code = told.errors[0].code if told.errors else None


def apply(statuses: Sequence[Status], *, now: datetime) -> None:
    """Move all messages these statuses are about, in one statement; others are not ours. Inside the scope.

    A message is found by its wamid, or by our own id where the answer with the wamid never came.
    """
    ours = {status.message_id for status in statuses} - {None}
    wanted = Q(wamid__in=[status.id for status in statuses]) | Q(pk__in=ours, wamid=None)
    rows = Message.objects.select_for_update().filter(wanted, direction=Direction.OUTBOUND)
    messages = list(rows.order_by("pk"))
    by_wamid = {message.wamid: message for message in messages if message.wamid}
    by_id = {message.pk: message for message in messages}
    for status in statuses:
        message = by_wamid.get(status.id) or _unnamed(by_id, status)
        if message is not None:
            advance(message, status, now=now)
    if messages:
        with connection.cursor() as cursor:
            columns = [[getattr(message, name) for message in messages] for name in COLUMNS]
            cursor.execute(_UPDATE, columns)


def _unnamed(by_id: Mapping[uuid.UUID, Message], status: Status) -> Message | None:
    if status.message_id is None:
        return None
    message = by_id.get(status.message_id)
    return message if message is not None and message.wamid in (None, status.id) else None


def statuses_in(values: Iterable[Mapping[str, Any]]) -> list[Status]:
    """All statuses in the values of `messages` changes."""
    return [read(item) for value in values for item in value.get("statuses") or []]
