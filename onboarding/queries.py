"""What can be asked about journeys: one object for the API, the desk and the customer's page."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When
from django.utils.functional import Promise

from messaging.models import Direction, Message
from onboarding import window
from onboarding.models import Onboarding, SignupSession, Step
from onboarding.requirements import Requirement, of_step, requirement
from onboarding.states import OPEN_STATES, OnboardingState, StepState
from onboarding.steps.keys import StepKey
from portal.kernel import calls, limits, work
from portal.kernel.models import GraphCall
from tenants.models import PhoneNumber, TokenState, Waba

# After this long without a token the answer to a code exchange is lost, whatever became of its worker.
EXCHANGE_ANSWERS_WITHIN = timedelta(seconds=45)
UNREGISTERED = (OnboardingState.SIGNED_UP, OnboardingState.EXPIRED)


@dataclass(frozen=True, kw_only=True)
class StepView:
    """One line of the rail."""

    key: str
    title: str | Promise
    state: str
    requirement: Requirement | None
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class SignupView:
    """The latest opening of Meta's window, and how it went."""

    started_at: datetime
    event: str
    event_at: datetime | None
    code_received_at: datetime | None
    current_step: str
    error_code: str
    error_message: str
    meta_session_id: str
    failed_reason: str

    @property
    def is_open(self) -> bool:
        """Whether somebody may still be inside Meta's window."""
        return not self.event and self.code_received_at is None


@dataclass(frozen=True, kw_only=True)
class Journey:
    """Where an onboarding is, who must act, and by when."""

    onboarding: Onboarding
    state: str
    steps: list[StepView]
    requirements: list[Requirement]
    next_action: Requirement | None
    window_ends_at: datetime | None
    time_left: timedelta | None
    window_over: bool
    attempts_used: int
    attempts_allowed: int
    attempts_free_at: datetime | None
    phone_number: PhoneNumber | None
    waba: Waba | None
    signup: SignupView | None
    test_message: Message | None
    inbound: Message | None


def desk_queue() -> QuerySet[Onboarding]:
    """All onboardings: open ones by the time left to register, then by age; the closed ones last."""
    is_open, unregistered = Q(state__in=OPEN_STATES), Q(state__in=UNREGISTERED)
    rows = Onboarding.objects.select_related(
        "customer", "app", "token", "phone_number", "waba", "test_message"
    )
    return rows.annotate(
        closed_at_end=Case(When(is_open, then=Value(0)), default=Value(1)),
        time_left_until=Case(When(unregistered, then=F("window_ends_at")), output_field=DateTimeField()),
    ).order_by("closed_at_end", F("time_left_until").asc(nulls_last=True), "created_at", "id")


def journey(onboarding: Onboarding, *, now: datetime) -> Journey:
    """One journey. Inside its scope."""
    return journeys([onboarding], now=now)[0]


def journeys(onboardings: Sequence[Onboarding], *, now: datetime) -> list[Journey]:
    """The journeys of many onboardings, in as many queries as for one. Load them with `desk_queue()`."""
    facts = _Facts(onboardings, now=now)
    return [facts.journey(onboarding) for onboarding in onboardings]


class _Facts:
    """What the journeys of some onboardings need from other tables, each read once."""

    def __init__(self, onboardings: Sequence[Onboarding], *, now: datetime) -> None:
        self.now = now
        ids = [onboarding.pk for onboarding in onboardings]
        numbers = [onboarding.phone_number for onboarding in onboardings if onboarding.phone_number]
        self.steps: dict[uuid.UUID, list[Step]] = defaultdict(list)
        for step in Step.objects.filter(onboarding__in=ids).order_by("position"):
            self.steps[step.onboarding_id].append(step)
        sessions = SignupSession.objects.filter(onboarding__in=ids).order_by("onboarding_id", "-started_at")
        self.sessions = {session.onboarding_id: session for session in sessions.distinct("onboarding_id")}
        unanswered = sessions.filter(code__isnull=False).values_list("onboarding_id", "code_received_at")
        self.unanswered: dict[uuid.UUID, datetime | None] = dict(unanswered)
        self.budget = limits.number("register_calls") - calls.SPARED_ATTEMPTS
        self.span = limits.duration("register_block_after_limit")
        self.attempts = self._attempts({number.phone_number_id for number in numbers})
        inbound = Message.objects.filter(phone_number__in=numbers, direction=Direction.INBOUND)
        newest = inbound.order_by("phone_number_id", "-created_at").distinct("phone_number_id")
        self.inbound = {message.phone_number_id: message for message in newest}

    def _attempts(self, phone_number_ids: set[str]) -> dict[str, list[datetime]]:
        made: dict[str, list[datetime]] = defaultdict(list)
        counted = GraphCall.objects.filter(
            calls.SEEN_BY_META,
            phone_number_id__in=phone_number_ids,
            operation__in=calls.REGISTRATION_CALLS,
            started_at__gt=self.now - self.span,
        ).order_by("-started_at")
        for phone_number_id, started_at in counted.values_list("phone_number_id", "started_at"):
            made[phone_number_id].append(started_at)
        return made

    def journey(self, onboarding: Onboarding) -> Journey:
        number, ends_at = onboarding.phone_number, onboarding.window_ends_at
        waiting = ends_at is not None and onboarding.state in UNREGISTERED
        open_until = ends_at if waiting and window.is_open(ends_at, self.now) else None
        steps = [_step(step, deadline=open_until) for step in self.steps[onboarding.pk]]
        needed = list(self._requirements(onboarding, steps))
        starts = self.attempts[number.phone_number_id][: self.budget] if number else []
        return Journey(
            onboarding=onboarding,
            state=onboarding.state,
            steps=steps,
            requirements=needed,
            next_action=needed[0] if needed else None,
            window_ends_at=ends_at,
            time_left=max(ends_at - self.now, timedelta()) if ends_at and waiting else None,
            window_over=waiting and open_until is None,
            attempts_used=len(starts),
            attempts_allowed=self.budget,
            attempts_free_at=starts[-1] + self.span if len(starts) == self.budget else None,
            phone_number=number,
            waba=onboarding.waba,
            signup=_signup(self.sessions.get(onboarding.pk)),
            test_message=onboarding.test_message,
            inbound=self.inbound.get(number.pk) if number else None,
        )

    def _requirements(self, onboarding: Onboarding, steps: Iterable[StepView]) -> Iterable[Requirement]:
        """What stops the journey now: its first step that is not done, and access that was withdrawn."""
        if onboarding.state == OnboardingState.CANCELLED:
            return
        if onboarding.waba is not None and onboarding.waba.removed_at is not None:
            yield requirement(step=StepKey.TOKEN, reason="access_removed")
            return
        current = next((step for step in steps if step.state != StepState.DONE), None)
        if _token_refused(onboarding) and (current is None or current.key != StepKey.TOKEN):
            yield requirement(step=StepKey.TOKEN, reason="connect_again")
            return
        if current is None:
            return
        stopped = current.requirement
        if onboarding.attempts >= work.POISON_AFTER:
            stopped = requirement(step=current.key, reason="portal_fault")
        if current.key == StepKey.TOKEN and (code_at := self.unanswered.get(onboarding.pk)):
            # Shown as lost in time, even if every worker is dead.
            lost = self.now >= code_at + work.scaled(EXCHANGE_ANSWERS_WITHIN)
            stopped = requirement(step=current.key, reason="repeat_signup" if lost else "in_progress")
        yield stopped or requirement(step=current.key, reason="in_progress")


def _token_refused(onboarding: Onboarding) -> bool:
    """Meta refused the customer's token after the step that got it was done."""
    token = onboarding.token
    return token is not None and token.state == TokenState.INVALID


def _step(step: Step, *, deadline: datetime | None) -> StepView:
    return StepView(
        key=step.key,
        title=StepKey(step.key).label,
        state=step.state,
        requirement=of_step(step, deadline=deadline),
        changed_at=step.changed_at,
    )


def _signup(session: SignupSession | None) -> SignupView | None:
    if session is None:
        return None
    return SignupView(
        started_at=session.started_at,
        event=session.event,
        event_at=session.event_at,
        code_received_at=session.code_received_at,
        current_step=session.current_step,
        error_code=session.error_code,
        error_message=session.error_message,
        meta_session_id=session.meta_session_id,
        failed_reason=session.failed_reason,
    )
