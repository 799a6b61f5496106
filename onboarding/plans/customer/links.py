"""What a link to a plan's page leads to: the number that needs the customer now, if one does."""

from __future__ import annotations

import uuid

from onboarding.models import Onboarding, Owner, PlanLine, Step
from onboarding.states import OPEN_STATES, LineState, StepState

# Who writes to the number or goes through Meta's window sits before this page.
NEEDS = (Owner.CUSTOMER, Owner.CONSUMER)
OVER = (LineState.ABANDONED, LineState.ROLLED_BACK)


def needed_onboarding(plan_id: uuid.UUID) -> uuid.UUID | None:
    """The first of a plan's onboardings, in the order of its numbers, that waits for the customer."""
    waiting = Step.objects.filter(owner__in=NEEDS, state__in=(StepState.WAITING, StepState.FAILED)).values(
        "onboarding_id"
    )
    lines = PlanLine.objects.filter(
        plan=plan_id, onboarding__state__in=OPEN_STATES, onboarding__in=waiting
    ).exclude(state__in=OVER)
    return lines.order_by("position").values_list("onboarding_id", flat=True).first()


def plan_of(onboarding: Onboarding) -> uuid.UUID | None:
    """The plan in which an onboarding moves a number."""
    lines = PlanLine.objects.filter(onboarding=onboarding).order_by("-plan__created_at")
    return lines.values_list("plan_id", flat=True).first()
