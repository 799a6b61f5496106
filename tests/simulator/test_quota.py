"""Meta's hourly limits on managing an account, which a portal with many customers meets first."""

from __future__ import annotations

import json

import pytest

from tests.simulator.harness import HOUR, Machine, Program, Refused
from tests.simulator.test_webhooks import Customer


def test_an_account_without_a_registered_number_is_managed_200_times_an_hour(machine: Machine) -> None:
    signed, other = machine.signup(), machine.signup("+39 333 765 4321", "Libreria Sole")
    for _ in range(200):
        machine.get(f"/{signed.waba_id}", signed.token)
    for path in (f"/{signed.waba_id}/phone_numbers", f"/{signed.phone_number_id}"):
        with pytest.raises(Refused) as refused:
            machine.get(path, signed.token)
        assert refused.value.code == 80007
    machine.get(f"/{other.waba_id}", other.token)
    machine.now += HOUR
    machine.get(f"/{signed.waba_id}", signed.token)


def test_a_registered_number_makes_it_five_thousand(machine: Machine) -> None:
    machine.world.settings.management_calls_per_hour = 3
    machine.world.settings.management_calls_per_hour_active = 5
    machine.world.settings.management_error_code = 80008
    signed = machine.registered()
    calls = 1  # subscribed_apps; registering is not counted
    while calls < 5:
        machine.get(f"/{signed.waba_id}", signed.token)
        calls += 1
    with pytest.raises(Refused) as refused:
        machine.get(f"/{signed.waba_id}", signed.token)
    assert refused.value.code == 80008


def test_sending_messages_is_not_managing(machine: Machine) -> None:
    machine.world.settings.management_calls_per_hour_active = 1
    signed = machine.registered()
    message = {"messaging_product": "whatsapp", "to": "+393475550101", "text": {"body": "Ciao"}}
    for _ in range(3):
        assert machine.post(f"/{signed.phone_number_id}/messages", signed.token, **message)


def test_the_headers_say_how_much_is_used_and_when_to_come_back(program: Program) -> None:
    customer = Customer(program)
    waba = customer.signed["waba_id"]
    program.sim("settings", management_calls_per_hour_active=4)

    def use() -> tuple[int, int, int]:
        authorization = f"Bearer {customer.token}"
        response = program.raw("GET", f"/{waba}", Authorization=authorization)
        [one] = json.loads(response.headers["x-business-use-case-usage"])[waba]
        assert one["type"] == "whatsapp_business_management"
        return response.status, one["call_count"], one["estimated_time_to_regain_access"]

    assert use() == (200, 50, 0)
    assert use() == (200, 75, 0)
    assert use() == (200, 100, 0)
    status, percent, minutes = use()
    assert (status, percent) == (400, 100)
    assert 0 < minutes <= 60
