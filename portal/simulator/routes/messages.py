from __future__ import annotations

import re
from typing import Any

from portal.simulator import access, kinds, messaging, numbers, templates
from portal.simulator.errors import GraphError
from portal.simulator.graph import Body, Ctx, route
from portal.simulator.nodes import PhoneNumber, Waba
from portal.simulator.world import ChatLine, Conversation

CALLBACK_DATA_LIMIT = 512
BSUID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")


@route("POST", PhoneNumber, "messages", scope=access.MESSAGING)
def post_messages(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages"""
    if ctx.text("messaging_product") != "whatsapp":
        raise kinds.missing("messaging_product")
    if "status" in ctx.call.params:
        return _mark_read(ctx, number)
    kind = ctx.text("type", "text")
    content = kinds.content_of(kind, ctx.structure(kind))
    to, given = _recipient(ctx, number)
    callback_data = ctx.text("biz_opaque_callback_data")
    if len(callback_data) > CALLBACK_DATA_LIMIT:
        raise kinds.wrong("biz_opaque_callback_data may have 512 characters.")
    waba = ctx.world.get(Waba, number.waba_id)
    messaging.check_connected(number, now=ctx.now)
    category = _category(ctx, waba, kind, content)
    messaging.check_payment(ctx.world, number, waba, kind=kind, now=ctx.now)
    messaging.check_throughput(ctx.world, number, now=ctx.now)
    outgoing = messaging.Outgoing(to, kind, kinds.preview(kind, content), category, callback_data)
    wamid = messaging.send(ctx.world, number, waba, outgoing, now=ctx.now)
    return _answer(ctx, kind, given=given, to=to, wamid=wamid)


def _category(ctx: Ctx, waba: Waba, kind: str, content: Any) -> str:
    if kind != "template":
        return "service"
    template = templates.usable(
        ctx.world,
        waba,
        name=str(content["name"]),
        language=str(content["language"]["code"]),
        parameters=kinds.template_parameters(content),
    )
    return template.category.lower()


def _answer(ctx: Ctx, kind: str, *, given: str, to: str, wamid: str) -> Body:
    if ctx.world.settings.seed_messages_answer:
        return {"id": wamid}
    message = {"id": wamid, "message_status": "accepted"} if kind == "template" else {"id": wamid}
    name, value = ("user_id", given) if BSUID.fullmatch(given) else ("wa_id", to)
    contact = {"input": given, name: value}
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}


def _recipient(ctx: Ctx, number: PhoneNumber) -> tuple[str, str]:
    """(wa_id or BSUID, as given); `to` wins over `recipient`."""
    given = ctx.text("to")
    if not given:
        user_id = ctx.text("recipient")
        if not user_id:
            raise kinds.missing("to")
        if not BSUID.fullmatch(user_id):
            raise kinds.wrong("recipient is not a user id.")
        return ctx.world.user_ids.get(user_id, user_id), user_id
    wa_id = numbers.recipient(given, number.digits)
    if wa_id is None:
        raise kinds.wrong("to is not a phone number.")
    if wa_id == number.digits:
        raise GraphError(131021, message="(#131021) Recipient phone number cannot be sender phone number")
    return wa_id, given


def _mark_read(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/mark-message-as-read"""
    if ctx.text("status") != "read":
        raise kinds.wrong("status must be read.")
    wamid = ctx.text("message_id")
    for key, chat in ctx.world.conversations.items():
        if key.startswith(f"{number.id}:") and _read(chat, wamid):
            return {"success": True}
    raise kinds.wrong("message_id is not a message that was received.")


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
