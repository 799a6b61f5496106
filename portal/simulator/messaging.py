"""Sending and receiving, without I/O: windows, rates, statuses.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

from . import events, numbers
from .clock import month
from .errors import GraphError
from .nodes import Business, PhoneNumber, Waba
from .world import ChatLine, Conversation, World

DAY = 86_400
LIMITS = {"TIER_250": 250, "TIER_2K": 2000, "TIER_10K": 10_000, "TIER_100K": 100_000}
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


class Outgoing(NamedTuple):
    """A message that passed the checks of its form."""

    to: str
    kind: str
    text: str
    category: str
    callback_data: str


def check_connected(number: PhoneNumber, *, now: float) -> None:
    """Only a registered number in good standing sends."""
    if number.registered_at is None:
        raise GraphError(133010)
    if number.status in ("BANNED", "RESTRICTED", "DELETED"):
        raise GraphError(131031, details="The account was locked or the data sent could not be verified.")
    if now < number.maintenance_until:
        raise GraphError(131057, details="The number is being moved to a higher throughput.")


def check_payment(world: World, number: PhoneNumber, waba: Waba, *, kind: str, now: float) -> None:
    """Templates cost, and service messages after the free ones of the month; someone has to pay."""
    this_month = month(now)
    used = number.service_messages.get(this_month, 0)
    chargeable = kind == "template" or used >= world.settings.free_service_messages
    if (chargeable and not waba.primary_funding_id) or waba.left_partner or now < waba.funded_from:
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


def check_messaging_limit(world: World, waba: Waba, to: str, *, now: float) -> GraphError | None:
    """New people written to first in 24 hours, counted for the whole portfolio."""
    business = world.get(Business, waba.owner_business_id)
    limit = LIMITS.get(business.messaging_limit)
    if limit is None or now - business.new_recipients.get(to, 0) < DAY:
        return None
    if len(business.new_recipients) >= limit:
        business.new_recipients = {one: at for one, at in business.new_recipients.items() if now - at < DAY}
    if len(business.new_recipients) >= limit:
        return GraphError(131048, details="The messaging limit of the business portfolio has been reached.")
    business.new_recipients[to] = now
    return None


def send(world: World, number: PhoneNumber, waba: Waba, message: Outgoing, *, now: float) -> str:
    """Accept one message and queue its statuses; outside the window free-form ones fail afterwards."""
    chat = conversation(world, number, message.to, now=now)
    is_template, open_window = message.kind == "template", in_window(world, chat, now=now)
    late = not is_template and not open_window
    if late and world.settings.window_error_at_once:
        raise GraphError(131047)
    check_pair(world, chat, now=now)
    problem = GraphError(131047) if late else None
    if is_template and not open_window:
        problem = check_messaging_limit(world, waba, message.to, now=now)
    wamid = new_wamid(world)
    line = ChatLine(
        wamid=wamid, incoming=False, type=message.kind, text=message.text, at=now, status="accepted"
    )
    _remember(world, chat, line)
    _queue_statuses(world, number, waba, message, wamid, problem, free=open_window, now=now)
    return wamid


def _queue_statuses(
    world: World,
    number: PhoneNumber,
    waba: Waba,
    message: Outgoing,
    wamid: str,
    problem: GraphError | None,
    *,
    free: bool,
    now: float,
) -> None:
    extra = {"biz_opaque_callback_data": message.callback_data} if message.callback_data else {}
    sent, delivered = world.settings.sent_after_seconds, world.settings.delivered_after_seconds
    if problem is not None:
        failed = {**extra, "errors": [problem.as_status()]}
        return status(world, number, waba, wamid, message.to, "failed", failed, now=now, after=delivered)
    priced = {**extra, "pricing": _pricing(message, free=free)}
    status(world, number, waba, wamid, message.to, "sent", priced, now=now, after=sent)
    return status(world, number, waba, wamid, message.to, "delivered", priced, now=now, after=delivered)


def _pricing(message: Outgoing, *, free: bool) -> dict[str, Any]:
    paid = message.kind == "template" and not (free and message.category == "utility")
    return {
        "billable": paid,
        "pricing_model": "PMP",
        "type": "regular" if paid else "free_customer_service",
        "category": message.category,
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
    chat = conversation(world, number, wa_id, now=now)
    row = {"id": wamid, "status": name, "timestamp": str(int(now + after))}
    contact = consumers_contact(world, waba, chat, wa_id)
    if contact.get("wa_id"):
        row["recipient_id"] = wa_id
    if contact.get("user_id"):
        row["recipient_user_id"] = contact["user_id"]
    contacts = {} if name == "failed" or not world.settings.user_ids else {"contacts": [contact]}
    value = {**events.metadata(number), **contacts, "statuses": [row | extra]}
    events.emit_for_waba(
        world, now=now, waba=waba, field="messages", value=value, number=number, after=after, timed=False
    )
    for line in chat.lines:
        if line.wamid == wamid:
            line.status = name


def consumers_contact(world: World, waba: Waba, chat: Conversation, wa_id: str) -> dict[str, Any]:
    """The consumer as the business sees them: with the number unless it is hidden, and a user id."""
    profile = {"name": chat.profile_name} if chat.profile_name else {}
    contact: dict[str, Any] = {"profile": profile | ({"username": chat.username} if chat.username else {})}
    if "." in wa_id:
        return contact | {"user_id": wa_id}
    if not chat.hides_number:
        contact["wa_id"] = wa_id
    if world.settings.user_ids or chat.hides_number:
        contact["user_id"] = numbers.user_id(wa_id, waba.owner_business_id)
    return contact


class Incoming(NamedTuple):
    """What a consumer sends, and how they show themselves."""

    wa_id: str
    name: str
    message: dict[str, Any]
    username: str = ""
    hides_number: bool = False


def receive(world: World, number: PhoneNumber, waba: Waba, incoming: Incoming, *, now: float) -> str:
    """A consumer writes: the customer service window opens and the business is told."""
    chat = conversation(world, number, incoming.wa_id, now=now)
    chat.inbound_at, chat.profile_name = now, incoming.name
    chat.username, chat.hides_number = incoming.username, incoming.hides_number
    wamid, kind = new_wamid(world), str(incoming.message.get("type") or "text")
    contact = consumers_contact(world, waba, chat, incoming.wa_id)
    if user_id := contact.get("user_id"):
        world.user_ids[user_id] = incoming.wa_id
    sender = {"from": contact.get("wa_id"), "from_user_id": contact.get("user_id")}
    row = {key: value for key, value in sender.items() if value} | {"id": wamid, "timestamp": str(int(now))}
    body = incoming.message.get("text")
    text = str(body.get("body", "")) if isinstance(body, dict) else ""
    _remember(world, chat, ChatLine(wamid=wamid, incoming=True, type=kind, text=text, at=now))
    rows = [row | incoming.message | {"type": kind}]
    value = {**events.metadata(number), "contacts": [contact], "messages": rows}
    events.emit_for_waba(world, now=now, waba=waba, field="messages", value=value, number=number, timed=False)
    return wamid


def _remember(world: World, chat: Conversation, line: ChatLine) -> None:
    """Keep a short chat for people; under load only the first chats keep lines, so that memory stays flat."""
    if chat.lines or line.incoming or len(world.conversations) <= CHATS_WITH_LINES:
        chat.lines.append(line)
        del chat.lines[:-CHAT_LINES]
