"""A customer who was told of its move is told as well when a number goes back to where it was.

Otherwise the last word would be that the move is complete. These words are ours, like those of the link:
nobody has to have written and approved a text for what nobody planned.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from onboarding.models import DATELESS, MigrationPlan, PlanLine, PlanNotice, PlanNoticeKind
from onboarding.states import LineState
from portal.kernel import work

# Several numbers may go back within minutes: one e-mail.
PATIENCE = timedelta(minutes=10)


def returned_lines(plan: MigrationPlan) -> list[PlanLine]:
    """The numbers of a plan that are back where they were."""
    lines = PlanLine.objects.filter(plan=plan, state=LineState.ROLLED_BACK)
    return list(lines.order_by("position"))


def tell_returned(plan: MigrationPlan, *, now: datetime, by: str) -> None:
    """Have the customer told that a number is back, if it was told of the move. The plan is locked."""
    notices = PlanNotice.objects.filter(plan=plan)
    if not notices.exclude(body="").exclude(kind__in=DATELESS).exists():
        return
    waiting = notices.filter(kind=PlanNoticeKind.RETURNED, sent_at=None, cancelled_at=None)
    waiting.exclude(body="").update(cancelled_at=now, due_at=None)  # it does not name this one
    if waiting.exists():
        return
    notice = PlanNotice.objects.create(
        partner_id=plan.partner_id,
        plan=plan,
        kind=PlanNoticeKind.RETURNED,
        language=plan.customer.language,
        created_at=now,
        created_by=by,
    )
    work.schedule(notice, due_at=now + work.scaled(PATIENCE), now=now)
