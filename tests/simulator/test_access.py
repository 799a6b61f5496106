"""Who sees what: tokens, roles, sharing, and the two ways Meta says no."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from portal.simulator.nodes import App, Business, Waba
from tests.simulator.harness import Machine, Refused


def test_no_token_wrong_token_and_wrong_proof(machine: Machine) -> None:
    path = f"/v26.0/{machine.partner['waba_id']}"
    with pytest.raises(Refused) as caught:
        machine.get(path, "EAAunknown")
    assert (caught.value.code, caught.value.status) == (190, 401)
    with pytest.raises(Refused) as caught:
        machine.get(path, appsecret_proof="0" * 64)
    assert caught.value.code == 104
    proof = hmac.new(
        machine.partner["app_secret"].encode(), machine.admin.encode(), hashlib.sha256
    ).hexdigest()
    assert machine.get(path, appsecret_proof=proof)["id"] == machine.partner["waba_id"]


def test_an_admin_sees_shared_accounts_an_employee_only_assigned_ones(machine: Machine) -> None:
    waba_id = machine.signup().waba_id
    assert machine.get(f"/{waba_id}")["id"] == waba_id
    with pytest.raises(Refused) as caught:
        machine.get(f"/{waba_id}", machine.employee)
    assert (caught.value.code, caught.value.status) == (200, 403)
    employee_id = machine.partner["system_users"][1]["id"]
    machine.post(f"/{waba_id}/assigned_users", user=employee_id, tasks='["MANAGE"]')
    assert machine.get(f"/{waba_id}", machine.employee)["id"] == waba_id


def test_a_customer_token_sees_its_own_account_only(machine: Machine) -> None:
    first, second = machine.signup(), machine.signup("+39 333 765 4321", name="Libreria Sole")
    assert machine.get(f"/{first.waba_id}", first.token)["name"] == "Panificio Aurora"
    for path in (f"/{second.waba_id}", f"/{second.phone_number_id}"):
        with pytest.raises(Refused) as caught:
            machine.get(path, first.token)
        assert caught.value.code == 200


def test_an_account_of_another_partner_looks_like_none(machine: Machine) -> None:
    stranger = machine.world.add(Business(id="1", name="Someone else", waba_ids=["2"]))
    machine.world.add(Waba(id="2", name="Not ours", owner_business_id=stranger.id))
    for unknown in ("1", "2", "999999"):
        with pytest.raises(Refused) as caught:
            machine.get(f"/{unknown}")
        assert (caught.value.code, caught.value.subcode, caught.value.status) == (100, 33, 400)


def test_without_advanced_access_customers_are_out_of_reach(machine: Machine) -> None:
    signed = machine.signup()
    machine.world.get(App, machine.partner["app_id"]).advanced_access = False
    with pytest.raises(Refused) as caught:
        machine.get(f"/{signed.waba_id}", signed.token)
    assert caught.value.code == 200
    assert machine.get(f"/{machine.partner['waba_id']}")["id"]


def test_a_missing_scope_and_a_revoked_token(machine: Machine) -> None:
    signed = machine.signup()
    token = machine.world.tokens[signed.token]
    token.scopes.remove("whatsapp_business_messaging")
    with pytest.raises(Refused) as caught:
        machine.post(
            f"/{signed.phone_number_id}/messages", signed.token, messaging_product="whatsapp", to="1"
        )
    assert caught.value.code == 10
    token.revoked_subcode = 460
    with pytest.raises(Refused) as caught:
        machine.get(f"/{signed.waba_id}", signed.token)
    assert (caught.value.code, caught.value.subcode) == (190, 460)
    body = machine.get("/debug_token", input_token=signed.token)["data"]
    assert (body["is_valid"], body["error"]["subcode"]) == (False, 460)


def test_unknown_paths_and_unsupported_methods(machine: Machine) -> None:
    waba_id = machine.partner["waba_id"]
    with pytest.raises(Refused) as caught:
        machine.post(f"/{waba_id}/register2")
    assert caught.value.code == 2500
    with pytest.raises(Refused) as caught:
        machine.call("DELETE", f"/{waba_id}/phone_numbers")
    assert (caught.value.code, caught.value.subcode) == (100, 33)


def test_only_the_app_token_may_touch_its_subscription(machine: Machine) -> None:
    path = f"/{machine.partner['app_id']}/subscriptions"
    with pytest.raises(Refused) as caught:
        machine.get(path)
    assert caught.value.code == 15
    with pytest.raises(Refused) as caught:
        machine.post(
            path,
            machine.app_token,
            object="whatsapp_business_account",
            callback_url="x",
            verify_token="x",
            fields="mesages",
        )
    assert caught.value.code == 100
    with pytest.raises(Refused) as caught:
        machine.get(f"/{machine.partner['waba_id']}", machine.app_token)
    assert caught.value.code == 200
