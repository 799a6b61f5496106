"""A schedule's dates become the plans' own, and are taken back: for many plans at once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from onboarding.models import MigrationPlan, WaveSlot
from onboarding.plans.moving.timing import PREPARE_BEFORE
from onboarding.plans.telling import notices
from onboarding.plans.waves.plan_rows import PLANNED
from onboarding.plans.waves.problem_rows import Question
from onboarding.states import PlanState
from portal.kernel import audit, work
from portal.kernel.states import transition_all

ROWS_AT_ONCE = 250
DATES = ("wave", "planned_start_at", "planned_end_at", "due_at", "attempts", "changed_at")
DATED, WITHDRAWN = "plan.dated", "plan.date_withdrawn"
NO_PLACE = "not in the schedule"


@dataclass(frozen=True, kw_only=True)
class Change:
    """Another date, or only another number of the wave, for a plan that has not begun."""

    plan: MigrationPlan
    slot: WaveSlot

    @property
    def is_moved(self) -> bool:
        """Whether the date is another one."""
        plan, slot = self.plan, self.slot
        return plan.planned_start_at != slot.starts_at or plan.planned_end_at not in (None, slot.ends_at)


def changes(question: Question, slots: Mapping[uuid.UUID, WaveSlot]) -> list[Change]:
    """What a schedule would change of the plans as they are now."""
    waiting = [plan for plan in question.plans.values() if plan.state != PlanState.IN_PROGRESS]
    found = [Change(plan=plan, slot=slots[plan.pk]) for plan in waiting if plan.pk in slots]
    return [change for change in found if change.is_moved or change.plan.wave != change.slot.wave]


def without_place(question: Question, slots: Mapping[uuid.UUID, WaveSlot]) -> list[MigrationPlan]:
    """The plans that have a date, and no place in the schedule."""
    plans = [*question.plans.values(), *question.left_out]
    return [plan for plan in plans if plan.state == PlanState.SCHEDULED and plan.pk not in slots]


def hold_plans() -> None:
    """Hold every plan that a schedule is about until the transaction ends: who changes one waits."""
    rows = MigrationPlan.objects.select_for_update().filter(state__in=PLANNED).order_by("pk")
    list(rows.values_list("pk"))


def date_plans(found: Sequence[Change], *, now: datetime, by: str) -> None:
    """Write the dates, have each plan prepared in time, and have the customers told."""
    for change in found:
        change.plan.wave = change.slot.wave
    renumbered = [change.plan for change in found if not change.is_moved]
    moved = [change for change in found if change.is_moved]
    for change in moved:
        plan, slot = change.plan, change.slot
        plan.planned_start_at, plan.planned_end_at = slot.starts_at, slot.ends_at
        plan.due_at, plan.attempts, plan.changed_at = slot.starts_at - PREPARE_BEFORE, 0, now
    MigrationPlan.objects.bulk_update(renumbered, ["wave"], batch_size=ROWS_AT_ONCE)
    plans = [change.plan for change in moved]
    _save_dates(plans)
    first_dates = [plan for plan in plans if plan.state == PlanState.ASSESSED]
    transition_all(rows=first_dates, to=PlanState.SCHEDULED, now=now, by=by)
    audit.record_all(rows=plans, action=DATED, now=now, by=by)
    for plan in plans:
        if plan.due_at is not None and plan.due_at <= now:
            work.ring(plan)
    notices.ensure_all(plans=[plan.pk for plan in plans], now=now, by=by)


def withdraw_dates(plans: Sequence[MigrationPlan], *, now: datetime, by: str, reason: str) -> None:
    """Take back the dates of plans that are scheduled: they are only assessed again."""
    for plan in plans:
        plan.wave = plan.planned_start_at = plan.planned_end_at = plan.due_at = None
        plan.attempts, plan.changed_at = 0, now
    _save_dates(plans)
    transition_all(rows=plans, to=PlanState.ASSESSED, now=now, by=by, reason=reason)
    audit.record_all(rows=plans, action=WITHDRAWN, now=now, by=by)
    notices.ensure_all(plans=[plan.pk for plan in plans], now=now, by=by)


def _save_dates(plans: Sequence[MigrationPlan]) -> None:
    MigrationPlan.objects.bulk_update(plans, DATES, batch_size=ROWS_AT_ONCE)
