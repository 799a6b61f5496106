"""The list of plans with who must act on each and why, so that it can be sorted and filtered by both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from onboarding.models import DecisionKey, MigrationPlan, Owner, PlanDecision, PlanLine, Step
from onboarding.plans import needs
from onboarding.plans.drift import with_drift
from onboarding.states import OPEN_LINES, OPEN_PLANS, LineState, PlanState, StepState
from portal.kernel import work


def plan_list(*, now: datetime) -> QuerySet[Any]:
    """All plans; the order of reasons is that of `needs.of_plan()`, which says it in Python for a few."""
    lines = PlanLine.objects.filter(plan=OuterRef("pk")).exclude(state=LineState.ABANDONED)
    rows = MigrationPlan.objects.select_related("customer", "owner__user", "app").annotate(
        numbers_total=_count(lines), numbers_moved=_count(lines.filter(state=LineState.MOVED))
    )
    rows, drift = with_drift(rows, now=now)
    return rows.annotate(
        current_owner=_first(drift, Value(Owner.STAFF), _of_lines("owner", Owner.STAFF), Value(Owner.PORTAL)),
        current_reason=_first(drift, None, _of_lines("reason", "portal_fault"), Value("")),
    )


def _count(lines: QuerySet[PlanLine]) -> Coalesce:
    counted = lines.order_by().values("plan").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _of_lines(column: str, of_a_fault: str) -> Subquery:
    """Of the step that stops the plan's numbers first: what people can settle before what only takes time."""
    earlier = Step.objects.filter(onboarding=OuterRef("onboarding"), position__lt=OuterRef("position"))
    current = Step.objects.exclude(state=StepState.DONE).exclude(
        Exists(earlier.exclude(state=StepState.DONE))
    )
    # A journey that met our own fault too often waits for staff, whatever its step says.
    is_poison = Q(onboarding__attempts__gte=work.POISON_AFTER)
    stopped = current.filter(
        Q(state__in=(StepState.WAITING, StepState.FAILED)) | is_poison,
        onboarding__plan_lines__plan=OuterRef("pk"),
        onboarding__plan_lines__state__in=OPEN_LINES,
    )
    ranks = [When(owner=owner, then=Value(rank)) for owner, rank in needs.RANK.items()]
    rank = Case(When(is_poison, then=Value(0)), *ranks, default=Value(needs.LAST))
    told = Case(When(is_poison, then=Value(of_a_fault)), default=F(column), output_field=CharField())
    ranked = stopped.annotate(rank=rank, told=told).order_by("rank", "pk")
    return Subquery(ranked.values("told")[:1], output_field=CharField())


def _first(drift: Mapping[str, Q], always: Value | None, of_lines: Subquery, otherwise: Value) -> Case:
    """`always` or the reason's own name where the plan stands still by itself, else what its lines say."""
    undecided = ~Exists(PlanDecision.objects.filter(plan=OuterRef("pk"), key=DecisionKey.INFORM))
    conditions = {
        "plan_fault": Q(attempts__gte=work.POISON_AFTER),
        "plan_paused": Q(paused_at__isnull=False),
        "numbers_missing": Q(numbers_total=0),
        "assessment_open": Q(state=PlanState.DRAFT),
        "date_missing": Q(state=PlanState.ASSESSED),
        **drift,
        "inform_undecided": Q(state=PlanState.SCHEDULED) & Q(undecided),
    }
    return Case(
        When(~Q(state__in=OPEN_PLANS), then=Value("")),
        *(When(when, then=always or Value(name)) for name, when in conditions.items()),
        default=Coalesce(of_lines, otherwise, output_field=CharField()),
        output_field=CharField(),
    )
