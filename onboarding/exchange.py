"""The exchange of a signup code: once, at once, and without a second try when its answer is lost.

https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/implementation
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from onboarding import progress
from onboarding.models import Onboarding, SignupSession, Step
from onboarding.states import OPEN_STATES, OnboardingState, StepState
from onboarding.steps.keys import BEFORE, KEYS, StepKey
from portal.graph import oauth
from portal.graph.client import Graph
from portal.graph.errors import GraphError, NotSent, OutcomeUnknown, RateLimited
from portal.graph.secret import Secret
from portal.graph.types import AccessToken
from portal.kernel import calls, clock, limits, tasks, work
from portal.kernel.scope import scope
from portal.kernel.secrets import CannotOpen, open_sealed, seal
from portal.kernel.work import Lease
from tenants import credentials
from tenants.models import BusinessToken, TokenState

OPERATION = "exchange_code"
AGAIN_AFTER = timedelta(seconds=2)
BY = "portal"

# The app is not what Meta knows: wrong secret, unknown app, wrong proof. No customer can help that.
APP_REFUSED = (1, 101, 104)


def at_once(session_id: uuid.UUID) -> None:
    """Exchange in this process, when no broker took the message: the code does not live until a sweep."""
    tasks.run_claimed(work.claim(SignupSession, now=clock.now(), ids=[session_id]), exchange_code)


@dataclass(frozen=True)
class _Exchange:
    """One use of one code."""

    lease: Lease
    session: SignupSession
    graph: Graph
    app_id: str
    app_secret: Secret
    code: Secret

    def send(self, graph: Graph) -> AccessToken:
        return oauth.exchange_code(graph, app_id=self.app_id, app_secret=self.app_secret, code=self.code)

    def record(self, result: AccessToken, now: datetime) -> None:
        _store_token(self.session, result, now=now)
        work.finish(self.lease, now=now)


def exchange_code(lease: Lease) -> None:
    """Turn the code of a session into the customer's token, or say why the signup has to be repeated."""
    with scope(lease.partner_id):
        exchange = _begin(lease, now=clock.now())
    if exchange is None:
        return
    try:
        calls.perform(
            lease=lease,
            graph=exchange.graph,
            operation=OPERATION,
            target=exchange.app_id,
            send=exchange.send,
            record=exchange.record,
        )
    except GraphError as error:
        with scope(lease.partner_id):
            work.still_mine(lease)
            _record_error(lease, exchange.session, error, now=clock.now())


def _begin(lease: Lease, *, now: datetime) -> _Exchange | None:
    calls.close_orphans(lease=lease, now=now)
    session = SignupSession.objects.select_related("onboarding__app", "onboarding__customer").get(pk=lease.id)
    if session.exchanged_at is not None and session.code is not None:
        # A process died between this mark and the answer. A code is good for one exchange.
        _give_up(session, reason="repeat_signup", now=now)
    if session.code is None:
        work.finish(lease, now=now)
        return None
    app = session.onboarding.app
    try:
        app_secret = open_sealed(row=app, column="app_secret")
    except CannotOpen:
        _give_up(session, reason="app_settings", now=now)
        work.finish(lease, now=now)
        return None
    session.exchanged_at = now
    session.save(update_fields=["exchanged_at"])
    graph = credentials.anonymous_graph(app, lease=lease)
    return _Exchange(lease, session, graph, app.app_id, app_secret, open_sealed(row=session, column="code"))


def _store_token(session: SignupSession, result: AccessToken, *, now: datetime) -> None:
    """The token first: everything else can be found again with it."""
    onboarding = session.onboarding
    token = BusinessToken(
        partner_id=session.partner_id,
        customer_id=session.customer_id,
        app=onboarding.app,
        state=TokenState.VALID,
        obtained_at=now,
        expires_at=now + timedelta(seconds=result.expires_in) if result.expires_in else None,
    )
    token.token = seal(row=token, column="token", value=result.access_token.reveal())
    token.save(force_insert=True)
    session.code, session.failed_reason = None, ""
    session.save(update_fields=["code", "failed_reason"])
    Onboarding.objects.filter(pk=onboarding.pk).update(token=token)
    if onboarding.state in OPEN_STATES:
        progress.reset(onboarding, keys=_to_repeat(onboarding), now=now, by=BY, reason="signed up")
        progress.wake(onboarding, now=now)


def _to_repeat(onboarding: Onboarding) -> list[StepKey]:
    """A new signup may bring another account or number; once registered, only the token is new."""
    if onboarding.state == OnboardingState.REGISTERED:
        return [StepKey.TOKEN]
    return [key for key in KEYS[onboarding.kind] if key not in (StepKey.WEBHOOKS, *BEFORE)]


def _record_error(lease: Lease, session: SignupSession, error: GraphError, *, now: datetime) -> None:
    if isinstance(error, NotSent | RateLimited) and _still_good(session, now=now):
        session.exchanged_at = None
        session.save(update_fields=["exchanged_at"])
        work.finish(lease, now=now, due_at=now + AGAIN_AFTER)
        return
    is_known = not isinstance(error, OutcomeUnknown)
    app_refused = is_known and error.code in APP_REFUSED and error.subcode is None
    _give_up(session, reason="app_settings" if app_refused else "repeat_signup", now=now, error=error)
    work.finish(lease, now=now)


def _still_good(session: SignupSession, *, now: datetime) -> bool:
    life = limits.duration("embedded_signup_code_ttl")
    return session.code_received_at is not None and now + AGAIN_AFTER < session.code_received_at + life


def _give_up(session: SignupSession, *, reason: str, now: datetime, error: GraphError | None = None) -> None:
    """The code is spent: keep why, and ask for another signup where the journey waits for this one."""
    session.code, session.failed_reason = None, reason
    session.save(update_fields=["code", "failed_reason"])
    # The journey before its steps, as everybody locks them; else this and the engine wait for each other.
    journey = Onboarding.objects.select_for_update().filter(pk=session.onboarding_id)
    journey.values_list("pk", flat=True).get()
    step = Step.objects.get(onboarding=session.onboarding, key=StepKey.TOKEN)
    if step.state == StepState.DONE:
        return
    progress.wait(
        step,
        reason=reason,
        now=now,
        by=BY,
        code=error.code if error else None,
        subcode=error.subcode if error else None,
        fbtrace_id=(error.fbtrace_id or "") if error else "",
    )
