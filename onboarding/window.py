"""The registration window: one pure function, and the row that keeps the time.

https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/manage-phone-numbers
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from onboarding.models import NoticeKind

REMINDERS: Mapping[NoticeKind, timedelta] = {
    NoticeKind.REMINDER_7: timedelta(days=7),
    NoticeKind.REMINDER_3: timedelta(days=3),
    NoticeKind.REMINDER_1: timedelta(days=1),
}


def is_open(ends_at: datetime | None, now: datetime) -> bool:
    """Whether a number may still be registered: the end is exclusive, and no end means no window."""
    return ends_at is None or now < ends_at


def passed(ends_at: datetime, now: datetime) -> list[NoticeKind]:
    """The reminders whose moment has come, the most urgent last; none once the window is over."""
    if not is_open(ends_at, now):
        return []
    return [kind for kind, left in REMINDERS.items() if ends_at - left <= now]


def next_look_at(ends_at: datetime, now: datetime) -> datetime:
    """The next moment at which something is to be done about a window that is open."""
    return min(at for at in [*(ends_at - left for left in REMINDERS.values()), ends_at] if at > now)
