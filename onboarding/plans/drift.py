"""Whether the date that a plan was given still holds: wishes, locks, other plans and days change after it.

The same conditions are asked in the list's SQL and for the plan's own view, so the two cannot differ. Days
are those of the staff, as in the schedule in force: the planner judges them by the same clock.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Greatest, TruncDate

from onboarding.models import MigrationPlan, PlanDependency, PlanLine, PlanWish, WaveSchedule, WishKind
from onboarding.plans.waves.plan_rows import OVER
from onboarding.states import OPEN_LINES, PlanState, ScheduleState
from portal.kernel.scope import current_scope
from tenants.models import Partner

DAY_PASSED = "day_passed"


def with_drift(plans: QuerySet[Any], *, now: datetime) -> tuple[QuerySet[Any], Mapping[str, Q]]:
    """The plans with what the conditions need, and by reason when a date holds no more. Inside the scope."""
    schedule = WaveSchedule.objects.filter(state=ScheduleState.APPLIED).first()
    zone = ZoneInfo(schedule.time_zone if schedule else _zone_of_partner())
    has_date = Q(state=PlanState.SCHEDULED, planned_start_at__isnull=False)
    dropped, blackouts = (schedule.dropped_wishes, schedule.blackouts) if schedule else ([], [])
    conditions = {
        DAY_PASSED: Q(start_day__lt=now.astimezone(zone).date()),
        "date_against_wish": Q(_wishes(dropped)),
        "date_against_lock": Q(_locks()),
        "date_against_order": Q(_earlier_plans(zone, now=now)),
        "date_against_blackout": Q(start_day__in=blackouts),
    }
    rows = plans.alias(start_day=TruncDate("planned_start_at", tzinfo=zone))
    return rows, {reason: has_date & condition for reason, condition in conditions.items()}


def drifts(plans: Collection[MigrationPlan], *, now: datetime) -> Mapping[uuid.UUID, Sequence[str]]:
    """Why the date of each of these plans holds no more, in as many queries for 500 as for one."""
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    wanted = [plan.pk for plan in plans if plan.state == PlanState.SCHEDULED]
    if wanted:
        rows, conditions = with_drift(MigrationPlan.objects.filter(pk__in=wanted), now=now)
        told = {f"is_{reason}": _truth(condition) for reason, condition in conditions.items()}
        for pk, *answers in rows.order_by().annotate(**told).values_list("pk", *told):
            found[pk] = [reason for reason, is_so in zip(conditions, answers, strict=True) if is_so]
    return found


def _zone_of_partner() -> str:
    return Partner.objects.get(pk=current_scope().partner_id).time_zone


def _truth(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))


def _wishes(dropped: Sequence[uuid.UUID]) -> Exists:
    """Those that the day does not keep, but for what the schedule in force left out on purpose."""
    day = OuterRef("start_day")
    broken = (
        Q(kind=WishKind.NOT_BEFORE, day__gt=day)
        | Q(kind=WishKind.NOT_AFTER, day__lt=day)
        | Q(kind=WishKind.NOT_ON, day=day)
    )
    wishes = PlanWish.objects.filter(broken, plan=OuterRef("pk"), withdrawn_at=None)
    return Exists(wishes.exclude(pk__in=dropped))


def _locks() -> Exists:
    return Exists(
        PlanLine.objects.filter(
            plan=OuterRef("pk"), state__in=OPEN_LINES, locked_until__gt=OuterRef("start_day")
        )
    )


def _earlier_plans(zone: tzinfo, *, now: datetime) -> Exists:
    """Plans that had to move on an earlier day and have no day, or not an earlier one."""
    # Who did not begin in time begins now at the earliest.
    begins_at = Case(
        When(after__state=PlanState.SCHEDULED, after__planned_start_at__lt=now, then=Value(now)),
        default=Greatest(F("after__planned_start_at"), F("after__started_at")),
    )
    open_ones = PlanDependency.objects.filter(plan=OuterRef("pk")).exclude(after__state__in=OVER)
    dated = open_ones.alias(after_day=TruncDate(begins_at, tzinfo=zone))
    return Exists(dated.filter(Q(after_day=None) | Q(after_day__gte=OuterRef("start_day"))))
