"""What the operations desk shows of journeys. Reads only; inside the partner's scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, OuterRef, Q, QuerySet, Subquery

from onboarding import queries
from onboarding.models import Onboarding, Owner, Step
from onboarding.queries import UNREGISTERED, Journey
from onboarding.states import OPEN_STATES, OnboardingState, StepState
from portal.kernel.models import GraphCall, Transition
from tenants.checklist import Item, checklist
from tenants.models import BusinessToken, Partner, SystemUser, TokenState
from webhooks.models import Change, ChangeState

SHOWN = 8
A_DAY = timedelta(days=1)
# Name of the bucket, and from which to which time left.
BUCKETS: dict[str, tuple[timedelta | None, timedelta | None]] = {
    "overdue": (None, timedelta()),
    "day": (timedelta(), A_DAY),
    "three_days": (A_DAY, 3 * A_DAY),
    "later": (3 * A_DAY, None),
}


@dataclass(frozen=True, kw_only=True)
class Broken:
    """What went wrong since yesterday, counted."""

    failed_steps: int
    expired: int
    refused_calls: int
    unanswered_calls: int
    invalid_tokens: int
    stuck_changes: int

    @property
    def total(self) -> int:
        return sum(vars(self).values())


@dataclass(frozen=True, kw_only=True)
class Home:
    """The three questions of the desk, and what is missing at Meta."""

    now: datetime
    buckets: dict[str, int]
    urgent: list[Journey]
    owners: dict[str, int]
    ours: list[Journey]
    broken: Broken
    open: int
    live_this_week: int
    resources: list[Item]

    @property
    def missing(self) -> int:
        return sum(not item.is_ok for item in self.resources)


def queue() -> QuerySet[Any]:
    """The queue with who must act on each row and why, so that it can be sorted and filtered by both."""
    current = (
        Step.objects.filter(onboarding=OuterRef("pk")).exclude(state=StepState.DONE).order_by("position")
    )
    return queries.desk_queue().annotate(
        current_owner=Subquery(current.values("owner")[:1], output_field=CharField()),
        current_reason=Subquery(current.values("reason")[:1], output_field=CharField()),
    )


def in_bucket(rows: QuerySet[Any], *, bucket: str, now: datetime) -> QuerySet[Any]:
    """The rows whose time left to register falls into the bucket; the end is exclusive, as Meta's is."""
    least, most = BUCKETS[bucket]
    wanted = Q(state__in=UNREGISTERED, window_ends_at__isnull=False)
    if least is not None:
        wanted &= Q(window_ends_at__gt=now + least)
    if most is not None:
        wanted &= Q(window_ends_at__lte=now + most)
    return rows.filter(wanted)


def home_of(*, partner: Partner, now: datetime) -> Home:
    """Everything the overview shows."""
    rows = Onboarding.objects.filter(state__in=OPEN_STATES)
    is_ours = queue().filter(state__in=OPEN_STATES, current_owner=Owner.STAFF)
    urgent = queue().filter(state__in=UNREGISTERED, window_ends_at__isnull=False)
    shown = list(urgent[:SHOWN]), list(is_ours[:SHOWN])
    views = {view.onboarding.pk: view for view in queries.journeys([*shown[0], *shown[1]], now=now)}
    owners = queue().filter(state__in=OPEN_STATES).order_by().values("current_owner").annotate(n=Count("pk"))
    return Home(
        now=now,
        buckets={name: in_bucket(rows, bucket=name, now=now).count() for name in BUCKETS},
        urgent=[views[row.pk] for row in shown[0]],
        owners={row["current_owner"] or Owner.PORTAL: row["n"] for row in owners},
        ours=[views[row.pk] for row in shown[1]],
        broken=_broken(now - A_DAY),
        open=rows.count(),
        live_this_week=Onboarding.objects.filter(live_at__gt=now - 7 * A_DAY).count(),
        resources=checklist(partner=partner),
    )


def _broken(since: datetime) -> Broken:
    calls = GraphCall.objects.filter(started_at__gt=since)
    return Broken(
        failed_steps=Step.objects.filter(state=StepState.FAILED, changed_at__gt=since).count(),
        expired=Transition.objects.filter(
            subject_type=Onboarding._meta.label, to_state=OnboardingState.EXPIRED, at__gt=since
        ).count(),
        refused_calls=calls.filter(code__isnull=False).count(),
        unanswered_calls=calls.filter(outcome="UNKNOWN").count(),
        invalid_tokens=BusinessToken.objects.filter(state=TokenState.INVALID, checked_at__gt=since).count()
        + SystemUser.objects.filter(token_state=TokenState.INVALID).count(),
        stuck_changes=Change.objects.filter(
            state__in=(ChangeState.FAILED, ChangeState.QUARANTINED), received_at__gt=since
        ).count(),
    )
