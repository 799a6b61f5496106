"""What a step waits for after an error of Meta's: who can do something about it, and when we try again."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from onboarding.models import Kind, Owner, Step
from onboarding.plans.moving import meta_refusals as move_refusals
from onboarding.reasons import REASONS
from onboarding.steps.base import Identity, JourneyStep, Waits
from onboarding.steps.keys import StepKey
from onboarding.steps.register import RegisterStep
from portal.graph.errors import (
    GraphError,
    InvalidRequest,
    NotSent,
    NotVisible,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
)
from portal.graph.onprem import SignInRefused
from portal.kernel import calls, work

FIRST_BACKOFF, LONGEST_BACKOFF = timedelta(seconds=5), timedelta(minutes=10)
JITTER = 0.2
WEBHOOK_AGAIN = timedelta(seconds=60)
PIN_PAUSE, PIN_LOCK = timedelta(seconds=60), timedelta(hours=12)

MOVE_AGAIN = timedelta(minutes=15)
CLIENT_AGAIN = timedelta(seconds=60)
# Where Meta checks whether a number may move.
MOVING = (StepKey.ADD_NUMBER, StepKey.VERIFICATION)

NUMBER_ELSEWHERE = 2388001
WEBHOOK_REFUSED = 2200
GENERAL, BAD_VALUE, WRONG_PIN = 100, 131009, 133005
RATE_REASONS = {133015: "number_being_freed", 133016: "registration_blocked"}


def waits(error: GraphError, *, step: JourneyStep, acting: bool) -> Waits:
    """The wait that an error puts on a step. `acting`: a call that changes something was on its way."""
    now, row = step.ctx.now, step.ctx.row
    if step.speaks_as is Identity.CLIENT:
        return _of_client(error, step=step, acting=acting)
    if isinstance(error, RateLimited) and step.key != StepKey.VERIFICATION:
        reason = RATE_REASONS.get(error.code or 0, "rate_limited")
        return Waits(reason, until=_told(error, now) or _backoff(row, reason, now), error=error)
    if isinstance(error, OutcomeUnknown) and acting:
        return Waits("settling", until=now + work.scaled(calls.SETTLE), error=error)
    if isinstance(error, NotSent | OutcomeUnknown | RateLimited) and not _is_code_request(step, error):
        return Waits("meta_unavailable", until=_backoff(row, "meta_unavailable", now), error=error)
    by_code = _by_code(error, step=step, now=now)
    return by_code or _by_class(error, step=step)


def _of_client(error: GraphError, *, step: JourneyStep, acting: bool) -> Waits:
    """The On-Premises client is the customer's: what it says is no word of Meta's."""
    if isinstance(error, SignInRefused):
        return Waits("client_password", error=error)
    if isinstance(error, OutcomeUnknown) and acting and step.operations:
        return Waits("settling", until=step.ctx.soon(calls.SETTLE), error=error)
    if isinstance(error, NotSent | OutcomeUnknown):
        return Waits("client_unreachable", again_at=step.ctx.soon(CLIENT_AGAIN), error=error)
    return Waits("client_refused", error=error)


def _is_code_request(step: JourneyStep, error: GraphError) -> bool:
    return step.key == StepKey.VERIFICATION and isinstance(error, RateLimited)


def _by_code(error: GraphError, *, step: JourneyStep, now: datetime) -> Waits | None:
    if step.key == StepKey.REGISTER and (planned := _of_planned(error, step=step)):
        return planned
    moves = step.onboarding.kind == Kind.NUMBER_MOVE and step.key in MOVING
    if moves and (reason := move_refusals.reason_of(error)):
        again_at = None if REASONS[reason].held else step.ctx.soon(MOVE_AGAIN)
        is_metas = REASONS[reason].owner == Owner.META
        return Waits(reason, until=again_at if is_metas else None, again_at=again_at, error=error)
    if NUMBER_ELSEWHERE in (error.code, error.subcode):
        return Waits("number_elsewhere", error=error)
    match step.key, error.code:
        case StepKey.REGISTER, 133005:
            return Waits("wrong_pin", error=error)
        case StepKey.REGISTER, 133006 if not step.ctx.verifies_by_code:
            return Waits("verify_number", error=error)
        case StepKey.REGISTER, 133008 | 133009:
            pause = PIN_LOCK if error.code == 133008 else PIN_PAUSE
            return Waits("pin_locked", until=_told(error, now) or now + pause, error=error)
        case StepKey.WEBHOOKS, _ if error.code == WEBHOOK_REFUSED:
            return Waits("webhook_unreachable", again_at=step.ctx.soon(WEBHOOK_AGAIN), error=error)
        case StepKey.VERIFICATION, 136024:
            return Waits("code_refused", error=error)
        case StepKey.VERIFICATION, 136025:
            return Waits("wrong_code", error=error)
    return None


def _of_planned(error: GraphError, *, step: JourneyStep) -> Waits | None:
    """What a refused registration means for a number that moves by a plan."""
    text = f"{error.title} {error.details} {error.message}".lower()
    if isinstance(step, RegisterStep) and step.from_client:
        if error.code == WRONG_PIN:
            return Waits("onprem_wrong_pin", error=error)
        # Meta has a code for a bad value, and the general one, of which only the words tell more.
        if error.code == BAD_VALUE or (error.code == GENERAL and "backup" in text):
            return Waits("backup_refused", error=error)
    if step.ctx.line is not None and error.code == GENERAL and "terms" in text:
        return Waits("accept_terms", again_at=step.ctx.soon(), error=error)
    return None


def _by_class(error: GraphError, *, step: JourneyStep) -> Waits:
    if isinstance(error, PermissionMissing | NotVisible) and step.speaks_as is Identity.SYSTEM_USER:
        return Waits("system_user_access", error=error)
    if isinstance(error, InvalidRequest) and step.key == StepKey.REGISTER:
        return Waits("registration_refused", error=error)
    return Waits("refused", failed=True, error=error)


def _told(error: GraphError, now: datetime) -> datetime | None:
    """When Meta itself says to come back."""
    return now + timedelta(seconds=error.retry_after_seconds) if error.retry_after_seconds else None


def _backoff(row: Step, reason: str, now: datetime) -> datetime:
    """Twice as long as the last time for the same reason, with jitter so that not all come back at once."""
    wait = work.scaled(FIRST_BACKOFF)
    if row.reason == reason and row.until is not None:
        wait = max(wait, (row.until - row.changed_at) * 2)
    spread = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    return now + min(wait, work.scaled(LONGEST_BACKOFF)) * spread
