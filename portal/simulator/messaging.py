"""Sending and receiving, without I/O: windows, rates, statuses.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

import base64
from typing import Any

from . import events
from .clock import month
from .errors import GraphError
from .nodes import PhoneNumber, Waba
from .world import ChatLine, Conversation, World

CHAT_LINES = 50
CHATS_WITH_LINES = 200
FORGET_EVERY = 10_000


def conversation(world: World, number: PhoneNumber, wa_id: str, *, now: float) -> Conversation:
    key = f"{number.id}:{wa_id}"
    found = world.conversations.get(key)
    if found is None:
        if len(world.conversations) % FORGET_EVERY == FORGET_EVERY - 1:
            forget(world, now=now)
        found = world.conversations[key] = Conversation()
    return found


def forget(world: World, *, now: float) -> None:
    """Drop conversations that matter to no rule any more and that nobody reads, so that memory stays flat."""
    world.conversations = {
        key: chat
        for key, chat in world.conversations.items()
        if chat.lines or chat.next_allowed_at > now or in_window(world, chat, now=now)
    }


def new_wamid(world: World) -> str:
    return "wamid.HBgL" + base64.b64encode(world.digest("wamid", 30)).decode()


def check_sendable(world: World, number: PhoneNumber, waba: Waba, *, kind: str, now: float) -> None:
    """The gates of sending that do not depend on the recipient."""
    if number.registered_at is None:
        raise GraphError(133010)
    if number.status in ("BANNED", "RESTRICTED", "DELETED"):
        raise GraphError(131031)
    this_month = month(now)
    used = number.service_messages.get(this_month, 0)
    chargeable = kind == "template" or used >= world.settings.free_service_messages
    if chargeable and not waba.primary_funding_id:
        raise GraphError(131042)
    if kind != "template":
        number.service_messages = {this_month: used + 1}


def throughput(world: World, number: PhoneNumber) -> int:
    if number.is_on_biz_app:
        return world.settings.throughput_coexistence
    high = number.throughput_level == "HIGH"
    return world.settings.throughput_high if high else world.settings.throughput_standard


def check_throughput(world: World, number: PhoneNumber, *, now: float) -> None:
    """So many messages of a number in one second."""
    if number.busy_second != int(now):
        number.busy_second, number.busy_count = int(now), 0
    if number.busy_count >= throughput(world, number):
        raise GraphError(130429)
    number.busy_count += 1


def check_pair(world: World, chat: Conversation, *, now: float) -> None:
    """One message per six seconds to one consumer, with a burst borrowed from the future."""
    seconds, burst = world.settings.pair_seconds, world.settings.pair_burst
    arrival = max(chat.next_allowed_at, now)
    if arrival - now > seconds * (burst - 1):
        raise GraphError(131056)
    chat.next_allowed_at = arrival + seconds


def in_window(world: World, chat: Conversation, *, now: float) -> bool:
    return bool(chat.inbound_at) and now - chat.inbound_at < world.settings.service_window_hours * 3600


def send(
    world: World,
    number: PhoneNumber,
    waba: Waba,
    *,
    wa_id: str,
    kind: str,
    text: str,
    category: str,
    callback_data: str,
    now: float,
) -> str:
    """Accept one message and queue its statuses; outside the window free-form ones fail afterwards."""
    chat = conversation(world, number, wa_id, now=now)
    open_window = in_window(world, chat, now=now)
    late = kind != "template" and not open_window
    if late and world.settings.window_error_at_once:
        raise GraphError(131047)
    check_pair(world, chat, now=now)
    wamid = new_wamid(world)
    _remember(
        world, chat, ChatLine(wamid=wamid, incoming=False, type=kind, text=text, at=now, status="accepted")
    )
    extra = {"biz_opaque_callback_data": callback_data} if callback_data else {}
    settings = world.settings
    if late:
        failed = {**extra, "errors": [GraphError(131047).as_status()]}
        status(
            world,
            number,
            waba,
            wamid,
            wa_id,
            "failed",
            failed,
            now=now,
            after=settings.delivered_after_seconds,
        )
        return wamid
    priced = {**extra, "pricing": _pricing(kind, category, free=kind == "template" and open_window)}
    status(world, number, waba, wamid, wa_id, "sent", priced, now=now, after=settings.sent_after_seconds)
    status(
        world,
        number,
        waba,
        wamid,
        wa_id,
        "delivered",
        priced,
        now=now,
        after=settings.delivered_after_seconds,
    )
    return wamid


def _pricing(kind: str, category: str, *, free: bool) -> dict[str, Any]:
    free = free and category == "utility"
    return {
        "billable": not free and kind == "template",
        "pricing_model": "PMP",
        "type": "regular" if kind == "template" and not free else "free_customer_service",
        "category": category,
    }


def status(
    world: World,
    number: PhoneNumber,
    waba: Waba,
    wamid: str,
    wa_id: str,
    name: str,
    extra: dict[str, Any],
    *,
    now: float,
    after: float = 0.0,
) -> None:
    """Queue one status of a message, and note it for the consumer's chat."""
    row = {"id": wamid, "status": name, "timestamp": str(int(now + after)), "recipient_id": wa_id, **extra}
    value = {**events.metadata(number), "statuses": [row]}
    events.emit_for_waba(
        world, now=now, waba=waba, field="messages", value=value, number=number, after=after, timed=False
    )
    for line in conversation(world, number, wa_id, now=now).lines:
        if line.wamid == wamid:
            line.status = name


def receive(
    world: World,
    number: PhoneNumber,
    waba: Waba,
    *,
    wa_id: str,
    profile_name: str,
    message: dict[str, Any],
    now: float,
) -> str:
    """A consumer writes: the customer service window opens and the business is told."""
    chat = conversation(world, number, wa_id, now=now)
    chat.inbound_at, chat.profile_name = now, profile_name
    wamid = new_wamid(world)
    kind = str(message.get("type") or "text")
    row = {"from": wa_id, "id": wamid, "timestamp": str(int(now)), **message, "type": kind}
    body = message.get("text")
    text = str(body.get("body", "")) if isinstance(body, dict) else ""
    _remember(world, chat, ChatLine(wamid=wamid, incoming=True, type=kind, text=text, at=now))
    contacts = [{"profile": {"name": profile_name}, "wa_id": wa_id}]
    value = {**events.metadata(number), "contacts": contacts, "messages": [row]}
    events.emit_for_waba(world, now=now, waba=waba, field="messages", value=value, number=number, timed=False)
    return wamid


def _remember(world: World, chat: Conversation, line: ChatLine) -> None:
    """Keep a short chat for people; under load only the first chats keep lines, so that memory stays flat."""
    if chat.lines or line.incoming or len(world.conversations) <= CHATS_WITH_LINES:
        chat.lines.append(line)
        del chat.lines[:-CHAT_LINES]
