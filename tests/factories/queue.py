"""A desk on an ordinary day: customers at every point of the journey, and what broke."""

from __future__ import annotations

from datetime import datetime, timedelta

from onboarding import services
from onboarding.states import OnboardingState
from onboarding.steps.keys import StepKey
from portal.kernel.ids import uuid7
from portal.kernel.models import CallOutcome, GraphCall
from portal.kernel.states import transition
from tenants.models import AppPermission, Waba
from tests.factories.journeys import WINDOW, Journey
from tests.factories.tenants import CustomerFactory, PhoneNumberFactory, WabaFactory, next_meta_id
from tests.factories.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def open_journey(world: World, *, name: str, opened_at: datetime, number: str = "") -> Journey:
    """A customer of this name with an invitation; with a number also signed up at that time."""
    customer = CustomerFactory(name=name)
    onboarding, url = services.invite_customer(
        customer=customer, app=world.app, now=opened_at - HOUR, by="anna@nuvola.example", send_email=False
    )
    journey = Journey(onboarding, url.rpartition("/")[2], opened_at)
    if number:
        _sign_up(journey, name, number)
    return journey


def _sign_up(journey: Journey, name: str, number: str) -> None:
    customer = journey.onboarding.customer
    waba = WabaFactory(customer=customer, name=name)
    phone = PhoneNumberFactory(
        waba=waba,
        customer=customer,
        display_phone_number=number,
        verified_name=name,
        code_verification_status="VERIFIED",
        status="PENDING",
    )
    journey.session(event="FINISH", event_at=journey.now, code_received_at=journey.now)
    journey.done(StepKey.TOKEN)
    journey.onboarding.waba, journey.onboarding.phone_number = waba, phone
    transition(
        row=journey.onboarding,
        to=OnboardingState.SIGNED_UP,
        now=journey.now,
        by="engine",
        waba=waba,
        phone_number=phone,
        signed_up_at=journey.now,
        window_ends_at=journey.now + WINDOW,
    )


def up_to_register(journey: Journey) -> None:
    journey.done(StepKey.WEBHOOKS, StepKey.SUBSCRIBE, StepKey.CREDIT_LINE, StepKey.PHONE_NUMBER_ID)


def call(journey: Journey, *, operation: str, at: datetime, **values: object) -> GraphCall:
    """An attempt that Meta answered, unless `values` say otherwise."""
    number = journey.onboarding.phone_number
    return GraphCall.objects.create(
        partner_id=journey.onboarding.partner_id,
        work_id=journey.onboarding.pk,
        lease_no=1,
        operation=operation,
        target=number.phone_number_id if number else "",
        phone_number_id=number.phone_number_id if number and operation == "register" else "",
        **{
            "started_at": at,
            "finished_at": at + timedelta(seconds=1),
            "outcome": CallOutcome.DEFINITE,
            "status": 200,
            "fbtrace_id": "AbC" + uuid7().hex[-8:],
            "duration_ms": 412,
        }
        | values,
    )


def fill(world: World, *, now: datetime) -> Journey:
    """Fill the desk inside the world's scope; returns the most urgent journey that can be saved."""
    expired = open_journey(
        world, name="Officina Bellini", opened_at=now - WINDOW - 5 * HOUR, number="+39 333 100 0001"
    )
    up_to_register(expired)
    transition(row=expired.onboarding, to=OnboardingState.EXPIRED, now=now - 5 * HOUR, by="engine")
    expired.wait(StepKey.REGISTER, "window_over")
    urgent = open_journey(
        world, name="Panificio Aurora", opened_at=now - WINDOW + 7 * HOUR, number="+39 333 123 4567"
    )
    up_to_register(urgent)
    for hours, values in (
        (30, {"status": 503, "outcome": CallOutcome.UNKNOWN}),
        (3, {"status": 400, "code": 133005}),
    ):
        call(urgent, operation="register", at=now - hours * HOUR, **values)
    call(urgent, operation="subscribed_apps", at=now - 40 * HOUR)
    urgent.wait(StepKey.REGISTER, "wrong_pin", code=133005, fbtrace_id="AXq8vN0bT2", failed=True)
    terms = open_journey(
        world, name="Libreria Corsara", opened_at=now - WINDOW + 2 * DAY, number="+39 333 100 0003"
    )
    up_to_register(terms)
    terms.wait(StepKey.REGISTER, "accept_terms")
    credit = open_journey(
        world, name="Studio Dentistico Fabbri", opened_at=now - WINDOW + 6 * DAY, number="+39 333 100 0004"
    )
    credit.done(StepKey.WEBHOOKS, StepKey.SUBSCRIBE)
    credit.wait(StepKey.CREDIT_LINE, "credit_line_taken")
    meta = open_journey(world, name="Hotel Miramare", opened_at=now - 2 * DAY, number="+39 333 100 0005")
    up_to_register(meta)
    meta.wait(StepKey.REGISTER, "rate_limited", until=now + 2 * HOUR)
    first = open_journey(world, name="Farmacia San Luca", opened_at=now - 3 * DAY, number="+39 333 100 0006")
    first.registered()
    live = open_journey(world, name="Autoscuola Rossi", opened_at=now - 4 * DAY, number="+39 333 100 0007")
    live.registered()
    live.done(StepKey.INBOUND)
    live.live()
    for index, name in enumerate(
        ("Pizzeria Da Ugo", "Cartoleria Verdi", "Palestra Olimpia", "Vivai del Sole")
    ):
        open_journey(world, name=name, opened_at=now - index * DAY)
    _resources(world, now)
    return urgent


def many(world: World, *, count: int, now: datetime) -> None:
    """A longer queue of the same kind of rows."""
    for index in range(count):
        journey = open_journey(
            world,
            name=f"Cliente {index:03d}",
            opened_at=now - WINDOW + DAY + index * HOUR,
            number=f"+39 334 {index:03d} 0000",
        )
        up_to_register(journey)
        journey.wait(StepKey.REGISTER, "meta_unavailable", until=now + HOUR)


def _resources(world: World, now: datetime) -> None:
    partner_id = world.partner.id
    for permission, state in (
        ("whatsapp_business_management", "APPROVED"),
        ("whatsapp_business_messaging", "APPROVED"),
        ("business_management", "IN_REVIEW"),
    ):
        AppPermission.objects.create(
            partner_id=partner_id,
            app=world.app,
            permission=permission,
            access_level="ADVANCED" if state == "APPROVED" else "STANDARD",
            review_state=state,
            submitted_at=now - 30 * DAY,
        )


def own_waba(world: World) -> Waba:
    """The partner's own account."""
    return Waba.objects.create(partner_id=world.partner.id, waba_id=next_meta_id(), name="Nuvola Connect")
