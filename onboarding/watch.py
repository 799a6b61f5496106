"""The registration window's own clock: it warns, and it expires what is over, for sure and once."""

from __future__ import annotations

from datetime import datetime, timedelta

from onboarding import links, notices, progress, window
from onboarding.models import Notice, NoticeKind, Onboarding, RegistrationWindow
from onboarding.states import OnboardingState
from onboarding.steps.base import BY
from portal.kernel import audit, clock, work
from portal.kernel.models import CallOutcome, GraphCall
from portal.kernel.scope import scope
from portal.kernel.states import transition
from portal.kernel.work import Lease

SECOND_LOOK = timedelta(seconds=60)
REGISTER_MAY_STILL_ACT = timedelta(minutes=2)


def watch_window(lease: Lease) -> None:
    """Remind at 7, 3 and 1 days; after the end look twice, then expire what is not registered."""
    with scope(lease.partner_id):
        # The journey first, then its window: everybody who closes a window locks them in this order.
        journey = Onboarding.objects.select_for_update().filter(windows=lease.id)
        journey.values_list("pk", flat=True).get()
        work.still_mine(lease)
        now = clock.now()
        related = RegistrationWindow.objects.select_related(
            "onboarding__customer", "onboarding__phone_number"
        )
        row = related.get(pk=lease.id)
        work.finish(lease, now=now, due_at=_next_look(row, now=now))


def _next_look(row: RegistrationWindow, *, now: datetime) -> datetime | None:
    """Do what is due for a window and return when it is due again."""
    onboarding = row.onboarding
    if row.closed_at is not None or onboarding.state != OnboardingState.SIGNED_UP:
        progress.close_windows(onboarding, now=now)
        return None
    if window.is_open(row.ends_at, now):
        _remind(row, now=now)
        return window.next_look_at(row.ends_at, now)
    if row.seen_over_at is None:
        row.seen_over_at = now
        row.save(update_fields=["seen_over_at"])
    sure_at = max(row.seen_over_at + work.scaled(SECOND_LOOK), _register_done_at(onboarding, now=now))
    if now < sure_at:
        return sure_at
    _expire(row, now=now)
    return None


def _remind(row: RegistrationWindow, *, now: datetime) -> None:
    """Of the moments that have come, only the most urgent is told; the others are noted as skipped."""
    known = set(Notice.objects.filter(window=row).values_list("kind", flat=True))
    due = [kind for kind in window.passed(row.ends_at, now) if kind not in known]
    for kind in due:
        skipped = kind != due[-1]
        link = "" if skipped else links.create_link(onboarding=row.onboarding, now=now, by=BY)
        notices.create_notice(
            onboarding=row.onboarding, kind=kind, link=link, now=now, window=row, skipped=skipped
        )


def _register_done_at(onboarding: Onboarding, *, now: datetime) -> datetime:
    """When no registration that was started can succeed any more without our knowing."""
    calls = GraphCall.objects.filter(work_id=onboarding.pk, operation="register")
    last = calls.exclude(outcome=CallOutcome.NOT_DONE).order_by("-started_at").first()
    if last is None:
        return now
    if last.outcome in (CallOutcome.OPEN, CallOutcome.UNKNOWN):
        # The engine looks at this one; until it knows, the window waits.
        return max(now, last.started_at) + work.scaled(REGISTER_MAY_STILL_ACT)
    return last.started_at + work.scaled(REGISTER_MAY_STILL_ACT)


def _expire(row: RegistrationWindow, *, now: datetime) -> None:
    onboarding = row.onboarding
    transition(
        row=onboarding, to=OnboardingState.EXPIRED, now=now, by=BY, reason="14 days without registration"
    )
    known = set(Notice.objects.filter(window=row).values_list("kind", flat=True))
    for kind in (NoticeKind.REMINDER_7, NoticeKind.REMINDER_3, NoticeKind.REMINDER_1):
        if kind not in known:
            notices.create_notice(
                onboarding=onboarding, kind=kind, link="", now=now, window=row, skipped=True
            )
    link = links.create_link(onboarding=onboarding, now=now, by=BY)
    notices.create_notice(onboarding=onboarding, kind=NoticeKind.EXPIRED, link=link, now=now, window=row)
    progress.close_windows(onboarding, now=now)
    step = progress.first_open_step(onboarding)
    if step is not None:  # whoever was waited for: now nothing helps but another signup
        progress.wait(step, reason="window_over", now=now, by=BY)
    audit.record(row=onboarding, action="onboarding.expired", now=now, by=BY)
    progress.wake(onboarding, now=now)
