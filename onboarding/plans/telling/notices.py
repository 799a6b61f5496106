"""E-mails to customers about their move: made when a date is set, taken back when it moves, sent once.

What a customer was told is what left, or may have left: a notice keeps its words before the mail server gets
them. A new date is told as soon as the old one was; what has not left yet is withdrawn without a word.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives
from django.db.models import Q, QuerySet

from onboarding import links
from onboarding.models import (
    DATELESS,
    DecisionKey,
    MigrationPlan,
    OnboardingLink,
    PlanDecision,
    PlanLine,
    PlanNotice,
    PlanNoticeKind,
)
from onboarding.plans.telling.needed import needs_of_customer
from onboarding.plans.telling.rendering import TextMissing, masked_link, render_notice
from onboarding.plans.telling.returned import returned_lines
from onboarding.states import LineState, PlanState
from onboarding.steps.base import BY
from portal.kernel import audit, clock, work
from portal.kernel.scope import scope
from portal.kernel.work import Lease

DAY = timedelta(days=1)
REMIND_BEFORE = DAY
# Who moves a date often moves it again at once: the customer is told where it ends.
SECOND_THOUGHTS = timedelta(minutes=10)
ANNOUNCED = (PlanNoticeKind.ANNOUNCEMENT, PlanNoticeKind.REMINDER)


@dataclass(frozen=True)
class Wanted:
    """A notice that the plan calls for as it is now."""

    kind: PlanNoticeKind
    start: datetime | None
    due_at: datetime
    corrects: PlanNotice | None = None

    def is_of(self, notice: PlanNotice) -> bool:
        """Whether this notice tells just that."""
        return (notice.kind, notice.told_start_at) == (self.kind, self.start)


@dataclass(frozen=True)
class Known:
    """A plan, how early its customer is to be told, and what the customer was told last."""

    plan: MigrationPlan
    days_before: int | None  # None: nobody decided to inform the customer, or somebody decided not to
    told: PlanNotice | None
    has_moved: bool


def ensure_notices(*, plan: MigrationPlan, now: datetime, by: str) -> None:
    """Bring the notices of a plan in line with its state, date and decision; once more changes nothing."""
    ensure_all(plans=[plan.pk], now=now, by=by)


def ensure_all(*, plans: Collection[uuid.UUID], now: datetime, by: str) -> None:
    """The same for many plans, in as many statements as for one."""
    rows = MigrationPlan.objects.select_for_update(of=("self",)).select_related("customer")
    held = {plan.pk: plan for plan in rows.filter(pk__in=plans).order_by("pk")}
    # Locked before it is read: what a worker is about to send counts as told.
    waiting = _by_plan(_notices(held).select_for_update().filter(sent_at=None, cancelled_at=None))
    settled = _by_plan(_settled(held))
    days = dict(_informing(held).values_list("plan_id", "days_before"))
    moved = set(_moved(held))
    withdrawn: list[PlanNotice] = []
    made: list[PlanNotice] = []
    for key, plan in held.items():
        told = next(iter(settled[key]), None)
        known = Known(plan, days.get(key), told, has_moved=key in moved)
        wanted, gone = _compare(known, waiting[key], now=now)
        withdrawn += gone
        kept = [notice for notice in waiting[key] if notice not in gone]
        for one in wanted:
            same = next((notice for notice in kept if one.is_of(notice)), None)
            if same is None and _is_worth_making(one, wanted, told, now=now):
                made.append(_notice(plan, one, now=now, by=by))
            elif same is not None and one.kind in ANNOUNCED and same.due_at not in (None, one.due_at):
                work.schedule(same, due_at=one.due_at, now=now)
    ids = [notice.pk for notice in withdrawn]
    PlanNotice.objects.filter(pk__in=ids).update(cancelled_at=now, due_at=None)
    for notice in PlanNotice.objects.bulk_create(made):
        if notice.due_at is not None and notice.due_at <= now:
            work.ring(notice)


def _compare(
    known: Known, waiting: Iterable[PlanNotice], *, now: datetime
) -> tuple[list[Wanted], list[PlanNotice]]:
    """What the plan wants, and which of its waiting notices it does not want any more."""
    wanted = _wanted(known, now=now)
    gone = [notice for notice in waiting if not any(one.is_of(notice) for one in wanted)]
    begun = [notice for notice in gone if notice.body]
    if begun:  # it may have left, and nobody sends it again: what it said has to be corrected
        perhaps_told = max(begun, key=lambda notice: notice.created_at)
        wanted = _wanted(replace(known, told=perhaps_told), now=now)
        gone = [notice for notice in waiting if not any(one.is_of(notice) for one in wanted)]
    return wanted, gone


def _wanted(known: Known, *, now: datetime) -> list[Wanted]:
    """The notices that a plan calls for; who was told a date hears that it moved, come what may."""
    plan, days_before, told = known.plan, known.days_before, known.told
    soon = now + work.scaled(SECOND_THOUGHTS)
    start, told_start = plan.planned_start_at, told.told_start_at if told else None
    if plan.state == PlanState.COMPLETED:
        is_told = told is not None and told.kind == PlanNoticeKind.COMPLETION
        is_news = days_before is not None and known.has_moved and not is_told
        return [Wanted(PlanNoticeKind.COMPLETION, start, now)] if is_news else []
    if plan.state == PlanState.SCHEDULED and start is not None and start > now:
        if plan.paused_at is not None:
            return []
        correction = Wanted(PlanNoticeKind.CORRECTION, start, min(soon, start), told)
        if days_before is None:
            return [correction] if told_start not in (None, start) else []
        wanted = []
        if told is None:
            wanted.append(Wanted(PlanNoticeKind.ANNOUNCEMENT, start, start - timedelta(days=days_before)))
        elif told_start != start:
            wanted.append(correction)
        if told is None or told.kind != PlanNoticeKind.REMINDER or told_start != start:
            wanted.append(Wanted(PlanNoticeKind.REMINDER, start, start - REMIND_BEFORE))
        return wanted
    if plan.state in (PlanState.DRAFT, PlanState.ASSESSED, PlanState.ABANDONED) and told_start is not None:
        return [Wanted(PlanNoticeKind.CANCELLATION, None, soon, told)]
    return []


def _is_worth_making(
    one: Wanted, wanted: Collection[Wanted], told: PlanNotice | None, *, now: datetime
) -> bool:
    """Nobody is reminded on the day on which they are told."""
    if one.kind != PlanNoticeKind.REMINDER:
        return True
    tells = [max(other.due_at, now) for other in wanted if other is not one]
    if told is not None:
        tells.append(told.sent_at or told.created_at)
    return one.due_at > now and one.due_at - max(tells) >= DAY


def _notice(plan: MigrationPlan, one: Wanted, *, now: datetime, by: str) -> PlanNotice:
    return PlanNotice(
        partner_id=plan.partner_id,
        plan=plan,
        kind=one.kind,
        language=plan.customer.language,
        told_start_at=one.start,
        corrects=one.corrects,
        due_at=one.due_at,
        created_at=now,
        created_by=by,
    )


def _informing(plans: Collection[uuid.UUID]) -> QuerySet[PlanDecision]:
    return PlanDecision.objects.filter(plan__in=plans, key=DecisionKey.INFORM, choice=True)


def _notices(plans: Collection[uuid.UUID]) -> QuerySet[PlanNotice]:
    return PlanNotice.objects.filter(plan__in=plans).exclude(kind__in=DATELESS).order_by("pk")


def _settled(plans: Collection[uuid.UUID]) -> QuerySet[PlanNotice]:
    """What each customer was told last, for sure or perhaps."""
    left = _notices(plans).exclude(body="").filter(Q(sent_at__isnull=False) | Q(cancelled_at__isnull=False))
    return left.order_by("plan_id", "-created_at", "-id").distinct("plan_id")


def _moved(plans: Collection[uuid.UUID]) -> QuerySet[PlanLine, uuid.UUID]:
    """The plans of which at least one number has arrived and stays."""
    lines = PlanLine.objects.filter(plan__in=plans, state=LineState.MOVED)
    return lines.order_by().values_list("plan_id", flat=True).distinct()


def _by_plan(rows: Iterable[PlanNotice]) -> defaultdict[uuid.UUID, list[PlanNotice]]:
    grouped: defaultdict[uuid.UUID, list[PlanNotice]] = defaultdict(list)
    for row in rows:
        grouped[row.plan_id].append(row)
    return grouped


def send_plan_link(*, plan: MigrationPlan, now: datetime, by: str) -> None:
    """Mail the customer a link to the page of its plan; the ones before stop working."""
    MigrationPlan.objects.select_for_update().values_list("pk", flat=True).get(pk=plan.pk)
    OnboardingLink.objects.filter(plan=plan, revoked_at=None).update(revoked_at=now)
    audit.record(row=plan, action="plan.link_sent", now=now, by=by)
    unsent = PlanNotice.objects.filter(plan=plan, kind=PlanNoticeKind.LINK, sent_at=None, cancelled_at=None)
    unsent.update(cancelled_at=now, due_at=None)
    notice = PlanNotice.objects.create(
        partner_id=plan.partner_id, plan=plan, kind=PlanNoticeKind.LINK, created_at=now, created_by=by
    )
    work.schedule(notice, due_at=now, now=now)


def send_plan_notice(lease: Lease) -> None:
    """Write a notice as it is to be read, keep its words, send it, note that it left."""
    with scope(lease.partner_id):
        # The plan first, then its notices, as everybody who locks both; the link refers to the plan.
        plan = MigrationPlan.objects.select_for_update(of=("self",)).filter(notices=lease.id)
        plan.values_list("pk", flat=True).get()
        work.still_mine(lease)
        now = clock.now()
        notice = PlanNotice.objects.select_related("plan").get(pk=lease.id)
        mail = _begin(notice, now=now)
        if mail is None:
            work.finish(lease, now=now)
            return
    lease.check()
    mail.send()
    with scope(lease.partner_id):
        work.still_mine(lease)
        now = clock.now()
        # Withdrawn while it left, it has left all the same.
        PlanNotice.objects.filter(pk=lease.id).update(sent_at=now, cancelled_at=None)
        work.finish(lease, now=now)


def _begin(notice: PlanNotice, *, now: datetime) -> EmailMultiAlternatives | None:
    """Keep what is about to be sent; None when nothing is, or not yet for want of an approved text."""
    if notice.sent_at is not None or notice.cancelled_at is not None:
        return None
    if not _is_still_right(notice, now=now):
        PlanNotice.objects.filter(pk=notice.pk).update(cancelled_at=now)
        return None
    try:
        preview = render_notice(notice.plan, notice.kind)
    except TextMissing:
        return None
    if not preview.is_approved:
        return None  # approving the text wakes it
    letter = preview.letter
    PlanNotice.objects.filter(pk=notice.pk).update(
        language=letter.language, recipient=letter.to, subject=letter.subject[:200], body=letter.text
    )
    link = links.create_plan_link(plan=notice.plan, now=now, by=BY)
    parts = tuple(part.replace(masked_link(), link) for part in letter.paragraphs)
    return replace(letter, paragraphs=parts, link=link).mail(message_id=str(notice.pk))


def _is_still_right(notice: PlanNotice, *, now: datetime) -> bool:
    """Whether the plan still calls for a notice whose moment has come."""
    if notice.kind == PlanNoticeKind.LINK:
        return True
    if notice.kind == PlanNoticeKind.NEEDED:
        return bool(needs_of_customer(notice.plan))
    if notice.kind == PlanNoticeKind.RETURNED:
        return bool(returned_lines(notice.plan))
    days_before = _informing([notice.plan_id]).values_list("days_before", flat=True).first()
    told, has_moved = _settled([notice.plan_id]).first(), _moved([notice.plan_id]).exists()
    known = Known(notice.plan, days_before, told, has_moved=has_moved)
    return any(one.is_of(notice) for one in _wanted(known, now=now))
