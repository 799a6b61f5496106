"""Holding a plan while something of it changes."""

from __future__ import annotations

from datetime import datetime

from onboarding.models import MigrationPlan
from onboarding.plans.refusals import PlanBegun, PlanClosed
from onboarding.states import OPEN_PLANS, PlanState


def touch(plan: MigrationPlan, *, now: datetime) -> None:
    """Note that something of the plan changed."""
    MigrationPlan.objects.filter(pk=plan.pk).update(changed_at=now)
    plan.changed_at = now


def lock_open(plan: MigrationPlan) -> None:
    """Hold the plan until the transaction ends, with its state as it is now."""
    held = MigrationPlan.objects.select_for_update().get(pk=plan.pk)
    plan.state, plan.recommendation = held.state, held.recommendation
    if plan.state not in OPEN_PLANS:
        raise PlanClosed


def lock_not_begun(plan: MigrationPlan) -> None:
    """Hold an open plan that does not move yet: its numbers and wishes may still change."""
    lock_open(plan)
    if plan.state == PlanState.IN_PROGRESS:
        raise PlanBegun
