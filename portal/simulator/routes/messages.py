from __future__ import annotations

from typing import Any

from portal.simulator import access, messaging, numbers
from portal.simulator.errors import GraphError
from portal.simulator.graph import Body, Ctx, route
from portal.simulator.nodes import PhoneNumber, Waba
from portal.simulator.world import ChatLine, Conversation

TYPES = frozenset(
    [
        "text",
        "image",
        "video",
        "audio",
        "document",
        "sticker",
        "location",
        "contacts",
        "reaction",
        "interactive",
        "template",
    ]
)
TEXT_LIMIT = 4096
CALLBACK_DATA_LIMIT = 512


@route("POST", PhoneNumber, "messages", scope=access.MESSAGING)
def post_messages(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages"""
    if ctx.text("messaging_product") != "whatsapp":
        raise GraphError(131008, details="messaging_product is required.")
    if "status" in ctx.call.params:
        return _mark_read(ctx, number)
    kind = ctx.text("type", "text")
    content = _content(ctx, kind)
    wa_id, given = _recipient(ctx, number)
    callback_data = ctx.text("biz_opaque_callback_data")
    if len(callback_data) > CALLBACK_DATA_LIMIT:
        raise GraphError(131009, details="biz_opaque_callback_data may have 512 characters.")
    world, waba = ctx.world, ctx.world.get(Waba, number.waba_id)
    messaging.check_sendable(world, number, waba, kind=kind, now=ctx.now)
    messaging.check_throughput(world, number, now=ctx.now)
    wamid = messaging.send(
        world,
        number,
        waba,
        wa_id=wa_id,
        kind=kind,
        text=_preview(kind, content),
        category="service" if kind != "template" else "utility",
        callback_data=callback_data,
        now=ctx.now,
    )
    return _answer(ctx, kind, given=given, wa_id=wa_id, wamid=wamid)


def _answer(ctx: Ctx, kind: str, *, given: str, wa_id: str, wamid: str) -> Body:
    if ctx.world.settings.seed_messages_answer:
        return {"id": wamid}
    message = {"id": wamid, "message_status": "accepted"} if kind == "template" else {"id": wamid}
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": given, "wa_id": wa_id}],
        "messages": [message],
    }


def _content(ctx: Ctx, kind: str) -> Any:
    if kind not in TYPES:
        raise GraphError(131009, details="The value of type is not supported.")
    content = ctx.call.params.get(kind)
    if not content or not isinstance(content, dict | list):
        raise GraphError(131008, details=f"{kind} is required.")
    if kind == "text":
        body = content.get("body") if isinstance(content, dict) else None
        if not isinstance(body, str) or not body:
            raise GraphError(131008, details="text.body is required.")
        if len(body) > TEXT_LIMIT:
            raise GraphError(100, details=f"Param text['body'] must be at most {TEXT_LIMIT} characters long.")
    return content


def _recipient(ctx: Ctx, number: PhoneNumber) -> tuple[str, str]:
    """(wa_id, as given); without a plus the country code of the business number is tried too."""
    given = ctx.text("to")
    if not given:
        raise GraphError(131008, details="to is required.")
    wa_id = numbers.recipient(given, number.digits)
    if wa_id is None:
        raise GraphError(131009, details="to is not a phone number.")
    if wa_id == number.digits:
        raise GraphError(131021, message="(#131021) Recipient phone number cannot be sender phone number")
    return wa_id, given


def _preview(kind: str, content: Any) -> str:
    if kind == "text":
        return str(content["body"])
    return str(content.get("name") or content.get("caption") or "") if isinstance(content, dict) else ""


def _mark_read(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/mark-message-as-read"""
    if ctx.text("status") != "read":
        raise GraphError(131009, details="status must be read.")
    wamid = ctx.text("message_id")
    for key, chat in ctx.world.conversations.items():
        if key.startswith(f"{number.id}:") and _read(chat, wamid):
            return {"success": True}
    raise GraphError(131009, details="message_id is not a message that was received.")


def _read(chat: Conversation, wamid: str) -> bool:
    """The message and all before it get their blue ticks."""
    wanted: list[ChatLine] = []
    for line in chat.lines:
        if line.incoming:
            wanted.append(line)
        if line.wamid == wamid and line.incoming:
            for read in wanted:
                read.status = "read"
            return True
    return False
