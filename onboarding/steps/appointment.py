"""The day of the move: nothing passes before it, and one number goes after the other."""

from __future__ import annotations

from datetime import datetime, timedelta

from onboarding.models import Kind, MigrationPlan, PlanLine, Step
from onboarding.plans.moving import invitations, lines
from onboarding.states import OPEN_LINES, LineState, PlanState, StepState
from onboarding.steps.base import BY, JourneyStep, Waits
from onboarding.steps.keys import BY_SIGNUP, StepKey
from portal.kernel import work

# What the preflight saw is looked at again if it is older than this when the turn comes.
FRESH = timedelta(hours=6)
# The others wake a number whose turn comes; this is for a wake-up that is lost.
LOOK_AT_OTHERS = timedelta(minutes=5)


class AppointmentStep(JourneyStep):
    """DONE when the plan's time has come and no other number goes first; the line then moves."""

    key = StepKey.APPOINTMENT

    def needed(self) -> bool:
        line = self.ctx.line
        return line is not None and line.state == LineState.PENDING

    def record(self, now: datetime) -> None:
        line = self.ctx.line
        if line is None:
            return
        plan = MigrationPlan.objects.select_for_update().get(pk=line.plan_id)
        _hold_for_the_day(plan, now=now)
        self._hold_for_others(line, now=now)
        self._hold_for_fresh_checks(now)
        invited = self.onboarding.kind in BY_SIGNUP and invitations.who_connects(line) == line
        if invited and (free_at := invitations.next_free_place(self.onboarding, now=now)):
            raise Waits("signups_used", until=free_at)
        lines.begin(line, plan, now=now, by=BY)
        if invited:
            invitations.invite(self.onboarding, now=now, by=BY)

    def _hold_for_others(self, line: PlanLine, *, now: datetime) -> None:
        """The test number goes first and has to arrive; the others follow in their order."""
        if self.onboarding.kind == Kind.PARTNER_SWITCH:
            return  # the account changes partner with all its numbers at once
        others = PlanLine.objects.filter(plan=line.plan_id, state__in=OPEN_LINES).exclude(pk=line.pk)
        tests = others.filter(is_test_number=True)
        if not line.is_test_number and tests.exists():
            raise Waits("test_number_first", again_at=self.ctx.soon(LOOK_AT_OTHERS))
        rivals = tests if line.is_test_number else others
        earlier = rivals.filter(position__lt=line.position).select_related("onboarding")
        if _any_goes_first(list(earlier), now=now):
            raise Waits("earlier_number", again_at=self.ctx.soon(LOOK_AT_OTHERS))

    def _hold_for_fresh_checks(self, now: datetime) -> None:
        preflight = Step.objects.get(onboarding=self.onboarding, key=StepKey.PREFLIGHT)
        if preflight.changed_at < now - FRESH:
            raise Waits("appointment", repeat=[StepKey.PREFLIGHT])


def _hold_for_the_day(plan: MigrationPlan, *, now: datetime) -> None:
    if plan.paused_at is not None:
        raise Waits("plan_paused")
    if plan.state == PlanState.IN_PROGRESS:
        return
    starts_at = plan.planned_start_at if plan.state == PlanState.SCHEDULED else None
    if starts_at is None:
        raise Waits("appointment")
    if now < starts_at:
        raise Waits("appointment", until=starts_at)


def _any_goes_first(earlier: list[PlanLine], *, now: datetime) -> bool:
    """Whether one of these is ready or on its way, and waits neither for a person nor long for Meta."""
    journeys = [line.onboarding_id for line in earlier if line.onboarding_id]
    steps = Step.objects.filter(onboarding__in=journeys).exclude(state=StepState.DONE)
    current = {
        step.onboarding_id: step
        for step in steps.order_by("onboarding_id", "position").distinct("onboarding_id")
    }
    return any(
        _goes_first(line, current.get(line.onboarding_id), now=now) for line in earlier if line.onboarding_id
    )


def _goes_first(line: PlanLine, step: Step | None, *, now: datetime) -> bool:
    onboarding = line.onboarding
    if onboarding is None or onboarding.paused_at is not None or onboarding.attempts >= work.POISON_AFTER:
        return False
    if step is None:
        return True  # about to end
    if line.state == LineState.PENDING and step.key != StepKey.APPOINTMENT:
        return False
    return not lines.lets_others_go(step.owner, step.until, now=now)
