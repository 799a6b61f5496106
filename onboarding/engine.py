"""The engine: the only code that runs the steps of a journey.

One turn is: in the scope, take the first step that is not done and pass its gate; outside it, look, and act
only if it is not so already; in the scope again, record. What stops a step is written on it, with its owner.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from onboarding import failures, links, notices, progress
from onboarding.models import Kind, NoticeKind, Onboarding, Owner, PlanLine, Step
from onboarding.plans.moving import lines
from onboarding.plans.telling import needed
from onboarding.reasons import REASONS
from onboarding.states import OPEN_STATES, LineState, OnboardingState, StepState
from onboarding.steps.add_number import AddNumberStep
from onboarding.steps.appointment import AppointmentStep
from onboarding.steps.backup import BackupStep
from onboarding.steps.base import BY, Context, Identity, JourneyStep, Stopped, Waits
from onboarding.steps.client_shutdown import ClientShutdownStep
from onboarding.steps.credit_line import CreditLineStep
from onboarding.steps.deregister import DeregisterStep
from onboarding.steps.inbound import InboundStep
from onboarding.steps.keys import BY_SIGNUP, StepKey
from onboarding.steps.payment import PaymentStep
from onboarding.steps.phone_number_id import PhoneNumberIdStep
from onboarding.steps.preflight import PreflightStep
from onboarding.steps.register import RegisterStep
from onboarding.steps.restore import RestoreStep
from onboarding.steps.subscribe import SubscribeStep
from onboarding.steps.sync import SyncStep
from onboarding.steps.templates import TemplatesStep
from onboarding.steps.test_message import AnswerStep
from onboarding.steps.token import TokenStep
from onboarding.steps.verification import VerificationStep
from onboarding.steps.verify import VerifyStep
from onboarding.steps.webhooks import WebhooksStep
from portal.graph.errors import GraphError, TokenInvalid
from portal.kernel import audit, calls, clock, work
from portal.kernel.scope import scope
from portal.kernel.states import transition
from portal.kernel.work import Lease
from tenants import credentials
from tenants.models import Partner, SystemUser, TokenState

STEPS: dict[str, type[JourneyStep]] = {
    step.key: step
    for step in (
        TokenStep,
        WebhooksStep,
        SubscribeStep,
        CreditLineStep,
        TemplatesStep,
        AddNumberStep,
        VerificationStep,
        PhoneNumberIdStep,
        PreflightStep,
        AppointmentStep,
        BackupStep,
        RegisterStep,
        ClientShutdownStep,
        DeregisterStep,
        RestoreStep,
        SyncStep,
        PaymentStep,
        InboundStep,
        AnswerStep,
        VerifyStep,
    )
}
# A turn may need a few calls of 20 s: with less left, the row is given back and claimed afresh.
ENOUGH_LEASE = timedelta(seconds=75)
PAUSE = timedelta(seconds=1)


def advance(lease: Lease) -> None:
    """Take a journey as far as it goes now."""
    while _turn(lease):
        if lease.seconds_left() < work.scaled(ENOUGH_LEASE).total_seconds():
            with scope(lease.partner_id):
                now = clock.now()
                work.finish(lease, now=now, due_at=now)
            return


def _turn(lease: Lease) -> bool:
    """Do one step; return whether there may be more to do."""
    with scope(lease.partner_id):
        work.still_mine(lease)
        ctx = _load(lease)
        if ctx is None:
            return False
        step = STEPS[ctx.row.key](ctx)
        try:
            if not step.needed():
                ctx.done(ctx.now)
                return True
            _prepare(step)
        except Waits as waits:
            return _wait(step, waits)
    try:
        return _look_and_act(step)
    except Waits as waits:
        stopped = waits
    except Stopped:
        with scope(lease.partner_id):
            work.finish(lease, now=clock.now())
        return False
    except TokenInvalid as error:
        with scope(lease.partner_id):
            work.still_mine(lease)
            return _refuse_token(step, error)
    with scope(lease.partner_id):
        work.still_mine(lease)
        return _wait(step, stopped)


def _load(lease: Lease) -> Context | None:
    """The step whose turn it is; None, with the row given back, when there is none to do. In the scope."""
    now = clock.now()
    calls.close_orphans(lease=lease, now=now)
    related = ("app__business_manager", "customer", "token__app", "waba", "phone_number", "test_message")
    onboarding = Onboarding.objects.select_related(*related).get(pk=lease.id)
    if onboarding.paused_at is not None or onboarding.state not in OPEN_STATES:
        work.finish(lease, now=now)
        return None
    row = progress.first_open_step(onboarding)
    if row is None:
        _end(onboarding, now=now)
    if row is None or _is_held(row):
        work.finish(lease, now=now)
        return None
    if row.state == StepState.WAITING and row.owner == Owner.META and row.until and row.until > now:
        work.finish(lease, now=now, due_at=row.until)  # a wake-up does not shorten what Meta asked for
        return None
    if _lost_token(onboarding, row):
        progress.reset(onboarding, keys=[StepKey.TOKEN], now=now, by=BY, reason="the token is not valid")
        row = Step.objects.get(onboarding=onboarding, key=StepKey.TOKEN)
    partner = Partner.objects.get(pk=lease.partner_id)
    return Context(lease, onboarding, partner, row, now, lines.of(onboarding))


def _end(onboarding: Onboarding, *, now: datetime) -> None:
    """Every step is done: the number is where it was to go."""
    if onboarding.kind == Kind.ROLLBACK:
        transition(row=onboarding, to=OnboardingState.ROLLED_BACK, now=now, by=BY)
        audit.record(row=onboarding, action="onboarding.rolled_back", now=now, by=BY)
        lines.close(onboarding, now=now, by=BY)
    elif onboarding.state == OnboardingState.REGISTERED:
        transition(row=onboarding, to=OnboardingState.LIVE, now=now, by=BY, live_at=now)
        audit.record(row=onboarding, action="onboarding.live", now=now, by=BY)
        lines.close(onboarding, now=now, by=BY)


def _is_held(row: Step) -> bool:
    """A person has to release it: no wake-up does."""
    if row.state == StepState.FAILED:
        return True
    return row.state == StepState.WAITING and row.reason in REASONS and REASONS[row.reason].held


def _lost_token(onboarding: Onboarding, row: Step) -> bool:
    """Whether the token that an earlier step got is gone, where the journey goes by a customer's token."""
    token = onboarding.token
    if row.key == StepKey.TOKEN or (token is None and onboarding.kind not in BY_SIGNUP):
        return False
    if token is not None and token.state == TokenState.VALID:
        return False
    earlier = Step.objects.filter(onboarding=onboarding, position__lt=row.position)
    return earlier.filter(key=StepKey.TOKEN).exists()


def _prepare(step: JourneyStep) -> None:
    step.gate()
    for operation in step.operations:
        before = calls.last_call(work_id=step.onboarding.pk, operation=operation)
        settled_at = calls.settles_at(before)
        if settled_at is not None and settled_at > step.ctx.now:
            raise Waits("settling", until=settled_at)
    step.prepare()


def _look_and_act(step: JourneyStep) -> bool:
    """Outside the scope: look, act if it is not so, and keep what was found."""
    acting = False
    try:
        if not step.look():
            acting = True
            if step.act():
                return True
            acting = False
            if not step.look():
                raise Waits("confirming", again_at=step.ctx.soon())
    except TokenInvalid:
        raise
    except calls.NumberBusy:
        raise Waits("confirming", again_at=step.ctx.soon()) from None
    except GraphError as error:
        raise failures.waits(error, step=step, acting=acting) from error
    with scope(step.ctx.lease.partner_id):
        work.still_mine(step.ctx.lease)
        now = clock.now()
        try:
            step.record(now)
        except Waits as waits:
            return _wait(step, waits)
        step.ctx.done(now)
    return True


def _wait(step: JourneyStep, waits: Waits) -> bool:
    """Write what the step waits for and give the row back; True if an earlier step is to be repeated now."""
    now, row = clock.now(), step.ctx.row
    step.stopped(waits, now)
    if waits.repeat:
        progress.reset(step.onboarding, keys=waits.repeat, now=now, by=BY, reason=waits.reason)
        return True
    owner = step.owner(waits.reason) or REASONS[waits.reason].owner
    is_news = row.reason != waits.reason
    progress.wait(
        row,
        reason=waits.reason,
        now=now,
        by=BY,
        until=waits.until,
        failed=waits.failed,
        code=waits.code,
        subcode=waits.subcode,
        fbtrace_id=waits.fbtrace_id,
        owner=owner,
    )
    if step.ctx.line is not None:
        _tell_plan(step.ctx.line, waits, owner=owner, is_news=is_news, now=now)
    # A moment that has passed while we worked must not make a journey spin.
    again_at = max(waits.again_at, now + work.scaled(PAUSE)) if waits.again_at else None
    work.finish(step.ctx.lease, now=now, due_at=again_at)
    return False


def _tell_plan(line: PlanLine, waits: Waits, *, owner: Owner, is_news: bool, now: datetime) -> None:
    """Ask the customer if it is needed, and let the numbers after this one go if it waits for long."""
    if owner == Owner.CUSTOMER:
        needed.tell_customer(plan_id=line.plan_id, reason=waits.reason, now=now, by=BY)
    if is_news and line.state == LineState.MOVING and lines.lets_others_go(owner, waits.until, now=now):
        lines.wake_plan(line, now=now)


def _refuse_token(step: JourneyStep, error: TokenInvalid) -> bool:
    """Error 190: no more calls with this token. In the scope."""
    now, onboarding = clock.now(), step.onboarding
    told: dict[str, Any] = {"now": now, "by": BY, "code": error.code, "subcode": error.subcode}
    if step.speaks_as is Identity.APP:
        return _wait(step, Waits("app_settings", error=error))
    if step.speaks_as is Identity.SYSTEM_USER:
        for user in SystemUser.objects.filter(app=onboarding.app, role=SystemUser.SystemRole.ADMIN):
            if credentials.invalidate_token(token=user, **told):
                notices.create_notice(onboarding=onboarding, kind=NoticeKind.SYSTEM_TOKEN, link="", now=now)
        return _wait(step, Waits("system_user_missing", again_at=step.ctx.soon(), error=error))
    if onboarding.token is not None and credentials.invalidate_token(token=onboarding.token, **told):
        link = links.create_link(onboarding=onboarding, now=now, by=BY)
        notices.create_notice(onboarding=onboarding, kind=NoticeKind.ACCESS_LOST, link=link, now=now)
    progress.reset(onboarding, keys=[StepKey.TOKEN], now=now, by=BY, reason="Meta refused the token")
    row = Step.objects.get(onboarding=onboarding, key=StepKey.TOKEN)
    progress.wait(
        row,
        reason="connect_again",
        now=now,
        by=BY,
        code=error.code,
        subcode=error.subcode,
        fbtrace_id=error.fbtrace_id or "",
    )
    work.finish(step.ctx.lease, now=now)
    return False
