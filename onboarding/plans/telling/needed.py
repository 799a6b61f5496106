"""A customer whose planned move waits for them is told so by e-mail, with the one thing that is missing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from onboarding.models import (
    DecisionKey,
    MigrationPlan,
    Owner,
    PlanDecision,
    PlanLine,
    PlanNotice,
    PlanNoticeKind,
    Step,
)
from onboarding.plans.numbers import international
from onboarding.requirements import Requirement, of_step
from onboarding.states import OPEN_LINES, OPEN_STATES, StepState
from portal.kernel import work

# Who is before the page does it at once, and several numbers may ask within minutes: one e-mail, or none.
PATIENCE = timedelta(minutes=10)
# The same plan does not ask again within a day; the page and the desk show it all the time.
AGAIN_AFTER = timedelta(hours=20)
# These come with an invitation of their own.
INVITED = frozenset({"sign_up", "sign_up_to_move", "sign_up_to_switch", "sign_up_with_app", "connected_once"})


@dataclass(frozen=True)
class Need:
    """What one number waits for."""

    number: str
    requirement: Requirement


def tell_customer(*, plan_id: uuid.UUID, reason: str, now: datetime, by: str) -> None:
    """Have the customer told that it is needed, unless it was told lately or is not to be informed."""
    if reason in INVITED:
        return
    notices = PlanNotice.objects.filter(plan=plan_id, kind=PlanNoticeKind.NEEDED, cancelled_at=None)
    if notices.filter(created_at__gt=now - AGAIN_AFTER).exists():
        return
    plan = MigrationPlan.objects.select_for_update(of=("self",)).select_related("customer").get(pk=plan_id)
    inform = PlanDecision.objects.filter(plan=plan, key=DecisionKey.INFORM, choice=True)
    if not inform.exists() or notices.filter(sent_at=None).exists():
        return
    notice = PlanNotice.objects.create(
        partner_id=plan.partner_id,
        plan=plan,
        kind=PlanNoticeKind.NEEDED,
        language=plan.customer.language,
        created_at=now,
        created_by=by,
    )
    work.schedule(notice, due_at=now + work.scaled(PATIENCE), now=now)


def needs_of_customer(plan: MigrationPlan) -> list[Need]:
    """What the numbers of a plan wait for from their customer, in their order."""
    lines = PlanLine.objects.filter(plan=plan, state__in=OPEN_LINES, onboarding__state__in=OPEN_STATES)
    numbers = {line.onboarding_id: line.display_phone_number for line in lines.order_by("position")}
    waiting = Step.objects.filter(onboarding__in=numbers, owner=Owner.CUSTOMER)
    steps = waiting.filter(state__in=(StepState.WAITING, StepState.FAILED)).order_by("position")
    asked: dict[uuid.UUID | None, Requirement] = {}
    for step in steps:
        need = of_step(step)
        if need is not None:
            asked.setdefault(step.onboarding_id, need)
    return [Need(international(number), asked[key]) for key, number in numbers.items() if key in asked]
