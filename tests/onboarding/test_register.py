"""The registration: each gate with its code, the PIN that is never guessed, the budget of attempts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding import pins, services
from portal.graph.secret import Secret
from portal.kernel import clock
from portal.kernel.models import GraphCall
from portal.kernel.secrets import open_sealed
from tenants.models import PhoneNumber
from tenants.services import accept_terms, withdraw_terms
from tests.onboarding.stage import Invited, Stage

REGISTER = "/{phone_number_id}/register"


def at_the_gate(stage: Stage) -> Invited:
    """A customer whose number is ready but for the partner's terms."""
    with stage.tenant.scope():
        withdraw_terms(reason="not yet", now=clock.now(), by="test")
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "accept_terms")
    assert not stage.meta.calls(REGISTER, id=customer.phone_number_id)
    return customer


def open_the_gate(customer: Invited) -> None:
    stage = customer.stage
    with stage.tenant.scope():
        accept_terms(
            partner_id=stage.tenant.partner_id, accepted_by="Anna", version="1", now=clock.now(), by="anna"
        )
        services.retry(onboarding=customer.onboarding, now=clock.now(), by="anna")
    stage.drain()


def test_no_number_is_registered_before_the_terms_are_accepted(stage: Stage) -> None:
    customer = at_the_gate(stage)
    need = customer.journey().next_action
    assert need is not None
    assert (need.owner, need.step, need.deadline) == ("STAFF", "register", customer.ends_at())
    open_the_gate(customer)
    assert customer.waits_for == "first_message"


@pytest.mark.parametrize(
    ("code", "subcode", "reason", "owner"),
    [
        (100, None, "registration_refused", "STAFF"),
        (100, 2388001, "number_elsewhere", "CUSTOMER"),
        (133005, None, "wrong_pin", "STAFF"),
        (133006, None, "verify_number", "CUSTOMER"),
        (133008, None, "pin_locked", "META"),
        (133009, None, "pin_locked", "META"),
        (133015, None, "number_being_freed", "META"),
        (133016, None, "registration_blocked", "META"),
        (131031, None, "refused", "STAFF"),
        (987654, None, "refused", "STAFF"),
    ],
)
def test_each_refusal_has_its_reason_its_owner_and_its_code(
    stage: Stage, code: int, subcode: int | None, reason: str, owner: str
) -> None:
    stage.meta.fault(REGISTER, "error", code=code, subcode=subcode)
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == reason)
    need = customer.journey().next_action
    assert need is not None
    assert (need.owner, need.code, need.subcode) == (owner, code, subcode)
    assert need.fbtrace_id
    stage.drain()
    assert len(stage.meta.calls(REGISTER, id=customer.phone_number_id)) == 1


@pytest.mark.parametrize(
    ("code", "wait"),
    [
        (133009, timedelta(minutes=1)),
        (133008, timedelta(hours=12)),
        (133015, timedelta(minutes=5)),
        (133016, timedelta(hours=72)),
    ],
)
def test_what_only_needs_time_goes_on_when_the_time_is_over(stage: Stage, code: int, wait: timedelta) -> None:
    stage.meta.fault(REGISTER, "error", code=code)
    customer = stage.invite()
    customer.sign_up()
    stage.until(
        lambda: bool(
            stage.meta.calls(REGISTER, id=customer.journey().phone_number and customer.phone_number_id)
        )
    )
    stage.move_clock(wait - timedelta(seconds=20))
    stage.drain()
    assert len(stage.meta.calls(REGISTER, id=customer.phone_number_id)) == 1
    stage.move_clock(timedelta(seconds=40))
    stage.until(lambda: customer.waits_for == "first_message")


def test_a_wrong_pin_is_not_followed_by_a_guess(stage: Stage) -> None:
    customer = at_the_gate(stage)
    stage.meta.ask("number", {"phone_number_id": customer.phone_number_id, "pin": "271828"})
    open_the_gate(customer)
    assert customer.waits_for == "wrong_pin"
    stage.move_clock(timedelta(days=2))
    stage.drain()
    assert len(stage.meta.calls(REGISTER, id=customer.phone_number_id)) == 1

    with stage.tenant.scope():
        onboarding = _reloaded(customer)
        with pytest.raises(services.BadPin):
            services.set_pin(onboarding=onboarding, pin=Secret("12345"), now=clock.now(), by="anna")
        services.set_pin(onboarding=onboarding, pin=Secret("271828"), now=clock.now(), by="anna")
    stage.until(lambda: customer.waits_for == "first_message")
    with stage.tenant.scope():
        number = PhoneNumber.objects.get()
        assert open_sealed(row=number, column="pin") == Secret("271828")
        assert number.pending_pin is None


def test_a_pin_that_is_told_during_metas_pause_is_tried_after_it(stage: Stage) -> None:
    customer = at_the_gate(stage)
    stage.meta.fault("/{phone_number_id}/register", "error", method="POST", code=133009)
    open_the_gate(customer)
    assert customer.waits_for == "pin_locked"
    with stage.tenant.scope():
        services.set_pin(onboarding=_reloaded(customer), pin=Secret("271828"), now=clock.now(), by="anna")
        services.retry(onboarding=_reloaded(customer), now=clock.now(), by="anna")
    stage.drain()
    assert len(stage.meta.calls(REGISTER, id=customer.phone_number_id)) == 1, "nobody shortens the pause"
    stage.move_clock(timedelta(hours=1))
    stage.until(lambda: customer.waits_for == "first_message")
    assert len(stage.meta.calls(REGISTER, id=customer.phone_number_id)) == 2


def _reloaded(customer: Invited) -> services.Onboarding:
    return services.Onboarding.objects.select_related("phone_number").get(pk=customer.onboarding.pk)


def test_a_customer_who_switches_two_step_off_needs_no_pin_of_theirs(stage: Stage) -> None:
    customer = at_the_gate(stage)
    stage.meta.ask("number", {"phone_number_id": customer.phone_number_id, "pin": "271828"})
    open_the_gate(customer)
    assert customer.waits_for == "wrong_pin"
    stage.meta.ask("number", {"phone_number_id": customer.phone_number_id, "pin": None})
    stage.move_clock(timedelta(minutes=2))
    with stage.tenant.scope():
        services.register_now(onboarding=customer.onboarding, now=clock.now(), by="anna")
    stage.until(lambda: customer.waits_for == "first_message")


def test_a_call_of_unknown_outcome_keeps_the_pin_it_may_have_set(stage: Stage) -> None:
    stage.meta.fault(REGISTER, "cut_after")
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "settling")
    with stage.tenant.scope():
        sent = open_sealed(row=PhoneNumber.objects.get(), column="pending_pin")
    stage.move_clock(timedelta(seconds=61))
    stage.until(lambda: customer.waits_for == "first_message")
    with stage.tenant.scope():
        number = PhoneNumber.objects.get()
        assert open_sealed(row=number, column="pin") == sent
        assert number.pending_pin is None


def test_a_number_that_meta_does_not_show_verified_is_not_tried(stage: Stage) -> None:
    customer = stage.invite()
    customer.sign_up(outcome="finish_unverified")
    stage.until(lambda: customer.waits_for == "verify_number")
    assert not stage.meta.calls(REGISTER, id=customer.phone_number_id)
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")


def test_attempts_stop_before_meta_blocks_the_number(stage: Stage) -> None:
    customer = at_the_gate(stage)
    with stage.tenant.scope():
        now = clock.now()
        for hours in range(8):
            GraphCall.objects.create(
                partner_id=stage.tenant.partner_id,
                work_id=customer.onboarding.pk,
                lease_no=0,
                operation="register",
                target=customer.phone_number_id,
                phone_number_id=customer.phone_number_id,
                started_at=now - timedelta(hours=hours),
                finished_at=now,
                outcome="DEFINITE",
                code=133005,
            )
    open_the_gate(customer)
    journey = customer.journey()
    assert customer.waits_for == "attempts_used"
    assert (journey.attempts_used, journey.attempts_allowed) == (8, 8)
    assert journey.next_action is not None
    assert journey.next_action.deadline == journey.attempts_free_at == now + timedelta(hours=65)
    stage.move_clock(timedelta(hours=65, seconds=1))
    stage.until(lambda: customer.waits_for == "first_message")


def test_a_number_that_is_registered_already_is_not_registered_again(stage: Stage) -> None:
    customer = at_the_gate(stage)
    stage.meta.ask("number", {"phone_number_id": customer.phone_number_id, "platform_type": "CLOUD_API"})
    open_the_gate(customer)
    assert customer.state == "REGISTERED"
    assert not stage.meta.calls(REGISTER, id=customer.phone_number_id)


def test_the_partners_region_is_asked_for(stage: Stage) -> None:
    with stage.tenant.scope():
        stage.tenant.world.partner.data_localization_region = "DE"
        stage.tenant.world.partner.save()
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    number = customer.journey().phone_number
    assert number is not None
    assert number.data_localization_region == "DE"


def test_two_open_journeys_never_share_a_number(stage: Stage) -> None:
    first, second = at_the_gate(stage), stage.invite()
    second.phone = first.phone
    second.sign_up()
    stage.until(lambda: second.waits_for == "number_taken")
    with stage.tenant.scope():
        services.cancel(onboarding=first.onboarding, now=clock.now(), by="anna", reason="twice")
        services.retry(onboarding=second.onboarding, now=clock.now(), by="anna")
    open_the_gate(second)
    stage.until(lambda: second.waits_for == "first_message")


# --- PINs --------------------------------------------------------------------------------------------------


def test_a_new_pin_has_six_digits_that_nobody_tries_first() -> None:
    made = [pins.new_pin().reveal() for _turn in range(500)]
    assert all(re.fullmatch("[0-9]{6}", pin) and not pins.is_guessable(pin) for pin in made)
    assert len(set(made)) > 490


@given(st.text("0123456789", min_size=6, max_size=6))
def test_few_pins_are_refused_and_no_digit_is_preferred(pin: str) -> None:
    if len(set(pin)) >= 5 and not any(pin in run for run in pins.RUNS):
        assert not pins.is_guessable(pin)


@pytest.mark.parametrize(
    "pin", ["000000", "123456", "654321", "121212", "123123", "890123", "112211", "098765"]
)
def test_what_a_thief_tries_first_is_guessable(pin: str) -> None:
    assert pins.is_guessable(pin)
