"""What people and integrators may do with onboardings, inside the scope; the engine does the rest."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from onboarding import links, notices, progress
from onboarding.models import Kind, NoticeKind, Onboarding, Step
from onboarding.reasons import Text
from onboarding.states import OPEN_STATES, OnboardingState, StepState
from onboarding.steps.keys import KEYS, StepKey
from portal.graph.secret import Secret
from portal.kernel import audit, work
from portal.kernel.secrets import seal
from portal.kernel.states import born, transition
from tenants.models import Customer, MetaApp, PhoneNumber, Waba

PIN = re.compile(r"[0-9]{6}", re.ASCII)
CODE = re.compile(r"[0-9]{6}", re.ASCII)
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?", re.ASCII)
CODE_METHODS = ("SMS", "VOICE")
PIN_LOCKED = "pin_locked"


class Refused(RuntimeError):
    """Why something is not done; `code` is for machines and `message` for people."""

    code: str = "refused"
    message: Text = ""

    def __str__(self) -> str:
        return self.code


class Closed(Refused):
    code = "onboarding_closed"
    message = _("This onboarding is closed.")


class NothingToRetry(Refused):
    code = "nothing_to_retry"
    message = _("Every step is done: there is nothing to try again.")


class NotReady(Refused):
    code = "not_ready_to_register"
    message = _("The number cannot be registered yet: an earlier step is not done.")


class AlreadyRegistered(Refused):
    code = "already_registered"
    message = _("The number is already registered.")


class NumberTaken(Refused):
    code = "number_taken"
    message = _("Another open onboarding already has this number.")


class NotCustomers(Refused):
    code = "not_a_customer_onboarding"
    message = _("The partner's own numbers have no link.")


class NotOwnNumber(Refused):
    code = "not_an_own_number"
    message = _("A customer's number is verified in Meta's window.")


class AlreadyVerified(Refused):
    code = "already_verified"
    message = _("The number is already verified.")


class BadPin(Refused):
    code = "bad_pin"
    message = _("A PIN has six digits.")


class BadCode(Refused):
    code = "bad_code"
    message = _("The code has six digits.")


class BadCodeRequest(Refused):
    code = "bad_code_request"
    message = _("Choose SMS or VOICE and a language such as it_IT.")


class NumberUnknown(Refused):
    code = "number_unknown"
    message = _("There is no number yet.")


def invite_customer(
    *,
    customer: Customer,
    app: MetaApp,
    now: datetime,
    by: str,
    expected_business_id: str = "",
    send_email: bool = True,
) -> tuple[Onboarding, str]:
    """Open a journey for a customer and return it with the link, which is shown this once."""
    onboarding = Onboarding(
        partner_id=customer.partner_id,
        customer=customer,
        app=app,
        expected_business_id=expected_business_id,
        created_at=now,
        created_by=by,
    )
    onboarding.save(force_insert=True)
    born(row=onboarding, now=now, by=by)
    progress.create_steps(onboarding, now=now)
    first = Step.objects.get(onboarding=onboarding, key=StepKey.TOKEN)
    progress.wait(first, reason="sign_up", now=now, by=by)
    audit.record(row=onboarding, action="onboarding.invited", now=now, by=by)
    return onboarding, _new_link(onboarding, now=now, by=by, send_email=send_email)


def start_own_number(
    *, app: MetaApp, waba: Waba, phone_number: PhoneNumber, now: datetime, by: str
) -> Onboarding:
    """Open the journey of a number of the partner's own WABA: verified by a code, without a window."""
    onboarding = Onboarding(
        partner_id=waba.partner_id,
        app=app,
        waba=waba,
        phone_number=phone_number,
        kind=Kind.OWN_NUMBER,
        state=OnboardingState.SIGNED_UP,
        signed_up_at=now,
        created_at=now,
        created_by=by,
    )
    try:
        with transaction.atomic():
            onboarding.save(force_insert=True)
    except IntegrityError as error:
        raise NumberTaken from error
    born(row=onboarding, now=now, by=by)
    progress.create_steps(onboarding, now=now)
    audit.record(row=onboarding, action="onboarding.own_number_started", now=now, by=by)
    progress.wake(onboarding, now=now)
    return onboarding


def send_new_link(*, onboarding: Onboarding, now: datetime, by: str, send_email: bool = True) -> str:
    """Make a new link, shown this once; the ones before stop working."""
    if onboarding.customer_id is None:
        raise NotCustomers
    _lock(onboarding)
    if onboarding.state == OnboardingState.CANCELLED:
        raise Closed
    links.revoke_links(onboarding=onboarding, now=now)
    audit.record(row=onboarding, action="onboarding.link_renewed", now=now, by=by)
    return _new_link(onboarding, now=now, by=by, send_email=send_email)


def retry(*, onboarding: Onboarding, now: datetime, by: str) -> None:
    """Take the current step up again, whatever it waits for; what Meta must settle is still waited for."""
    _release(onboarding, _current_step(onboarding), now=now, by=by, action="onboarding.retried")


def register_now(*, onboarding: Onboarding, now: datetime, by: str) -> None:
    """Try the registration now instead of at the time it waits for; no gate is skipped."""
    step = _current_step(onboarding)
    if onboarding.registered_at is not None:
        raise AlreadyRegistered
    if step.key != StepKey.REGISTER:
        raise NotReady
    _release(onboarding, step, now=now, by=by, action="onboarding.register_asked")


def set_pin(*, onboarding: Onboarding, pin: Secret, now: datetime, by: str) -> None:
    """Store the two-step verification PIN that the customer told, and register with it."""
    if not PIN.fullmatch(pin.reveal()):
        raise BadPin
    number = onboarding.phone_number
    if number is None:
        raise NumberUnknown
    _lock_open(onboarding)
    number.pin, number.pending_pin = seal(row=number, column="pin", value=pin.reveal()), None
    number.save(update_fields=["pin", "pending_pin"])
    audit.record(row=number, action="phone_number.pin_stored", now=now, by=by)
    step = progress.first_open_step(onboarding)
    if step is not None and step.key == StepKey.REGISTER:
        _release(onboarding, step, now=now, by=by, action="onboarding.register_asked")
    elif step is not None and step.key == StepKey.PREFLIGHT:
        progress.wake(onboarding, now=now)


def cancel(*, onboarding: Onboarding, now: datetime, by: str, reason: str) -> None:
    """End a journey that is not wanted any more; what was done at Meta stays as it is."""
    _lock_open(onboarding)
    transition(row=onboarding, to=OnboardingState.CANCELLED, now=now, by=by, reason=reason, due_at=None)
    links.revoke_links(onboarding=onboarding, now=now)
    progress.close_windows(onboarding, now=now)
    audit.record(row=onboarding, action="onboarding.cancelled", now=now, by=by)


def request_code(*, onboarding: Onboarding, method: str, language: str, now: datetime, by: str) -> None:
    """Have Meta send a verification code to a number of the partner's own, or to one that moves."""
    if method not in CODE_METHODS or not LANGUAGE.fullmatch(language):
        raise BadCodeRequest
    step = _verification(onboarding)
    Onboarding.objects.filter(pk=onboarding.pk).update(
        code_method=method, code_language=language, entered_code=None
    )
    _release(onboarding, step, now=now, by=by, action="onboarding.code_requested")


def submit_code(*, onboarding: Onboarding, code: Secret, now: datetime, by: str) -> None:
    """Verify such a number with the six digits it received."""
    digits = code.reveal().replace("-", "").replace(" ", "")
    if not CODE.fullmatch(digits):
        raise BadCode
    step = _verification(onboarding)
    sealed = seal(row=onboarding, column="entered_code", value=digits)
    Onboarding.objects.filter(pk=onboarding.pk).update(entered_code=sealed, code_method="", code_language="")
    _release(onboarding, step, now=now, by=by, action="onboarding.code_entered")


def _new_link(onboarding: Onboarding, *, now: datetime, by: str, send_email: bool) -> str:
    address = links.create_link(onboarding=onboarding, now=now, by=by)
    if send_email:
        notices.create_notice(onboarding=onboarding, kind=NoticeKind.INVITATION, link=address, now=now)
    return address


def _lock(onboarding: Onboarding) -> None:
    """Hold the row: the engine may have moved it since the door read it."""
    rows = Onboarding.objects.select_for_update()
    onboarding.refresh_from_db(fields=["state", "registered_at"], from_queryset=rows)


def _lock_open(onboarding: Onboarding) -> None:
    _lock(onboarding)
    if onboarding.state not in OPEN_STATES:
        raise Closed


def _current_step(onboarding: Onboarding) -> Step:
    _lock_open(onboarding)
    step = progress.first_open_step(onboarding)
    if step is None:
        raise NothingToRetry
    return step


def _verification(onboarding: Onboarding) -> Step:
    if StepKey.VERIFICATION not in KEYS[onboarding.kind]:
        raise NotOwnNumber
    _lock_open(onboarding)
    if onboarding.phone_number is None:
        raise NumberUnknown
    step = Step.objects.get(onboarding=onboarding, key=StepKey.VERIFICATION)
    if step.state == StepState.DONE:
        raise AlreadyVerified
    return step


def _release(onboarding: Onboarding, step: Step, *, now: datetime, by: str, action: str) -> None:
    audit.record(row=onboarding, action=action, now=now, by=by)
    if step.reason == PIN_LOCKED and step.until is not None and step.until > now:
        # Meta counts a PIN that comes too soon as one more wrong try: its pause is nobody's to shorten.
        work.schedule(onboarding, due_at=step.until, now=now)
        return
    progress.release(step, now=now, by=by, reason=action)
    progress.wake(onboarding, now=now)
