"""The people at the other end: their phones, seen and used from outside."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from . import messaging, numbers
from .nodes import PhoneNumber, Waba
from .world import World


class ConsumerMessage(Struct, kw_only=True, rename={"from_": "from"}):
    """What a consumer sends: a text, or any message object of Meta's `messages` webhook."""

    from_: str
    phone_number_id: str = ""
    to: str = ""  # the business number as people write it, instead of phone_number_id
    text: str = ""
    name: str = "Giulia Ferri"
    username: str = ""
    hide_number: bool = False  # the business sees a user id only
    message: dict[str, Any] | None = None


class ConsumerReads(Struct, kw_only=True):
    wa_id: str
    phone_number_id: str


def find_number(world: World, phone_number_id: str, display: str) -> PhoneNumber:
    """By id, or by the number itself; among several the registered one."""
    if phone_number_id:
        return world.get(PhoneNumber, phone_number_id)
    digits = re.sub(r"\D", "", display)
    same = world.numbers_of(digits)
    if not same:
        raise LookupError(f"No business number {display}")
    return max(same, key=lambda number: number.registered_at or 0)


def write(world: World, wish: ConsumerMessage, *, now: float) -> dict[str, Any]:
    """Deliver a consumer's message; a number that is not on Cloud API cannot receive one."""
    number = find_number(world, wish.phone_number_id, wish.to)
    if number.registered_at is None:
        raise ValueError("The number is not registered: the message stays with one grey tick")
    parsed = numbers.parse(wish.from_)
    if parsed is None:
        raise ValueError("from is not a phone number")
    if parsed[0] in number.blocked_users:
        raise ValueError("The business has blocked this consumer")
    message = wish.message or {"type": "text", "text": {"body": wish.text or "Ciao!"}}
    waba = world.get(Waba, number.waba_id)
    incoming = messaging.Incoming(parsed[0], wish.name, message, wish.username, wish.hide_number)
    wamid = messaging.receive(world, number, waba, incoming, now=now)
    return {"wamid": wamid, "wa_id": parsed[0], "phone_number_id": number.id}


def read(world: World, wish: ConsumerReads, *, now: float) -> dict[str, Any]:
    """Send a `read` status for every delivered message of the chat."""
    number = world.get(PhoneNumber, wish.phone_number_id)
    waba = world.get(Waba, number.waba_id)
    chat = messaging.conversation(world, number, wish.wa_id, now=now)
    delivered = [line for line in chat.lines if not line.incoming and line.status == "delivered"]
    for line in delivered:
        messaging.status(world, number, waba, line.wamid, wish.wa_id, "read", {}, now=now)
    return {"read": len(delivered)}


def chats(world: World) -> list[dict[str, Any]]:
    """The chats that have lines, the latest first."""
    rows = []
    for key, chat in world.conversations.items():
        if chat.lines:
            phone_number_id, _, wa_id = key.partition(":")
            number = world.find(PhoneNumber, phone_number_id)
            display = number.display_phone_number if number else ""
            row = {"phone_number_id": phone_number_id, "display_phone_number": display, "wa_id": wa_id}
            rows.append({**row, "name": chat.profile_name, "lines": chat.lines})
    return sorted(rows, key=lambda row: row["lines"][-1].at, reverse=True)
