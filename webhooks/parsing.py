"""From the bytes of a webhook to the single things it tells, each with the key by which it is told once.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview

Everything here is tolerant: what can not be read is left out and reported, and nothing raises.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

OBJECT = "whatsapp_business_account"
DEEPEST = 64
LONGEST_KEY, LONGEST_FIELD, LONGEST_ID = 200, 60, 32

Value = dict[str, Any]


@dataclass(frozen=True)
class Piece:
    """One message, one status or one event, with as much around it as its handler needs."""

    key: str
    field: str
    entry_id: str
    entry_time: datetime | None
    value: Value


@dataclass(frozen=True)
class Reading:
    """What a payload holds; `is_garbage` if some or all of it can not be read."""

    pieces: Sequence[Piece]
    is_garbage: bool


class _Entry(msgspec.Struct):
    id: str | int = ""
    time: str | int | float | None = None
    changes: list[Any] = []


class _Change(msgspec.Struct):
    field: str
    value: Value


class _Unreadable(ValueError):
    """Not what Meta documents."""


def read(body: bytes) -> Reading:
    """Split a payload into its pieces."""
    try:
        payload = _decode(body)
        entries = payload["entry"] if payload.get("object") == OBJECT else None
    except (ValueError, RecursionError, LookupError, AttributeError):
        entries = None
    if not isinstance(entries, list):
        return Reading([], is_garbage=True)
    pieces: list[Piece] = []
    is_garbage = False
    for told in entries:
        try:
            entry = msgspec.convert(told, _Entry)
        except msgspec.MsgspecError:
            is_garbage = True
            continue
        for change in entry.changes:
            try:
                pieces += _pieces(entry, msgspec.convert(change, _Change))
            except msgspec.MsgspecError:
                is_garbage = True
    return Reading(pieces, is_garbage)


def moment(told: object) -> datetime | None:
    """A time of Meta's, which is seconds since 1970 as a number or as digits; None if it is no time."""
    if isinstance(told, bool) or not isinstance(told, str | int | float):
        return None
    try:
        return datetime.fromtimestamp(float(told), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _decode(body: bytes) -> Any:
    try:
        payload = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        # Python's own parser lets pass what others send: lone surrogates, NaN, numbers without end.
        payload = json.loads(body.decode("utf-8", "replace"))
    return _storable(payload, 0)


def _storable(value: Any, depth: int) -> Any:
    """The same value without what jsonb refuses: NUL, lone surrogates, NaN, nesting without end."""
    if depth > DEEPEST:
        raise _Unreadable("nested too deeply")
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(name): _storable(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _text(text: str) -> str:
    if text.isascii():
        return text.replace("\0", "\ufffd")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")


# --- Splitting: one piece for each item that has a key of its own ---


def _pieces(entry: _Entry, change: _Change) -> Iterator[Piece]:
    value, lists = change.value, KEYS.get(change.field, {})
    around = {name: value[name] for name in ("messaging_product", "metadata") if name in value}
    contacts = _contacts(value)
    rest = {name: item for name, item in value.items() if name not in around}
    split = False
    for name, key_of in lists.items():
        if not isinstance(value.get(name), list):
            continue
        del rest[name]
        for item in value[name]:
            split = True
            part = around | _contact_of(item, contacts) | {name: [item]}
            yield _piece(entry, change.field, part, key_of(item) if isinstance(item, dict) else None)
    if not split or rest.keys() - {"contacts"}:
        yield _piece(entry, change.field, around | rest, None)


def _piece(entry: _Entry, field: str, value: Value, key: str | None) -> Piece:
    entry_id = str(entry.id)
    if key is None or len(key) > LONGEST_KEY:
        told = json.dumps([entry_id, field, value, entry.time], sort_keys=True)
        key = f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"
    return Piece(key, field[:LONGEST_FIELD], entry_id[:LONGEST_ID], moment(entry.time), value)


def _contacts(value: Value) -> dict[str, Value]:
    """The contacts of a value by each of their ids, so that a thousand messages do not carry them all."""
    contacts = value.get("contacts")
    found: dict[str, Value] = {}
    for contact in contacts if isinstance(contacts, list) else []:
        if isinstance(contact, dict):
            ids = (contact.get("wa_id"), contact.get("user_id"))
            found |= {id_: contact for id_ in ids if isinstance(id_, str) and id_}
    return found


def _contact_of(item: object, contacts: Mapping[str, Value]) -> Value:
    if not contacts or not isinstance(item, dict):
        return {}
    for name in ("from", "from_user_id", "recipient_id", "recipient_user_id"):
        if isinstance(item.get(name), str) and item[name] in contacts:
            return {"contacts": [contacts[item[name]]]}
    return {}


def _key(prefix: str, *names: str, optional: str = "") -> Callable[[Value], str | None]:
    """A key of Meta's made of these properties, or None where an item lacks one."""

    def key_of(item: Value) -> str | None:
        parts = [item.get(name) for name in names]
        if not all(isinstance(part, str) and part for part in parts):
            return None
        if isinstance(item.get(optional), str):
            parts.append(item[optional])
        return ":".join([prefix, *map(str, parts)])

    return key_of


KEYS: dict[str, dict[str, Callable[[Value], str | None]]] = {
    "messages": {
        "messages": _key("message", "id"),
        "statuses": _key("status", "id", "status", optional="recipient_participant_id"),
    },
    "calls": {
        "calls": _key("call", "id", "event"),
        "statuses": _key("call", "id", "status"),
    },
    "smb_message_echoes": {"message_echoes": _key("echo", "id")},
}
