"""A plan at work: its journeys are opened in time, and it ends when all its numbers have.

People may start, pause, resume and abandon it at any moment. A call that is under way is finished and
recorded; nothing further begins.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from onboarding import progress, services
from onboarding.models import MigrationPlan, PlanLine
from onboarding.plans.assessing import assessment
from onboarding.plans.moving import backups, lines
from onboarding.plans.moving.timing import PREPARE_BEFORE
from onboarding.plans.numbers import attach_numbers
from onboarding.plans.refusals import PlanClosed
from onboarding.plans.telling.notices import ensure_notices
from onboarding.services import Refused
from onboarding.states import OPEN_LINES, OPEN_PLANS, OPEN_STATES, LineState, PlanState
from onboarding.steps.base import BY
from onboarding.steps.keys import StepKey
from portal.kernel import audit, clock, work
from portal.kernel.scope import scope
from portal.kernel.states import transition
from portal.kernel.work import Lease

RUNNING = (PlanState.SCHEDULED, PlanState.IN_PROGRESS)
# A number that another open journey has is tried again.
TAKEN_AGAIN = timedelta(hours=1)
ALL_ABANDONED = "all its numbers were abandoned"


class NotAssessed(Refused):
    code = "plan_not_assessed"
    message = _("Finish the assessment before the plan is started.")


class NoNumbers(Refused):
    code = "plan_has_no_numbers"
    message = _("The plan has no numbers to move.")


class NotRunning(Refused):
    code = "plan_not_running"
    message = _("Only a plan that is scheduled or in progress can be paused.")


class NotPaused(Refused):
    code = "plan_not_paused"
    message = _("The plan is not paused.")


class ReasonMissing(Refused):
    code = "reason_missing"
    message = _("Say why: nothing is deleted, and the reason stays in the history.")


class LineEnded(Refused):
    code = "line_ended"
    message = _("This number has arrived or was abandoned already.")


def run_plan(lease: Lease) -> None:
    """Open what is to be prepared, wake what may go on, and end the plan when its numbers have."""
    with scope(lease.partner_id):
        plan = lines.hold(lease.id)
        work.still_mine(lease)
        now = clock.now()
        work.finish(lease, now=now, due_at=_run(plan, now=now))


def _run(plan: MigrationPlan, *, now: datetime) -> datetime | None:
    """Do what is due for a plan and return when it is due again; the ends of its journeys wake it too."""
    if plan.state not in RUNNING or _roll_up(plan, now=now) or plan.paused_at is not None:
        return None
    if plan.state == PlanState.SCHEDULED:
        if plan.planned_start_at is None:
            return None
        if now < plan.planned_start_at - PREPARE_BEFORE:
            return plan.planned_start_at - PREPARE_BEFORE
    if not _open_journeys(plan, now=now):
        return now + work.scaled(TAKEN_AGAIN)
    if plan.state == PlanState.SCHEDULED and plan.planned_start_at and now < plan.planned_start_at:
        return plan.planned_start_at
    return None


def _roll_up(plan: MigrationPlan, *, now: datetime) -> bool:
    """End a plan whose numbers have all ended; return whether it did."""
    states = set(PlanLine.objects.filter(plan=plan).values_list("state", flat=True))
    if not states or states & set(OPEN_LINES):
        return False
    none_moved = states == {LineState.ABANDONED}
    transition(
        row=plan,
        to=PlanState.ABANDONED if none_moved else PlanState.COMPLETED,
        now=now,
        by=BY,
        reason=ALL_ABANDONED if none_moved else "",
        ended_at=now,
        changed_at=now,
    )
    audit.record(row=plan, action=f"plan.{plan.state.lower()}", now=now, by=BY)
    ensure_notices(plan=plan, now=now, by=BY)
    return True


def _open_journeys(plan: MigrationPlan, *, now: datetime) -> bool:
    """Open the journeys of lines that have none and wake the others; False if a number is still taken."""
    attach_numbers(plans=[plan.pk])
    all_open = True
    pending = PlanLine.objects.filter(plan=plan, state__in=OPEN_LINES).order_by("position")
    for line in pending.select_related("plan__customer", "plan__app", "phone_number__waba", "onboarding"):
        onboarding = line.onboarding
        if onboarding is None:
            all_open &= lines.open_journey(line, now=now, by=BY) is not None
        elif line.state == LineState.PENDING and onboarding.state in OPEN_STATES:
            lines.tell_account(line, onboarding, now=now, by=BY)
            step = progress.first_open_step(onboarding)
            if step is None or step.key != StepKey.PREFLIGHT:  # that one looks again by itself
                progress.wake(onboarding, now=now)
    return all_open


def start(*, plan: MigrationPlan, now: datetime, by: str) -> None:
    """Begin now, whatever the date says: its numbers move as soon as their checks are fine."""
    _hold_open(plan)
    if plan.state not in (PlanState.ASSESSED, PlanState.SCHEDULED):
        raise NotAssessed if plan.state == PlanState.DRAFT else PlanClosed
    if not PlanLine.objects.filter(plan=plan, state=LineState.PENDING).exists():
        raise NoNumbers
    if plan.state == PlanState.ASSESSED:
        transition(row=plan, to=PlanState.SCHEDULED, now=now, by=by, planned_start_at=now, changed_at=now)
    transition(row=plan, to=PlanState.IN_PROGRESS, now=now, by=by, started_at=now, changed_at=now)
    audit.record(row=plan, action="plan.started", now=now, by=by)
    work.schedule(plan, due_at=now, now=now)


def pause(*, plan: MigrationPlan, now: datetime, by: str) -> None:
    """Let nothing more of the plan begin."""
    _hold_open(plan)
    if plan.state not in RUNNING:
        raise NotRunning
    if plan.paused_at is not None:
        return
    _set_paused(plan, now)
    _journeys(plan).update(paused_at=now)
    audit.record(row=plan, action="plan.paused", now=now, by=by)
    ensure_notices(plan=plan, now=now, by=by)


def resume(*, plan: MigrationPlan, now: datetime, by: str) -> None:
    """Go on where the plan was paused."""
    _hold_open(plan)
    if plan.paused_at is None:
        raise NotPaused
    _set_paused(plan, None)
    journeys = _journeys(plan)
    journeys.update(paused_at=None)
    audit.record(row=plan, action="plan.resumed", now=now, by=by)
    ensure_notices(plan=plan, now=now, by=by)
    for onboarding in journeys.order_by("pk"):
        progress.wake(onboarding, now=now)
    work.schedule(plan, due_at=now, now=now)


def retry(*, plan: MigrationPlan, now: datetime, by: str) -> None:
    """Take up again what an error of ours stopped; its numbers have a retry of their own."""
    _hold_open(plan)
    if plan.state not in RUNNING:
        raise NotRunning
    audit.record(row=plan, action="plan.retried", now=now, by=by)
    work.schedule(plan, due_at=now, now=now)


def abandon(*, plan: MigrationPlan, reason: str, now: datetime, by: str) -> None:
    """End a plan that is not wanted any more. What its numbers have done at Meta stays as it is."""
    _hold_open(plan)
    if not reason.strip():
        raise ReasonMissing
    for line in PlanLine.objects.filter(plan=plan, state__in=OPEN_LINES).select_related("onboarding"):
        _end_line(line, reason=reason, now=now, by=by)
    transition(
        row=plan,
        to=PlanState.ABANDONED,
        now=now,
        by=by,
        reason=reason,
        ended_at=now,
        changed_at=now,
        paused_at=None,
        due_at=None,
    )
    audit.record(row=plan, action="plan.abandoned", now=now, by=by)
    ensure_notices(plan=plan, now=now, by=by)


def abandon_line(*, line: PlanLine, reason: str, now: datetime, by: str) -> None:
    """Take one number out of its plan. What it has done at Meta stays as it is."""
    plan = lines.hold(line.plan_id)
    line.refresh_from_db()
    if line.state not in OPEN_LINES:
        raise LineEnded
    if not reason.strip():
        raise ReasonMissing
    _end_line(line, reason=reason, now=now, by=by)
    assessment.refresh([plan])
    if plan.state in RUNNING:
        work.schedule(plan, due_at=now, now=now)


def _end_line(line: PlanLine, *, reason: str, now: datetime, by: str) -> None:
    transition(row=line, to=LineState.ABANDONED, now=now, by=by, reason=reason)
    audit.record(
        row=line,
        action="line.abandoned",
        now=now,
        by=by,
        passed_no_return=line.passed_no_return_at is not None,
    )
    for onboarding in (line.onboarding, line.rollback):
        if onboarding is not None and onboarding.state in OPEN_STATES:
            services.cancel(onboarding=onboarding, now=now, by=by, reason=reason)
    backups.spend(line, now=now)


def _hold_open(plan: MigrationPlan) -> None:
    """Lock the plan with its journeys and read it as it is now."""
    held = lines.hold(plan.pk)
    plan.refresh_from_db()
    if held.state not in OPEN_PLANS:
        raise PlanClosed


def _set_paused(plan: MigrationPlan, paused_at: datetime | None) -> None:
    plan.paused_at = paused_at
    plan.save(update_fields=["paused_at"])


def _journeys(plan: MigrationPlan) -> lines.Journeys:
    return lines.journeys_of(plan.pk).filter(state__in=OPEN_STATES)
