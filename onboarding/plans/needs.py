"""What a migration plan itself waits for, as a Requirement beside those of its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from onboarding.models import MigrationPlan, Owner, PlanLine, Recommendation
from onboarding.reasons import REASONS, Reason
from onboarding.requirements import Requirement
from onboarding.states import OPEN_PLANS, PlanState
from portal.kernel import work

PLAN_REASONS = {
    "plan_fault": REASONS["portal_fault"],
    "plan_paused": REASONS["plan_paused"],
    "numbers_missing": Reason(
        owner=Owner.STAFF,
        title=_("The plan has no number"),
        explanation=_("A plan moves numbers one by one, so it needs at least one."),
        action=_("Add the numbers by hand or import them."),
    ),
    "assessment_open": Reason(
        owner=Owner.STAFF,
        title=_("The assessment is not finished"),
        explanation=_("Only an assessed plan gets a date."),
        action=_("Answer the questions, then finish the assessment."),
    ),
    "advised_against": Reason(
        owner=Owner.STAFF,
        title=_("The assessment says not to move"),
        explanation=_("At least one thing the customer needs cannot be had after the move."),
        action=_("Settle it with the customer and correct the answer, or abandon the plan with a reason."),
    ),
    "date_missing": Reason(
        owner=Owner.STAFF,
        title=_("The plan has no date"),
        explanation=_("It is assessed and waits for a schedule of waves that includes it."),
        action=_("Solve a schedule of waves and apply it."),
    ),
    # A date that holds no more: see drift.py.
    "day_passed": Reason(
        owner=Owner.STAFF,
        title=_("The day has passed and the move has not begun"),
        explanation=_("The planner gives the plan another day; until then it begins as soon as it can."),
        action=_("Settle what its numbers wait for, or plan again from today."),
    ),
    "date_against_wish": Reason(
        owner=Owner.STAFF,
        title=_("The date is against a wish of the customer"),
        explanation=_(
            "The customer asked for other days, and the schedule in force does not leave the wish out."
        ),
        action=_("Plan again from today, or withdraw the wish."),
    ),
    "date_against_lock": Reason(
        owner=Owner.STAFF,
        title=_("The date is before the end of a number's lock"),
        explanation=_("At least one of the numbers is locked until after the day of the move."),
        action=_("Plan again from today, or correct until when the number is locked."),
    ),
    "date_against_order": Reason(
        owner=Owner.STAFF,
        title=_("The plan that has to move before does not"),
        explanation=_("The plan that has to move on an earlier day has no day, or one that is not earlier."),
        action=_("Plan again from today, or remove the dependency."),
    ),
    "date_against_blackout": Reason(
        owner=Owner.STAFF,
        title=_("The date is on a day without moves"),
        explanation=_("The schedule in force says that nobody moves on that day."),
        action=_("Plan again from today, or take the date back."),
    ),
    "inform_undecided": Reason(
        owner=Owner.STAFF,
        title=_("Nobody decided whether to inform the customer"),
        explanation=_("No notice is sent before that decision, and the date comes nearer."),
        action=_("Decide it, with the approved text and how many days before the move."),
    ),
    "waits_for_its_day": Reason(
        owner=Owner.PORTAL,
        title=_("The plan starts by itself on its day"),
        explanation=_("Its numbers are checked from three days before; what is wrong then is shown here."),
    ),
    "numbers_move": Reason(
        owner=Owner.PORTAL,
        title=_("The numbers are being moved"),
        explanation=_("Nothing is needed at the moment."),
    ),
}
# What people can settle comes first; what only takes time comes last.
RANK = {owner: rank for rank, owner in enumerate((Owner.STAFF, Owner.CUSTOMER, Owner.CONSUMER, Owner.META))}
LAST = len(RANK)


@dataclass(frozen=True, kw_only=True)
class Need:
    """One thing that stops the plan now, and the numbers that it stops; none of them: the whole plan."""

    requirement: Requirement
    lines: list[PlanLine] = field(default_factory=list)


def rank(requirement: Requirement) -> int:
    """Where a requirement stands among others: the smallest first."""
    return RANK.get(requirement.owner, LAST)


def of_plan(
    plan: MigrationPlan, *, has_lines: bool, is_informed: bool, drift: Iterable[str]
) -> Iterable[str]:
    """What the plan itself needs; `is_informed`: that was decided; `drift`: why its date holds no more."""
    if plan.state not in OPEN_PLANS:
        return
    if plan.attempts >= work.POISON_AFTER:
        yield "plan_fault"
    if plan.paused_at is not None:
        yield "plan_paused"
    if not has_lines:
        yield "numbers_missing"
    if plan.state == PlanState.DRAFT:
        yield "assessment_open"
    if plan.state == PlanState.ASSESSED:
        yield "advised_against" if plan.recommendation == Recommendation.DO_NOT_MOVE else "date_missing"
    yield from drift
    if plan.state in (PlanState.ASSESSED, PlanState.SCHEDULED) and not is_informed:
        yield "inform_undecided"


def needs_of(
    plan: MigrationPlan, *, own: Iterable[str], of_lines: Sequence[tuple[PlanLine, Requirement]]
) -> list[Need]:
    """All that stops the plan, most urgent first: its own reasons, then those of its numbers put together."""
    reasons = list(own)
    found = [Need(requirement=requirement_of(plan, reason)) for reason in reasons]
    same: dict[tuple[str, str, int | None], Need] = {}
    for line, wanted in sorted(of_lines, key=lambda pair: rank(pair[1])):
        if wanted.reason in reasons:
            continue
        need = same.setdefault((wanted.step, wanted.reason, wanted.code), Need(requirement=wanted))
        need.lines.append(line)
    found += same.values()
    if not found and plan.state in (PlanState.SCHEDULED, PlanState.IN_PROGRESS):
        waits = plan.state == PlanState.SCHEDULED
        found.append(Need(requirement=requirement_of(plan, "waits_for_its_day" if waits else "numbers_move")))
    return found


def requirement_of(plan: MigrationPlan, reason: str) -> Requirement:
    """What one of the plan's own reasons asks for."""
    known = PLAN_REASONS[reason]
    deadline: datetime | None = plan.planned_start_at if plan.state == PlanState.SCHEDULED else None
    return Requirement(
        step="",
        owner=known.owner,
        reason=reason,
        title=known.title,
        explanation=known.explanation,
        action=known.action,
        alternatives=list(known.alternatives),
        deadline=deadline,
    )
