"""Sending messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from .answers import parse
from .client import Graph
from .errors import OutcomeUnknown
from .types import SentMessage

# The business-scoped id of a person who hides the number: a country, a dot, letters and digits.
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,132}")


class _Contact(msgspec.Struct):
    wa_id: str | None = None
    user_id: str | None = None


class _Message(msgspec.Struct):
    id: str
    message_status: str | None = None


class _Sent(msgspec.Struct):
    """Today's shape has messages and contacts, that of Meta's get-started page only the id."""

    id: str = ""
    messages: list[_Message] = []
    contacts: list[_Contact] = []


def send(
    graph: Graph,
    *,
    phone_number_id: str,
    to: str,
    payload: Mapping[str, Any],
    biz_opaque_callback_data: str | None = None,
) -> SentMessage:
    """POST /{phone_number_id}/messages: hand a message to Meta, which sends it twice when asked twice.

    `to` is a number, or the user id of a person who hides it. `payload` holds the type and its object.
    `biz_opaque_callback_data` comes back in the status webhooks.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
    """
    content = {name: value for name, value in payload.items() if name not in ("to", "recipient")}
    address = "recipient" if _USER_ID.fullmatch(to) else "to"
    body = {"recipient_type": "individual", **content, "messaging_product": "whatsapp", address: to}
    if biz_opaque_callback_data:
        body["biz_opaque_callback_data"] = biz_opaque_callback_data
    ids = {"phone_number_id": phone_number_id}
    answer = graph.request("POST", "/{phone_number_id}/messages", ids=ids, body=body)
    sent = parse(answer, _Sent)
    message = sent.messages[0] if sent.messages else _Message(id=sent.id)
    contact = sent.contacts[0] if sent.contacts else _Contact()
    if not message.id:
        raise OutcomeUnknown("no message id", http_status=answer.status, fbtrace_id=answer.fbtrace_id)
    return SentMessage(
        wamid=message.id,
        wa_id=contact.wa_id,
        user_id=contact.user_id,
        message_status=message.message_status,
    )
