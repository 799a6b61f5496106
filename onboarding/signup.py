"""The customer's side of embedded signup: a link, a session of Meta's window, and the signals it gives.

https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/implementation

The code, the window message and the PARTNER_ADDED webhook come in any order, twice, late or not at all.
What a browser says is a hint: which account was shared is asked from Meta with the token.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from onboarding import exchange, messages, progress
from onboarding.links import TOKEN_BYTES, hashed
from onboarding.models import Onboarding, OnboardingLink, SignupSession, Step
from onboarding.plans.customer.links import needed_onboarding
from onboarding.services import Closed, Refused
from onboarding.states import OnboardingState, StepState
from onboarding.steps.keys import StepKey
from portal.graph.secret import Secret
from portal.kernel import work
from portal.kernel.rls import find_tenant
from portal.kernel.scope import scope
from portal.kernel.secrets import seal

LONGEST_CODE = 4096


@dataclass(frozen=True)
class LinkFound:
    """Whose page a link opens; of a plan's numbers, the one that needs the customer now."""

    id: uuid.UUID
    partner_id: uuid.UUID
    customer_id: uuid.UUID
    onboarding_id: uuid.UUID | None
    plan_id: uuid.UUID | None
    expires_at: datetime


class LinkUnknown(Refused):
    code = "link_unknown"
    message = _("This link does not exist.")


class LinkUnusable(Refused):
    """A real link that no longer opens the page; `link` says whose it was."""

    def __init__(self, link: LinkFound) -> None:
        super().__init__(self.code)
        self.link = link


class LinkExpired(LinkUnusable):
    code = "link_expired"
    message = _("This link has expired.")


class LinkRevoked(LinkUnusable):
    code = "link_revoked"
    message = _("This link was replaced by a newer one.")


class SessionUnknown(Refused):
    code = "signup_session_unknown"
    message = _("This connection was not started from this page. Press Connect again.")


class CodeUsed(Refused):
    code = "signup_code_used"
    message = _("This connection was already used. Press Connect again.")


class CodeMalformed(Refused):
    code = "signup_code_malformed"
    message = _("Meta's answer could not be read. Press Connect again.")


class TooEarly(Refused):
    code = "signup_too_early"
    message = _("It is not time to connect yet. You will get an e-mail on the day.")


def find_link(token: str, now: datetime) -> LinkFound:
    """The link of a token, looked up in any tenant; raises `LinkUnknown`, `LinkExpired` or `LinkRevoked`."""
    found = find_tenant(OnboardingLink, token_hash=hashed(token))
    if not found:
        raise LinkUnknown
    link_id, partner_id = found[0]
    with scope(partner_id):
        row = OnboardingLink.objects.get(pk=link_id)
        needed = needed_onboarding(row.plan_id) if row.plan_id else row.onboarding_id
    link = LinkFound(row.pk, partner_id, row.customer_id, needed, row.plan_id, row.expires_at)
    if row.revoked_at is not None:
        raise LinkRevoked(link)
    if row.expires_at <= now:
        raise LinkExpired(link)
    return link


def note_opened(*, link: LinkFound, now: datetime) -> None:
    """Keep when the customer first opened the page."""
    OnboardingLink.objects.filter(pk=link.id, opened_at=None).update(opened_at=now)


def start_session(*, link: LinkFound, now: datetime) -> tuple[SignupSession, str]:
    """Note that Meta's window is opened and return the nonce with which its results come back."""
    if link.onboarding_id is None:
        raise Closed
    onboarding = Onboarding.objects.get(pk=link.onboarding_id)
    if onboarding.state == OnboardingState.CANCELLED:
        raise Closed
    if _is_too_early(onboarding):
        raise TooEarly
    nonce = secrets.token_urlsafe(TOKEN_BYTES)
    session = SignupSession.objects.create(
        partner_id=link.partner_id,
        customer_id=link.customer_id,
        onboarding=onboarding,
        link_id=link.id,
        nonce_hash=hashed(nonce),
        started_at=now,
    )
    return session, nonce


def receive_code(*, link: LinkFound, nonce: str, code: Secret, now: datetime) -> None:
    """Keep the code of FB.login and have it exchanged at once; the same code twice is one exchange."""
    text = code.reveal()
    if not (0 < len(text) <= LONGEST_CODE and text.isascii() and text.isprintable()):
        raise CodeMalformed
    session = _session(link, nonce)
    if session.code_hash == hashed(text):
        return
    if session.code_hash is not None:
        raise CodeUsed
    session.code, session.code_hash = seal(row=session, column="code", value=text), hashed(text)
    session.code_received_at = now
    try:
        with transaction.atomic():
            session.save(update_fields=["code", "code_hash", "code_received_at"])
    except IntegrityError as error:
        raise CodeUsed from error
    work.schedule(session, due_at=now, now=now, if_deaf=lambda: exchange.at_once(session.pk))


def receive_message(*, link: LinkFound, nonce: str, raw: str, now: datetime) -> bool:
    """Keep what Meta's window said; return whether it was a message of embedded signup."""
    told = messages.read(raw)
    if told is None:
        return False
    session = _session(link, nonce)
    if session.event.startswith(messages.FINISH) and not told.event.startswith(messages.FINISH):
        return True
    for name, value in told.columns().items():
        setattr(session, name, value)
    session.event_at = now
    session.save(update_fields=[*told.columns(), "event_at"])
    progress.wake(session.onboarding, now=now)
    return True


def _is_too_early(onboarding: Onboarding) -> bool:
    """Whether the day of a planned move has not come: before the connection there is an appointment."""
    waits = Step.objects.filter(onboarding=onboarding, key=StepKey.APPOINTMENT).exclude(state=StepState.DONE)
    appointment = waits.values_list("position", flat=True).first()
    later = Step.objects.filter(onboarding=onboarding, key=StepKey.TOKEN, position__gt=appointment or 0)
    return appointment is not None and later.exists()


def _session(link: LinkFound, nonce: str) -> SignupSession:
    """The session of this nonce, if it was started from this customer's page.

    A plan's page may show another number by now: there the link itself is what both share.
    """
    mine = SignupSession.objects.select_for_update(of=("self",)).select_related("onboarding")
    same = {"link_id": link.id} if link.plan_id else {"onboarding_id": link.onboarding_id}
    session = mine.filter(nonce_hash=hashed(nonce), **same).first()
    if session is None:
        raise SessionUnknown
    return session
