"""What has become of the notices of a plan, in words: waiting, sent, perhaps sent, withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding.models import DATELESS, DecisionKey, MigrationPlan, NoticeText, PlanDecision, PlanNotice
from portal.kernel import work
from tenants.models import Customer


class NoticeStatus(models.TextChoices):
    """How far a notice is."""

    WAITING = "WAITING", _("will be sent")
    TEXT_MISSING = "TEXT_MISSING", _("waits for an approved text")
    UNCERTAIN = "UNCERTAIN", _("perhaps sent: the connection was cut")
    FAILED = "FAILED", _("not sent: the mail server refused it")
    SENT = "SENT", _("sent")
    WITHDRAWN = "WITHDRAWN", _("withdrawn before it was sent")


@dataclass(frozen=True, kw_only=True)
class NoticeView:
    """One notice with its status; `at` is when it left, is to leave, or was withdrawn."""

    notice: PlanNotice
    status: NoticeStatus
    at: datetime | None


def plan_notices(plan: MigrationPlan) -> list[NoticeView]:
    """The notices of a plan, the newest first."""
    language = Customer.objects.values_list("language", flat=True).get(pk=plan.customer_id)
    names = PlanDecision.objects.filter(plan=plan, key=DecisionKey.INFORM)
    texts = NoticeText.objects.filter(
        name__in=names.values("text_name"), language=language, approved_at__isnull=False
    )
    approved = {*texts.values_list("kind", flat=True), *DATELESS}
    return [_view(notice, approved) for notice in PlanNotice.objects.filter(plan=plan)]


def _view(notice: PlanNotice, approved: set[str]) -> NoticeView:
    status = _status(notice, approved)
    return NoticeView(notice=notice, status=status, at=notice.sent_at or notice.cancelled_at or notice.due_at)


def _status(notice: PlanNotice, approved: set[str]) -> NoticeStatus:
    if notice.sent_at is not None:
        return NoticeStatus.SENT
    if notice.cancelled_at is not None:
        return NoticeStatus.UNCERTAIN if notice.body else NoticeStatus.WITHDRAWN
    if notice.attempts >= work.POISON_AFTER:
        return NoticeStatus.FAILED
    if notice.body:
        return NoticeStatus.UNCERTAIN
    return NoticeStatus.WAITING if notice.kind in approved else NoticeStatus.TEXT_MISSING
