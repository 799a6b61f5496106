"""The register gates, each with its code and in Meta's order (platform facts on onboarding, section 8)."""

from __future__ import annotations

import pytest

from portal.simulator.nodes import PhoneNumber
from tests.simulator.harness import DAY, HOUR, Machine, Refused, Signed

FIELDS = "code_verification_status,platform_type,status,is_pin_enabled"


def register(machine: Machine, signed: Signed, pin: str = "123456", **more: str) -> None:
    path = f"/{signed.phone_number_id}/register"
    machine.post(path, signed.token, messaging_product="whatsapp", pin=pin, **more)


def refused(machine: Machine, signed: Signed, pin: str = "123456") -> int:
    with pytest.raises(Refused) as caught:
        register(machine, signed, pin)
    return caught.value.code


def test_signup_then_register_connects_the_number(machine: Machine) -> None:
    signed = machine.signup()
    before = machine.get(f"/{signed.phone_number_id}", signed.token, fields=FIELDS)
    register(machine, signed)
    after = machine.get(f"/{signed.phone_number_id}", signed.token, fields=FIELDS)
    assert before == {
        "code_verification_status": "VERIFIED",
        "platform_type": "NOT_APPLICABLE",
        "status": "PENDING",
        "is_pin_enabled": False,
        "id": signed.phone_number_id,
    }
    assert (after["platform_type"], after["status"], after["is_pin_enabled"]) == (
        "CLOUD_API",
        "CONNECTED",
        True,
    )


def test_terms_come_before_everything_else(machine: Machine) -> None:
    signed = machine.signup(outcome="finish_unverified")
    machine.world.nodes[machine.partner["business_id"]].terms_accepted = False  # type: ignore[union-attr]
    assert refused(machine, signed) == 100
    machine.world.nodes[machine.partner["business_id"]].terms_accepted = True  # type: ignore[union-attr]
    assert refused(machine, signed) == 133006


@pytest.mark.parametrize(("wait", "open_still"), [(336 * HOUR - 1, True), (336 * HOUR, False)])
def test_the_window_is_336_hours_and_its_end_is_exclusive(
    machine: Machine, wait: float, open_still: bool
) -> None:
    signed = machine.signup()
    assert signed.token
    machine.now += wait
    status = machine.get(f"/{signed.phone_number_id}", signed.token)["code_verification_status"]
    assert status == ("VERIFIED" if open_still else "EXPIRED")
    if open_still:
        register(machine, signed)
    else:
        assert refused(machine, signed) == 133006


def test_only_another_signup_reopens_the_window(machine: Machine) -> None:
    signed = machine.signup()
    assert signed.token
    machine.now += 15 * DAY
    with pytest.raises(Refused) as caught:
        machine.post(
            f"/{signed.phone_number_id}/request_code", signed.token, code_method="SMS", language="it"
        )
    assert caught.value.code == 136024
    again = machine.signup()
    assert (again.phone_number_id, again.waba_id) == (signed.phone_number_id, signed.waba_id)
    register(machine, again)


def test_a_registered_number_never_expires_even_when_deregistered(machine: Machine) -> None:
    signed = machine.signup()
    register(machine, signed)
    machine.now += 30 * DAY
    machine.post(f"/{signed.phone_number_id}/deregister", signed.token)
    body = machine.get(f"/{signed.phone_number_id}", signed.token, fields=FIELDS)
    assert (body["code_verification_status"], body["platform_type"]) == ("VERIFIED", "NOT_APPLICABLE")
    assert refused(machine, signed, "999999") == 133005
    machine.now += 61
    register(machine, signed)


def test_wrong_pins_are_slowed_then_locked(machine: Machine) -> None:
    signed = machine.signup()
    register(machine, signed)
    assert refused(machine, signed, "000000") == 133005
    assert refused(machine, signed, "123456") == 133009
    for _ in range(4):
        machine.now += 60
        assert refused(machine, signed, "000000") == 133005
    machine.now += 60
    with pytest.raises(Refused) as caught:
        register(machine, signed)
    assert (caught.value.code, caught.value.details) == (133008, "Try again after 43140 seconds.")


def test_the_eleventh_register_call_blocks_for_72_hours(machine: Machine) -> None:
    signed = machine.signup()
    for _ in range(10):
        register(machine, signed)
    assert refused(machine, signed) == 133016
    machine.now += 72 * HOUR - 1
    assert refused(machine, signed) == 133016
    machine.now += 1
    register(machine, signed)


def test_the_eleventh_deregister_call_blocks_for_exactly_72_hours(machine: Machine) -> None:
    signed = machine.signup()
    path = f"/{signed.phone_number_id}/deregister"

    def outcome() -> int:
        try:
            machine.post(path, signed.token)
        except Refused as refused:
            return refused.code
        return 0

    register(machine, signed)
    assert [outcome() for _ in range(10)] == [0, *[133010] * 9]
    register(machine, signed)
    assert outcome() == 133016
    machine.now += 72 * HOUR - 1
    assert outcome() == 133016
    machine.now += 1
    assert outcome() == 0


@pytest.mark.parametrize("pin", ["12345", "1234567", "12a456", "１２３４５６"])
def test_a_pin_is_six_ascii_digits(machine: Machine, pin: str) -> None:
    signed = machine.signup()
    with pytest.raises(Refused) as caught:
        register(machine, signed, pin)
    assert (caught.value.code, caught.value.details) == (100, "Parameter pin must be a 6 digit number")


def test_a_number_of_the_partner_is_verified_by_code_and_has_no_window(machine: Machine) -> None:
    waba_id = machine.partner["waba_id"]
    created = machine.post(
        f"/{waba_id}/phone_numbers", cc="39", phone_number="3471112233", verified_name="Nuvola"
    )
    path = f"/{created['id']}"
    with pytest.raises(Refused) as caught:
        machine.post(f"{path}/register", messaging_product="whatsapp", pin="123456")
    assert caught.value.code == 133006
    machine.post(f"{path}/request_code", code_method="SMS", language="it")
    code = machine.world.sms[-1].text.removeprefix("WhatsApp code ").replace("-", "")
    with pytest.raises(Refused) as caught:
        machine.post(f"{path}/verify_code", code="000000" if code != "000000" else "000001")
    assert caught.value.code == 136025
    machine.post(f"{path}/verify_code", code=code)
    machine.now += 100 * DAY
    machine.post(f"{path}/register", messaging_product="whatsapp", pin="123456")


def test_too_many_codes_have_to_wait_twelve_hours(machine: Machine) -> None:
    signed = machine.signup(outcome="finish_unverified")
    path = f"/{signed.phone_number_id}/request_code"
    for _ in range(5):
        machine.post(path, signed.token, code_method="VOICE", language="it_IT")
    with pytest.raises(Refused) as caught:
        machine.post(path, signed.token, code_method="SMS", language="it")
    assert (caught.value.code, caught.value.subcode) == (136024, 2388367)
    machine.now += 12 * HOUR
    machine.post(path, signed.token, code_method="SMS", language="it")


def test_a_region_changes_only_through_deregister(machine: Machine) -> None:
    signed = machine.signup()
    register(machine, signed, data_localization_region="DE")
    with pytest.raises(Refused):
        register(machine, signed, data_localization_region="CH")
    machine.post(f"/{signed.phone_number_id}/deregister", signed.token)
    register(machine, signed, data_localization_region="CH")
    number = machine.world.get(PhoneNumber, signed.phone_number_id)
    assert number.data_localization_region == "CH"
