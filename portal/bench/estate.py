"""Many onboardings at once, in every state, written as rows: the journeys themselves would take an hour."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from onboarding.models import Kind, Onboarding, Step
from onboarding.reasons import REASONS
from onboarding.states import OnboardingState, StepState
from onboarding.steps.keys import KEYS, StepKey
from portal.bench.mail import BY, tenant
from portal.kernel import clock
from portal.kernel.models import CallOutcome, GraphCall
from tenants.models import Customer, MetaApp, PhoneNumber, Waba

WINDOW = timedelta(hours=336)
ORDER = KEYS[Kind.EMBEDDED_SIGNUP]
# How the customers of the estate stand, one after the other: state, current step and what it waits for.
STANDINGS = (
    (OnboardingState.INVITED, StepKey.TOKEN, "sign_up"),
    (OnboardingState.SIGNED_UP, StepKey.REGISTER, "verify_number"),
    (OnboardingState.SIGNED_UP, StepKey.CREDIT_LINE, "credit_line_taken"),
    (OnboardingState.SIGNED_UP, StepKey.REGISTER, "wrong_pin"),
    (OnboardingState.REGISTERED, StepKey.INBOUND, "first_message"),
    (OnboardingState.LIVE, None, ""),
)


def onboard(places: range) -> None:
    """Make one customer with one number and one onboarding for each place."""
    now = clock.now()
    with tenant():
        app = MetaApp.objects.get()
        customers = Customer.objects.bulk_create(_customer(app.partner_id, n, now) for n in places)
        wabas = Waba.objects.bulk_create(
            Waba(partner_id=app.partner_id, customer=one, waba_id=f"9177{n:011d}", name=one.name)
            for n, one in zip(places, customers, strict=True)
        )
        numbers = PhoneNumber.objects.bulk_create(
            _number(waba, n) for n, waba in zip(places, wabas, strict=True)
        )
        rows = Onboarding.objects.bulk_create(
            _onboarding(app, number, n, now) for n, number in zip(places, numbers, strict=True)
        )
        Step.objects.bulk_create(_steps(rows, places, now), batch_size=1000)
        GraphCall.objects.bulk_create(_calls(rows, now), batch_size=1000)


def _customer(partner_id: uuid.UUID, n: int, now: datetime) -> Customer:
    email = f"bench{n}@example.com"
    return Customer(partner_id=partner_id, name=f"Panificio {n:05d}", contact_email=email, created_at=now)


def _number(waba: Waba, n: int) -> PhoneNumber:
    return PhoneNumber(
        partner_id=waba.partner_id,
        customer_id=waba.customer_id,
        waba=waba,
        phone_number_id=f"4377{n:011d}",
        display_phone_number=f"+39 02 {n:07d}",
        verified_name=waba.name,
    )


def _onboarding(app: MetaApp, number: PhoneNumber, n: int, now: datetime) -> Onboarding:
    state, _step, _reason = STANDINGS[n % len(STANDINGS)]
    signed_up_at = now - timedelta(minutes=10 * n % (14 * 24 * 60))
    signed_up = {"signed_up_at": signed_up_at, "window_ends_at": signed_up_at + WINDOW}
    connected = {"waba": number.waba, "phone_number": number, **signed_up}
    return Onboarding(
        partner_id=app.partner_id,
        customer_id=number.customer_id,
        app=app,
        state=state,
        created_at=now - timedelta(minutes=n),
        created_by=BY,
        **({} if state == OnboardingState.INVITED else connected),
    )


def _steps(rows: Sequence[Onboarding], places: range, now: datetime) -> Iterator[Step]:
    for row, n in zip(rows, places, strict=True):
        _state, current, reason = STANDINGS[n % len(STANDINGS)]
        reached = ORDER.index(current) if current else len(ORDER)
        for position, key in enumerate(ORDER):
            waits = position == reached
            yield Step(
                partner_id=row.partner_id,
                onboarding=row,
                key=key,
                position=position,
                state=StepState.DONE
                if position < reached
                else StepState.WAITING
                if waits
                else StepState.PENDING,
                owner=REASONS[reason].owner if waits else "",
                reason=reason if waits else "",
                changed_at=now,
            )


def _calls(rows: Sequence[Onboarding], now: datetime) -> Iterator[GraphCall]:
    """One attempt to register each number there is."""
    for row in rows:
        if row.phone_number is not None:
            yield GraphCall(
                partner_id=row.partner_id,
                work_id=row.pk,
                lease_no=1,
                operation="register",
                phone_number_id=row.phone_number.phone_number_id,
                started_at=now,
                finished_at=now,
                outcome=CallOutcome.DEFINITE,
                status=200,
            )
