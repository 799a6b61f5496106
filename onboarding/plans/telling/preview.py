"""What customers would be told if a schedule were applied: a preview, nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onboarding.models import DecisionKey, PlanDecision
from onboarding.plans.waves.comparison import Comparison, PlanChange


@dataclass(frozen=True, kw_only=True)
class Telling:
    """The plans that get another time, by what their customers hear of it."""

    # Told a date before: now another one, or that there is none any more.
    corrections: Sequence[PlanChange]
    cancellations: Sequence[PlanChange]
    # Told nothing yet: they are, so many days before the move.
    announcements: Sequence[tuple[PlanChange, int]]
    # Nobody decided to inform these customers.
    silent: Sequence[PlanChange]


def telling(comparison: Comparison) -> Telling:
    """Sort the changes of a comparison by what is sent because of them."""
    informed = PlanDecision.objects.filter(
        plan__in=[change.plan for change in comparison.changes],
        key=DecisionKey.INFORM,
        choice=True,
        days_before__isnull=False,
    )
    days = {decision.plan_id: decision.days_before or 0 for decision in informed}
    told = [change for change in comparison.changes if change.must_correct and change.plan.pk in days]
    new = [change for change in comparison.changes if change.after and change.told_start_at is None]
    return Telling(
        corrections=[change for change in told if change.after],
        cancellations=[change for change in told if not change.after],
        announcements=[(change, days[change.plan.pk]) for change in new if change.plan.pk in days],
        silent=[change for change in new if change.plan.pk not in days],
    )
