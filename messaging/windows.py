"""The customer service window: what a consumer's message opens, and how long.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

from datetime import datetime, timedelta

# Meta's notes about a consumer, which are nothing a consumer wrote.
NOTES = frozenset({"system"})


def opened_at(*, sent_at: datetime, received_at: datetime) -> datetime:
    """The start of a window: Meta's time of the message, and never a time to come."""
    return min(sent_at, received_at)


def closes_at(*, opened: datetime, length: timedelta) -> datetime:
    """The first moment in which the window is over."""
    return opened + length


def is_open(*, closes: datetime, now: datetime) -> bool:
    """Whether a free-form message may be sent; the end is exclusive."""
    return now < closes


def opens(*, message_type: str, in_group: bool) -> bool:
    """Whether an inbound message opens the window of the person who sent it."""
    return message_type not in NOTES and not in_group
