"""What can be asked about messages. Inside the tenant's scope."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from messaging import windows
from messaging.models import CustomerServiceWindow, Direction, Message
from tenants.models import PhoneNumber


def window_closes_at(*, phone_number: PhoneNumber, wa_id: str) -> datetime | None:
    """When the customer service window of a consumer closes or closed; None if they never wrote."""
    found = CustomerServiceWindow.objects.filter(phone_number=phone_number, wa_id=wa_id)
    return found.values_list("closes_at", flat=True).first()


def window_open(*, phone_number: PhoneNumber, wa_id: str, now: datetime) -> bool:
    """Whether a free-form message may be sent to this consumer now."""
    closes = window_closes_at(phone_number=phone_number, wa_id=wa_id)
    return closes is not None and windows.is_open(closes=closes, now=now)


def newest_inbound(*, phone_number: PhoneNumber, since: datetime | None = None) -> Message | None:
    """The last message that a consumer sent to the number, of those that reached us at `since` or later."""
    found = Message.objects.filter(phone_number=phone_number, direction=Direction.INBOUND)
    if since is not None:
        found = found.filter(created_at__gte=since)
    return found.order_by("-created_at", "-pk").first()


def messages() -> QuerySet[Message]:
    """All messages."""
    return Message.objects.all()


def conversation(*, phone_number: PhoneNumber, wa_id: str) -> QuerySet[Message]:
    """The messages between a number and one consumer, oldest first."""
    return Message.objects.filter(phone_number=phone_number, wa_id=wa_id).order_by("created_at", "pk")
