"""The registration window: one pure function, and the row that keeps the time.

https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/manage-phone-numbers
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from onboarding.models import NoticeKind, Onboarding, RegistrationWindow
from portal.kernel import limits, work

AFTER_SIGNUP = "registration_window_after_embedded_signup"
PREVERIFIED = "registration_window_preverified_number"
# Two times of the same signup, ours and Meta's, are seconds apart.
SAME_SIGNUP = timedelta(minutes=10)

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
    ahead = [at for at in [*(ends_at - left for left in REMINDERS.values()), ends_at] if at > now]
    return min(ahead, default=now)


def open_window(
    *, onboarding: Onboarding, opened_at: datetime, now: datetime, preverified: bool = False
) -> None:
    """Run the window from the end of an embedded signup. Inside the scope.

    A better known time of the same signup moves the window that is open; another signup supersedes it.
    """
    name = PREVERIFIED if preverified else AFTER_SIGNUP
    ends_at = opened_at + limits.duration(name)
    rows = RegistrationWindow.objects.select_for_update().filter(onboarding=onboarding, closed_at=None)
    row = rows.first()
    if row is not None and abs(row.opened_at - opened_at) >= SAME_SIGNUP:
        rows.update(closed_at=now, due_at=None)
        row = None
    if row is None:
        row = RegistrationWindow(partner_id=onboarding.partner_id, onboarding=onboarding)
    row.opened_at, row.ends_at, row.seen_over_at = opened_at, ends_at, None
    row.save()
    work.schedule(row, due_at=next_look_at(ends_at, now), now=now)
    onboarding.signed_up_at, onboarding.window_ends_at = opened_at, ends_at
    onboarding.save(update_fields=["signed_up_at", "window_ends_at"])
