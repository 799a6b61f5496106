"""The rows of a migration plan that its customer's page shows, each kind read once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from onboarding.models import MigrationPlan, MoveReport, PlanLine, PlanNotice, PlanWish, Step
from onboarding.plans.telling.rendering import TOLD_KINDS
from onboarding.states import StepState
from tenants.models import Customer


@dataclass(frozen=True, kw_only=True)
class PlanRows:
    """One plan as its customer may see it."""

    plan: MigrationPlan
    customer: Customer
    lines: list[PlanLine]
    # By line: the step its journey is at, and the newest report.
    steps: Mapping[uuid.UUID, Step]
    reports: Mapping[uuid.UUID, MoveReport]
    wishes: list[PlanWish]
    # Whether the date that counts now was told by e-mail: until then it may change without a word.
    is_told: bool


def plan_rows(plan_id: uuid.UUID) -> PlanRows:
    """Read them, inside the scope of the customer."""
    plan = MigrationPlan.objects.select_related("customer", "app").get(pk=plan_id)
    lines = list(PlanLine.objects.filter(plan=plan).order_by("position"))
    journeys = {line.onboarding_id: line.pk for line in lines if line.onboarding_id}
    steps = Step.objects.filter(onboarding__in=journeys).exclude(state=StepState.DONE)
    newest = MoveReport.objects.filter(line__plan=plan).order_by("line_id", "-written_at", "-id")
    told = PlanNotice.objects.filter(plan=plan, kind__in=TOLD_KINDS, told_start_at=plan.planned_start_at)
    return PlanRows(
        plan=plan,
        customer=plan.customer,
        lines=lines,
        steps={
            journeys[step.onboarding_id]: step
            for step in steps.order_by("onboarding_id", "position").distinct("onboarding_id")
        },
        reports={report.line_id: report for report in newest.distinct("line_id")},
        wishes=list(PlanWish.objects.filter(plan=plan, withdrawn_at=None).order_by("day", "id")),
        is_told=told.exclude(body="").exists(),
    )
