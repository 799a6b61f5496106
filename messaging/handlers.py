"""Webhook fields `messages` and `calls`: keep what consumers wrote, open windows, move statuses.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from messaging import statuses, windows
from messaging.models import Direction, Message, MessageStatus
from portal.kernel import limits
from portal.kernel.ids import uuid7
from tenants.models import PhoneNumber
from webhooks.models import Change
from webhooks.parsing import moment
from webhooks.router import on

BY_CONSUMER = "consumer"

_OPEN_WINDOWS = """
INSERT INTO messaging_customerservicewindow
    (id, partner_id, customer_id, phone_number_id, wa_id, last_inbound_at, closes_at)
SELECT * FROM unnest(
    %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[], %s::timestamptz[]
)
ON CONFLICT (phone_number_id, wa_id) DO UPDATE SET
    last_inbound_at = greatest(messaging_customerservicewindow.last_inbound_at, excluded.last_inbound_at),
    closes_at = greatest(messaging_customerservicewindow.closes_at, excluded.closes_at)
"""


class _Sender(msgspec.Struct, rename={"sender": "from"}):
    """Who did something: the number, or the business-scoped user id where the person hides the number."""

    sender: str = ""
    from_user_id: str = ""
    timestamp: str | int | float | None = None

    @property
    def wa_id(self) -> str:
        return self.sender or self.from_user_id


class _Inbound(_Sender, rename={"sender": "from"}, kw_only=True):
    id: str
    type: str = "unknown"
    group_id: str | None = None


class _Call(_Sender, rename={"sender": "from"}):
    event: str = ""
    direction: str = ""


@dataclass(frozen=True)
class _Contact:
    """A consumer did something at a time that opens a window with a number."""

    phone_number: PhoneNumber
    wa_id: str
    at: datetime


@on("messages")
def receive_messages(changes: Sequence[Change], *, now: datetime) -> None:
    """Keep inbound messages of every type, open the windows of who sent them, apply statuses."""
    numbers = _phone_numbers(changes)
    received = [
        (change, numbers[change.phone_number_id], item, msgspec.convert(item, _Inbound))
        for change, item in _items(changes, "messages")
    ]
    _keep(received)
    _open_windows(
        [
            _contact(change, number, message)
            for change, number, _item, message in received
            if windows.opens(message_type=message.type, in_group=bool(message.group_id))
        ]
    )
    if told := statuses.statuses_in(change.value for change in changes):
        statuses.apply(told, now=now)


@on("calls")
def receive_calls(changes: Sequence[Change], *, now: datetime) -> None:
    """A consumer's call opens the window as a message does."""
    numbers = _phone_numbers(changes)
    calls = [(change, msgspec.convert(item, _Call)) for change, item in _items(changes, "calls")]
    _open_windows(
        [
            _contact(change, numbers[change.phone_number_id], call)
            for change, call in calls
            if call.event == "connect" and call.direction == "USER_INITIATED"
        ]
    )


def _items(changes: Sequence[Change], name: str) -> Iterator[tuple[Change, Mapping[str, Any]]]:
    for change in changes:
        for item in change.value.get(name) or []:
            yield change, item


def _phone_numbers(changes: Sequence[Change]) -> dict[str, PhoneNumber]:
    ids = {change.phone_number_id for change in changes}
    return {number.phone_number_id: number for number in PhoneNumber.objects.filter(phone_number_id__in=ids)}


def _keep(received: Sequence[tuple[Change, PhoneNumber, Mapping[str, Any], _Inbound]]) -> None:
    rows = [
        Message(
            partner_id=change.partner_id,
            customer_id=number.customer_id,
            phone_number=number,
            direction=Direction.INBOUND,
            wa_id=message.wa_id,
            wamid=message.id,
            message_type=message.type[:30],
            payload=item,
            status=MessageStatus.RECEIVED,
            # Ours, since what is compared with it is ours too; Meta's own time has whole seconds.
            created_at=change.received_at,
            created_by=BY_CONSUMER,
            sent_at=moment(message.timestamp),
        )
        for change, number, item, message in received
    ]
    rows.sort(key=lambda row: str(row.wamid))
    Message.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _contact(change: Change, number: PhoneNumber, sender: _Sender) -> _Contact:
    sent_at = moment(sender.timestamp) or change.received_at
    return _Contact(number, sender.wa_id, windows.opened_at(sent_at=sent_at, received_at=change.received_at))


def _open_windows(contacts: Sequence[_Contact]) -> None:
    """Open or extend all windows in one statement; a late webhook never shortens one."""
    latest: dict[tuple[str, str], _Contact] = {}
    for contact in contacts:
        key = str(contact.phone_number.pk), contact.wa_id
        if contact.wa_id and (key not in latest or latest[key].at < contact.at):
            latest[key] = contact
    if not latest:
        return
    length = limits.duration("customer_service_window")
    rows = [
        (
            uuid7(),
            contact.phone_number.partner_id,
            contact.phone_number.customer_id,
            contact.phone_number.pk,
            contact.wa_id,
            contact.at,
            windows.closes_at(opened=contact.at, length=length),
        )
        for _key, contact in sorted(latest.items(), key=lambda item: item[0])
    ]
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_WINDOWS, [list(column) for column in zip(*rows, strict=True)])
