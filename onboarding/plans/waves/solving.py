"""The planner's work on a schedule: read in one scope, think outside any transaction, write in another.

A worker that dies in between leaves the row due, and another begins anew. What was changed meanwhile has
given the row another due time: the answer to the old question is dropped, and the row is worked on again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from onboarding.models import MigrationPlan, WaveSchedule, WaveSlot
from onboarding.plans.assessing import assessment
from onboarding.plans.solver.costs import cost_of_wishes
from onboarding.plans.solver.planner import solve
from onboarding.plans.solver.problem import (
    Conflict,
    Cost,
    Element,
    ElementKind,
    OutOfTime,
    Problem,
    Proposal,
    Slot,
)
from onboarding.plans.waves import problem_rows
from onboarding.plans.waves.plan_rows import PLANNED
from onboarding.plans.waves.problem_rows import Question
from onboarding.states import ScheduleState
from onboarding.steps.base import BY
from portal.kernel import clock, work
from portal.kernel.scope import scope
from portal.kernel.states import transition
from portal.kernel.work import Lease

# At most: a good proposal is given when it is found, and a conflict is looked for as long once more.
SOLVE_SECONDS, COSTS_SECONDS = 50.0, 45.0
# Of the lease, for reading and writing.
SPARED_SECONDS = 15.0


def solve_schedule(lease: Lease) -> None:
    """Find the best days, keep them, then find out what each wish costs."""
    with scope(lease.partner_id):
        schedule = WaveSchedule.objects.get(pk=lease.id)
        # What Meta allows may have changed since somebody last answered a question.
        answered = MigrationPlan.objects.filter(state__in=PLANNED, answers__isnull=False).distinct()
        assessment.refresh(list(answered))
        question = problem_rows.load(schedule, now=clock.now())
        if not _is_asked(schedule, question):
            work.finish(lease, now=clock.now())
            return
    answer = _answer(lease, question.problem)
    with scope(lease.partner_id):
        if not _keep(lease, question, answer, now=clock.now()) or not isinstance(answer, Proposal):
            work.finish(lease, now=clock.now())
            return
    costs = cost_of_wishes(question.problem, answer, seconds=_seconds(lease, COSTS_SECONDS))
    with scope(lease.partner_id):
        work.still_mine(lease)
        # Applied meanwhile it is still the same answer; changed, it has another due time.
        same = WaveSchedule.objects.filter(pk=lease.id, due_at=lease.due_at, plans_digest=question.digest)
        same.update(wish_costs={wish: _cost(cost) for wish, cost in costs.items()})
        work.finish(lease, now=clock.now())


def _is_asked(schedule: WaveSchedule, question: Question) -> bool:
    """Not solved, or solved by a worker that died before it knew the costs of the wishes."""
    if schedule.state == ScheduleState.SOLVED:
        return schedule.plans_digest == question.digest
    return schedule.state == ScheduleState.DRAFT


def _seconds(lease: Lease, wanted: float) -> float:
    return min(wanted, max(lease.seconds_left() - SPARED_SECONDS, 1.0))


def _answer(lease: Lease, problem: Problem) -> Proposal | Conflict | OutOfTime:
    try:
        return solve(problem, seconds=_seconds(lease, SOLVE_SECONDS))
    except OutOfTime as error:
        return error


def _keep(
    lease: Lease, question: Question, answer: Proposal | Conflict | OutOfTime, *, now: datetime
) -> bool:
    """Write the answer, unless the question is another one by now; return whether it was written."""
    work.still_mine(lease)
    schedule = WaveSchedule.objects.get(pk=lease.id)
    if schedule.due_at != lease.due_at or schedule.state not in (ScheduleState.DRAFT, ScheduleState.SOLVED):
        return False
    if isinstance(answer, OutOfTime):
        WaveSchedule.objects.filter(pk=lease.id).update(result={"out_of_time": True})
    elif isinstance(answer, Conflict):
        _keep_conflict(schedule, question, answer, now=now)
    elif schedule.state == ScheduleState.DRAFT:
        _keep_proposal(schedule, question, answer, now=now)
    return True


def _keep_conflict(schedule: WaveSchedule, question: Question, conflict: Conflict, *, now: datetime) -> None:
    transition(
        row=schedule,
        to=ScheduleState.INFEASIBLE,
        now=now,
        by=BY,
        conflict=[_element(one, question) for one in conflict.elements],
        result={"is_minimal": conflict.is_minimal, "is_smallest": conflict.is_smallest},
        plans_digest=question.digest,
        solved_at=now,
        seconds=conflict.seconds,
    )


def _keep_proposal(schedule: WaveSchedule, question: Question, proposal: Proposal, *, now: datetime) -> None:
    waves = question.wave_of_days(slot.day for slot in proposal.slots)
    days = {slot.day for slot in proposal.slots}
    transition(
        row=schedule,
        to=ScheduleState.SOLVED,
        now=now,
        by=BY,
        result={
            "last_day": str(proposal.last_day) if proposal.last_day else None,
            "waves": len(days),
            "customers": len(proposal.slots),
            "numbers": sum(mover.numbers for mover in question.problem.movers),
            "moved": proposal.moved,
            "weighted_days": proposal.weighted_days,
            "bound": proposal.bound,
            "is_optimal": proposal.is_optimal,
            "left_out": {str(plan.pk): why for plan, why in question.left_out.items()},
        },
        plans_digest=question.digest,
        solved_at=now,
        seconds=proposal.seconds,
    )
    WaveSlot.objects.bulk_create(_slot(schedule, question, slot, waves) for slot in proposal.slots)


def _slot(schedule: WaveSchedule, question: Question, slot: Slot, waves: Mapping[date, int]) -> WaveSlot:
    plan, starts_at, ends_at = question.plans[slot.mover], slot.starts_at, slot.ends_at
    if question.movers[slot.mover].fixed and plan.planned_start_at:
        starts_at = plan.planned_start_at
        ends_at = plan.planned_end_at or starts_at + (slot.ends_at - slot.starts_at)
    return WaveSlot(
        partner_id=schedule.partner_id,
        schedule=schedule,
        plan=plan,
        wave=waves[slot.day],
        day=slot.day,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _element(element: Element, question: Question) -> dict[str, Any]:
    found = {name: value for name, value in asdict(element).items() if value not in ("", None)}
    if element.day is not None:
        found["day"] = str(element.day)
    if element.kind == ElementKind.LOCK:
        found["reason"] = question.movers[element.mover].lock_reason
    return found


def _cost(cost: Cost | None) -> dict[str, float | None] | None:
    """A cost as it is shown: beside the weighted days, how many days of an ordinary customer that is."""
    if cost is None:
        return None
    waiting = cost.weighted_days
    days = None if waiting is None else round(waiting / problem_rows.ORDINARY_WEIGHT, 1)
    return {**asdict(cost), "customer_days": days}
