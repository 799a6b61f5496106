"""What customers would be told if a schedule were applied: a preview, nothing is written."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from onboarding.models import DecisionKey, MigrationPlan, Path, PlanDecision, PlanLine
from onboarding.plans.waves.comparison import Comparison, PlanChange
from onboarding.states import OPEN_LINES, PlanState


@dataclass(frozen=True, kw_only=True)
class Telling:
    """The plans that get another time, by what their customers hear of it."""

    # Told a date before: now another one, or that there is none any more, whatever was decided since.
    corrections: Sequence[PlanChange]
    cancellations: Sequence[PlanChange]
    # Told nothing yet: they are, so many days before the move.
    announcements: Sequence[tuple[PlanChange, int]]
    # Whatever was decided, they get the link to Meta's window: their move needs it.
    invitations: Sequence[PlanChange]
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
    told = comparison.to_correct
    invited = _sent_to_meta([change.plan for change in comparison.changes])
    new = [change for change in comparison.changes if change.after and change.told_start_at is None]
    return Telling(
        corrections=[change for change in told if change.after],
        cancellations=[change for change in told if not change.after],
        announcements=[(change, days[change.plan.pk]) for change in new if change.plan.pk in days],
        invitations=[change for change in comparison.changes if change.after and change.plan.pk in invited],
        silent=[change for change in new if change.plan.pk not in days],
    )


def _sent_to_meta(plans: Iterable[MigrationPlan]) -> set[uuid.UUID]:
    """The plans that have not begun and whose customer will go through Meta's window."""
    waiting = [plan for plan in plans if plan.state != PlanState.IN_PROGRESS]
    moves = [plan for plan in waiting if plan.path == Path.NUMBER_WABA_TO_WABA]
    unnamed = PlanLine.objects.filter(plan__in=moves, destination_waba=None, state__in=OPEN_LINES)
    always = (Path.NEW_CUSTOMER, Path.WABA_PARTNER_SWITCH, Path.COEXISTENCE)
    return {plan.pk for plan in waiting if plan.path in always} | set(unnamed.values_list("plan", flat=True))
