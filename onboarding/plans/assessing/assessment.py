"""Assessments of plans as their stored answers and what is known of them make it. Inside the scope."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from onboarding.models import MigrationPlan, PlanAnswer, PlanLine, Recommendation
from onboarding.plans.assessing.considerations import assess
from onboarding.plans.assessing.verdicts import Assessment, Facts, Limits
from onboarding.plans.numbers import digits
from onboarding.states import LineState, PlanState
from portal.kernel import audit, limits
from portal.kernel.scope import current_scope
from portal.kernel.states import transition_all
from tenants.models import Partner, PhoneNumber

TIERS = {
    "TIER_250": "messaging_limit_start",
    "TIER_2K": "messaging_limit_2",
    "TIER_10K": "messaging_limit_3",
    "TIER_100K": "messaging_limit_4",
}
COUNTS = {
    "throughput_default": "throughput_default",
    "throughput_guide": "throughput_seed",
    "throughput_high": "throughput_high",
    "throughput_coexistence": "throughput_coexistence",
    "numbers_new": "phone_numbers_per_portfolio_new",
    "numbers_raised": "phone_numbers_per_portfolio_raised",
    "video_mb": "media_video_max",
    "document_mb": "media_document_max",
    "retention_days": "message_retention",
}
REGIONS = "data_localization_regions"


def assessment_of(plan: MigrationPlan) -> Assessment:
    """The assessment of one plan."""
    return assessments_of([plan])[plan.pk]


def assessments_of(plans: Sequence[MigrationPlan]) -> dict[uuid.UUID, Assessment]:
    """The assessments of many plans with as many queries as of one."""
    answers: defaultdict[uuid.UUID, dict[str, Any]] = defaultdict(dict)
    for answer in PlanAnswer.objects.filter(plan__in=plans):
        answers[answer.plan_id][answer.key] = answer.value
    known = _facts(plans)
    return {plan.pk: assess(answers[plan.pk], known[plan.pk]) for plan in plans}


def refresh(plans: Sequence[MigrationPlan]) -> None:
    """Keep on each plan what its assessment recommends, so that lists can filter by it."""
    found = assessments_of(plans)
    changed: defaultdict[str, list[uuid.UUID]] = defaultdict(list)
    for plan in plans:
        recommendation = found[plan.pk].recommendation
        if plan.recommendation != recommendation:
            plan.recommendation = recommendation
            changed[recommendation].append(plan.pk)
    for recommendation, ids in changed.items():
        MigrationPlan.objects.filter(pk__in=ids).update(recommendation=recommendation)


def finish_all(*, plans: Collection[uuid.UUID], now: datetime, by: str) -> list[MigrationPlan]:
    """Finish the assessments of the drafts among these plans and return them.

    Left alone is what lacks answers or numbers, and what should not move: each of those needs a look.
    """
    drafts = MigrationPlan.objects.select_for_update().filter(pk__in=plans, state=PlanState.DRAFT)
    ready = (Recommendation.MOVE_NOW, Recommendation.MOVE_LATER)
    lines = PlanLine.objects.filter(plan=OuterRef("pk"), state=LineState.PENDING)
    found = list(drafts.filter(Exists(lines), recommendation__in=ready).order_by("pk"))
    transition_all(rows=found, to=PlanState.ASSESSED, now=now, by=by)
    MigrationPlan.objects.filter(pk__in=[plan.pk for plan in found]).update(changed_at=now)
    audit.record_all(rows=found, action="plan.assessed", now=now, by=by)
    return found


def meta_limits() -> Limits:
    """The limits that assessments compare with, in one query."""
    values = limits.values([*COUNTS.values(), *TIERS.values(), REGIONS])
    counts: dict[str, Any] = {field: int(values[name]) for field, name in COUNTS.items()}
    tiers: dict[str, int | None] = {tier: int(values[name]) for tier, name in TIERS.items()}
    return Limits(
        **counts, regions=frozenset(values[REGIONS].split()), tiers={**tiers, "TIER_UNLIMITED": None}
    )


def _facts(plans: Sequence[MigrationPlan]) -> dict[uuid.UUID, Facts]:
    table, region = meta_limits(), _partner_region()
    lines: defaultdict[uuid.UUID, list[PlanLine]] = defaultdict(list)
    for line in PlanLine.objects.filter(plan__in=plans).exclude(state=LineState.ABANDONED):
        lines[line.plan_id].append(line)
    numbers: defaultdict[uuid.UUID | None, list[PhoneNumber]] = defaultdict(list)
    for number in PhoneNumber.objects.filter(
        customer__in=[plan.customer_id for plan in plans], waba__removed_at=None
    ):
        numbers[number.customer_id].append(number)
    return {
        plan.pk: _facts_of(plan, lines[plan.pk], numbers[plan.customer_id], table, region) for plan in plans
    }


def _facts_of(
    plan: MigrationPlan, lines: list[PlanLine], numbers: list[PhoneNumber], table: Limits, region: str
) -> Facts:
    moving = {digits(line.display_phone_number) for line in lines}
    here = [number for number in numbers if digits(number.display_phone_number) in moving]
    elsewhere = [number for number in numbers if number.is_registered and number not in here]
    shown = {number.portfolio_messaging_limit for number in numbers}
    return Facts(
        path=plan.path,
        limits=table,
        numbers=len(lines),
        numbers_elsewhere=len(elsewhere),
        busiest_line=max(
            (line.daily_volume for line in lines if line.daily_volume is not None), default=None
        ),
        has_high_throughput=bool(here) and all(number.throughput_level == "HIGH" for number in here),
        # All numbers of a portfolio share one limit; while Meta's notices arrive, the lowest is the safe one.
        portfolio_limit=next((tier for tier in table.tiers if tier in shown), ""),
        partner_region=region,
    )


def _partner_region() -> str:
    return Partner.objects.values_list("data_localization_region", flat=True).get(
        pk=current_scope().partner_id
    )
