"""Writing messages. A message is queued here; `sending.py` hands it to Meta."""

from __future__ import annotations

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging import queries
from messaging.models import Direction, Message, MessageStatus
from portal.kernel import audit, limits, work
from tenants.models import Customer, PhoneNumber


class MessageRefused(RuntimeError):
    """Why a message is not even queued; `code` is for machines and `message` for people."""

    code: str
    message: str | Promise


class WindowClosed(MessageRefused):
    """The consumer did not write within the last 24 hours."""

    code = "customer_service_window_closed"
    message = _(
        "You can only answer within 24 hours of the person's last message. Ask them to write again, "
        "or send an approved template."
    )


class EmptyBody(MessageRefused):
    """A text without text."""

    code = "message_body_empty"
    message = _("Write a text first.")


class BodyTooLong(MessageRefused):
    """A text that Meta would refuse."""

    code = "message_body_too_long"
    message = _("The text is too long for a WhatsApp message.")


class NotUnconfirmed(MessageRefused):
    """Only a message of which nobody knows whether it was sent can be given up."""

    code = "message_not_unconfirmed"
    message = _("It is known what became of this message.")


def send_text(
    *,
    phone_number: PhoneNumber,
    wa_id: str,
    body: str,
    now: datetime,
    by: str,
    customer: Customer | None = None,
) -> Message:
    """Queue a text to a consumer who wrote within the last 24 hours; raise `MessageRefused` otherwise."""
    if not body.strip():
        raise EmptyBody
    if len(body) > limits.number("text_body_max"):
        raise BodyTooLong
    if not queries.window_open(phone_number=phone_number, wa_id=wa_id, now=now):
        raise WindowClosed
    message = Message.objects.create(
        partner_id=phone_number.partner_id,
        customer=customer or phone_number.customer,
        phone_number=phone_number,
        direction=Direction.OUTBOUND,
        wa_id=wa_id,
        message_type="text",
        payload={"type": "text", "text": {"body": body}},
        status=MessageStatus.QUEUED,
        created_at=now,
        created_by=by,
    )
    work.schedule(message, due_at=now, now=now)
    audit.record(row=message, action="message.queued", now=now, by=by)
    return message


def give_up(*, message: Message, now: datetime, by: str) -> None:
    """Close a message that Meta never confirmed: staff decide that it counts as failed."""
    open_ones = Message.objects.filter(pk=message.pk, status=MessageStatus.UNCONFIRMED)
    if not open_ones.update(status=MessageStatus.FAILED, failed_at=now, due_at=None):
        raise NotUnconfirmed
    message.refresh_from_db()
    audit.record(row=message, action="message.given_up", now=now, by=by)
