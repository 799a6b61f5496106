"""What the customer's page shows of a journey: one list, one next action. No queries, no clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from django.utils.translation import gettext as _

from onboarding import dates, qr, words
from onboarding.models import Owner
from onboarding.queries import Journey, StepView
from onboarding.requirements import Requirement
from onboarding.states import OPEN_STATES, OnboardingState, StepState
from onboarding.steps.keys import StepKey

# Seconds between two looks of an open page, by who acts: ourselves, Meta, a phone, a person elsewhere.
POLLS = {Owner.PORTAL: 2, Owner.CONSUMER: 3, Owner.META: 5, Owner.CUSTOMER: 15, Owner.STAFF: 15}
URGENT = timedelta(days=3)
# For so long a window of Meta that told nothing may still be open, or its news on the way.
SIGNUP_MAY_BE_OPEN = timedelta(minutes=15)


class Stage(StrEnum):
    """Which of the page's faces is shown; each has its template."""

    CONNECT = "connect"
    SETUP = "setup"
    NEEDED = "needed"
    TEST = "test"
    LIVE = "live"
    OVER = "over"
    CLOSED = "closed"


@dataclass(frozen=True)
class Line:
    """One entry of the list, or one step below it: its look and its state in words."""

    title: str
    look: words.Look
    steps: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Rail:
    """The list at the side of the page, and the place on it; nothing is current when all is done."""

    tasks: tuple[Line, ...]
    number: int

    @property
    def current(self) -> Line:
        """The task that the page is about."""
        return self.tasks[self.number - 1]


@dataclass(frozen=True)
class Deadline:
    """Until when the number has to be registered."""

    at: str
    left: str
    is_urgent: bool


@dataclass(frozen=True)
class Answer:
    """Our answer in the test conversation."""

    text: str
    status: str
    is_delivered: bool


@dataclass(frozen=True)
class Page:
    """Everything the templates show."""

    journey: Journey
    stage: Stage
    title: str
    rail: Rail
    need: Requirement | None
    needs_at: str
    deadline: Deadline | None
    signup: str
    stopped_at: str
    chat_link: str
    chat_code: str
    inbound_at: str
    answer: Answer | None
    live_since: str

    @property
    def template(self) -> str:
        """The face of the stage."""
        return f"onboarding/stages/{self.stage}.html"

    @property
    def poll(self) -> int:
        """Seconds until the page looks again; 0 when nothing more will happen."""
        if self.stage is Stage.CLOSED or (self.stage is Stage.LIVE and self.need is None):
            return 0
        return POLLS[Owner.META if self.signup == "open" else _owner(self.journey)]

    @property
    def is_open(self) -> bool:
        """Whether anything can still be done here; a number that is live needs a new invitation."""
        return self.journey.state in OPEN_STATES

    @property
    def can_connect(self) -> bool:
        """Whether Meta's window helps: some of what is missing is done elsewhere, or typed in here."""
        return self.is_open and (self.need is None or self.need.reason in words.CONNECTS)

    @property
    def asks_pin(self) -> bool:
        """Whether the customer may tell us the number's PIN here."""
        return self.is_open and self.need is not None and self.need.reason in words.ASKS_PIN

    @property
    def asks_code(self) -> bool:
        """Whether Meta's code for the number is asked for and typed in here."""
        return self.is_open and self.need is not None and self.need.reason in words.ASKS_CODE

    @property
    def concerns(self) -> bool:
        """Whether a customer whose move is planned has anything to do or to see here now."""
        return self.stage not in (Stage.SETUP, Stage.CLOSED)

    @property
    def announcement(self) -> str:
        """What the live region says when it changes: the stage, what is needed, and how urgent it is."""
        need = str(self.need.title) if self.need else ""
        left = self.deadline.left if self.deadline and self.deadline.is_urgent else ""
        return ". ".join(dict.fromkeys(part for part in (self.title, need, left) if part))


def build(journey: Journey, *, now: datetime, zone: str) -> Page:
    """Turn a journey into the page of this moment."""
    stage, need = _stage(journey), _need(journey)
    tasks = _tasks(journey, stage)
    link, live_at = _chat_link(journey), journey.onboarding.live_at
    return Page(
        journey=journey,
        stage=stage,
        title=_title(journey, stage),
        rail=Rail(
            tasks=tasks,
            number=next(
                (place for place, task in enumerate(tasks, 1) if task.look.key != "done"), len(tasks)
            ),
        ),
        need=need,
        needs_at=dates.short(need.deadline, now=now, zone=zone) if need and need.deadline else "",
        deadline=_deadline(journey, stage, now=now, zone=zone),
        signup=_signup(journey, now=now),
        stopped_at=str(words.SCREENS.get(_left_at(journey), words.STOPPED)),
        chat_link=link,
        chat_code=qr.svg(link) if link and stage is Stage.TEST else "",
        inbound_at=dates.short(journey.inbound.created_at, now=now, zone=zone) if journey.inbound else "",
        answer=_answer(journey),
        live_since=dates.in_words(live_at, zone=zone) if live_at and stage is Stage.LIVE else "",
    )


def _title(journey: Journey, stage: Stage) -> str:
    need = _need(journey)
    if stage is Stage.NEEDED and need is not None:
        return str(need.title)
    return str(words.ARRIVED_TITLE if stage is Stage.TEST and journey.inbound else words.TITLES[stage])


def _owner(journey: Journey) -> Owner:
    return Owner(journey.next_action.owner) if journey.next_action else Owner.PORTAL


def _need(journey: Journey) -> Requirement | None:
    """What is waited for, if it is for anybody but ourselves."""
    return None if _owner(journey) is Owner.PORTAL else journey.next_action


def _stage(journey: Journey) -> Stage:
    state, need = OnboardingState(journey.state), _need(journey)
    if state in (OnboardingState.CANCELLED, OnboardingState.ROLLED_BACK):
        return Stage.CLOSED
    if state is OnboardingState.EXPIRED or journey.window_over:
        return Stage.OVER
    if need is not None and need.owner == Owner.CUSTOMER and need.reason != "sign_up":
        return Stage.NEEDED
    if state is OnboardingState.INVITED and _is_at_token(journey) and not _has_code(journey):
        return Stage.CONNECT
    if state is OnboardingState.LIVE:
        return Stage.LIVE
    is_set_up = all(step.state == StepState.DONE for step in journey.steps if step.key in words.STEPS)
    return Stage.TEST if state is OnboardingState.REGISTERED and is_set_up else Stage.SETUP


def _is_at_token(journey: Journey) -> bool:
    """A planned move has its checks and its day before Meta's window."""
    current = next((step.key for step in journey.steps if step.state != StepState.DONE), "")
    return current == StepKey.TOKEN


def _has_code(journey: Journey) -> bool:
    signup = journey.signup
    return signup is not None and signup.code_received_at is not None and not signup.failed_reason


def _tasks(journey: Journey, stage: Stage) -> tuple[Line, ...]:
    lines: list[Line] = []
    for title, keys in words.TASKS:
        steps = [step for step in journey.steps if step.key in keys]
        is_next = stage is not Stage.CLOSED and all(line.look.key == "done" for line in lines)
        lines.append(_task(str(title), steps, journey, stage, is_next=is_next))
    return tuple(lines)


def _task(title: str, steps: list[StepView], journey: Journey, stage: Stage, *, is_next: bool) -> Line:
    done = all(step.state == StepState.DONE for step in steps) if steps else stage is Stage.LIVE
    if done or not is_next:
        return Line(title, words.LOOKS["done" if done else "todo"])
    owner = Owner.CUSTOMER if stage in (Stage.CONNECT, Stage.OVER) else _owner(journey)
    look = words.LOOKS[words.OWNER_LOOKS[owner]]
    if len(steps) <= 2 or stage is Stage.OVER:
        return Line(title, look)
    return Line(title, look, _steps(steps, look))


def _steps(steps: list[StepView], look: words.Look) -> tuple[Line, ...]:
    current = next(step for step in steps if step.state != StepState.DONE)
    looks = {step.key: words.LOOKS["done" if step.state == StepState.DONE else "todo"] for step in steps}
    looks[current.key] = look
    return tuple(Line(str(words.STEPS[step.key]), looks[step.key]) for step in steps)


def _deadline(journey: Journey, stage: Stage, *, now: datetime, zone: str) -> Deadline | None:
    ends_at, is_signed_up = journey.window_ends_at, journey.state == OnboardingState.SIGNED_UP
    if ends_at is None or not is_signed_up or stage not in (Stage.SETUP, Stage.NEEDED):
        return None
    left = ends_at - now
    return Deadline(at=dates.in_words(ends_at, zone=zone), left=dates.left(left), is_urgent=left <= URGENT)


def _signup(journey: Journey, *, now: datetime) -> str:
    """What became of the newest window of Meta, if it did not lead on."""
    signup = journey.signup
    if signup is None or signup.code_received_at is not None:
        return ""
    if signup.event in ("CANCEL", "ERROR"):
        return "error" if signup.event == "ERROR" or signup.error_message else "cancelled"
    return "open" if signup.is_open and now - signup.started_at < SIGNUP_MAY_BE_OPEN else ""


def _left_at(journey: Journey) -> str:
    """The screen of Meta's window on which it was left, in Meta's name."""
    return journey.signup.current_step if journey.signup else ""


def _chat_link(journey: Journey) -> str:
    """The address that opens a chat with the number in WhatsApp, with a greeting already typed."""
    if journey.phone_number is None:
        return ""
    digits = re.sub(r"\D", "", journey.phone_number.display_phone_number)
    greeting = quote(_("Hello!"))
    return f"https://wa.me/{digits}?text={greeting}" if digits else ""


def _answer(journey: Journey) -> Answer | None:
    message = journey.test_message
    if message is None:
        return None
    status = words.MESSAGE_STATUS.get(message.status, words.MESSAGE_SENDING)
    text = message.payload.get("text", {}).get("body", "") if isinstance(message.payload, dict) else ""
    return Answer(text=text, status=str(status), is_delivered=message.status in words.ARRIVED)
