"""Embedded signup by script: what the page gets, and what the code buys."""

from __future__ import annotations

import pytest

from portal.simulator.errors import GraphError
from portal.simulator.nodes import PhoneNumber
from portal.simulator.signup import BusinessWish, PhoneWish, SignupRequest, WabaWish, run
from tests.simulator.harness import NOW, Machine, Refused


def exchange(machine: Machine, code: str) -> str:
    secret = {"client_id": machine.partner["app_id"], "client_secret": machine.partner["app_secret"]}
    return str(machine.get("/oauth/access_token", code=code, **secret)["access_token"])


def test_the_window_message_is_metas(machine: Machine) -> None:
    signed = machine.signup()
    assert signed.result["message"] == {
        "data": {
            "phone_number_id": signed.phone_number_id,
            "waba_id": signed.waba_id,
            "business_id": signed.business_id,
        },
        "type": "WA_EMBEDDED_SIGNUP",
        "event": "FINISH",
        "version": 3,
    }


def test_a_code_works_once(machine: Machine) -> None:
    code = machine.signup().result["code"]
    assert exchange(machine, code).startswith("EAA")
    with pytest.raises(Refused) as caught:
        exchange(machine, code)
    assert (caught.value.code, caught.value.subcode) == (100, 36009)


@pytest.mark.parametrize(("age", "subcode"), [(29.9, None), (30.0, 36007)])
def test_a_code_lives_thirty_seconds(machine: Machine, age: float, subcode: int | None) -> None:
    code = machine.signup().result["code"]
    machine.now += age
    if subcode is None:
        assert exchange(machine, code)
        return
    with pytest.raises(Refused) as caught:
        exchange(machine, code)
    assert caught.value.subcode == subcode


def test_wrong_app_and_wrong_secret(machine: Machine) -> None:
    code = machine.signup().result["code"]
    with pytest.raises(Refused) as caught:
        machine.get("/oauth/access_token", client_id="1", client_secret="x", code=code)
    assert caught.value.code == 101
    with pytest.raises(Refused) as caught:
        machine.get("/oauth/access_token", client_id=machine.partner["app_id"], client_secret="x", code=code)
    assert caught.value.code == 1


def test_debug_token_names_the_newest_account_first(machine: Machine) -> None:
    first = machine.signup()
    more = machine.signup(
        "+39 333 765 4321", business=BusinessWish(id=first.business_id), waba=WabaWish(name="Shop")
    )
    data = machine.get("/debug_token", input_token=more.token)["data"]
    assert data["granular_scopes"][0] == {
        "scope": "whatsapp_business_management",
        "target_ids": [more.waba_id, first.waba_id],
    }
    assert (data["is_valid"], data["expires_at"], data["issued_at"]) == (True, 0, int(NOW))


def test_finishing_without_a_number(machine: Machine) -> None:
    signed = machine.signup(outcome="finish_only_waba")
    assert signed.result["message"]["event"] == "FINISH_ONLY_WABA"
    assert machine.get(f"/{signed.waba_id}/phone_numbers", signed.token) == {"data": []}


def test_an_unverified_number_is_there_but_not_verified(machine: Machine) -> None:
    signed = machine.signup(outcome="finish_unverified")
    (row,) = machine.get(f"/{signed.waba_id}/phone_numbers", signed.token)["data"]
    assert (row["id"], row["code_verification_status"]) == (signed.phone_number_id, "NOT_VERIFIED")


@pytest.mark.parametrize(
    ("outcome", "event", "keys"),
    [
        ("cancel", "CANCEL", {"current_step"}),
        ("error", "ERROR", {"error_message", "error_code", "session_id", "timestamp"}),
    ],
)
def test_leaving_gives_no_code(machine: Machine, outcome: str, event: str, keys: set[str]) -> None:
    wish = SignupRequest(app_id=machine.partner["app_id"], outcome=outcome)  # type: ignore[arg-type]
    result = run(machine.world, wish, now=machine.now)
    assert result["code"] is None
    assert (result["message"]["event"], set(result["message"]["data"])) == (event, keys)


def test_installing_the_app_changes_nothing_else(machine: Machine) -> None:
    first = machine.signup(outcome="finish_unverified")
    business = BusinessWish(id=first.business_id)
    again = machine.signup(number="", business=business, outcome="finish_app_only")
    assert again.result["message"]["event"] == "FINISH_GRANT_ONLY_API_ACCESS"
    assert again.result["message"]["data"] == {
        "phone_number_id": first.phone_number_id,
        "waba_id": first.waba_id,
        "business_id": first.business_id,
    }
    path = f"/{first.phone_number_id}"
    assert machine.get(path, again.token)["code_verification_status"] == "NOT_VERIFIED"
    with pytest.raises(GraphError):
        machine.signup(number="", business=BusinessWish(name="Nuova"), outcome="finish_app_only")


def test_the_message_of_v4_names_every_account(machine: Machine) -> None:
    first = machine.signup()
    business = BusinessWish(id=first.business_id)
    second = machine.signup(
        number="",
        business=business,
        waba=WabaWish(name="Eventi"),
        outcome="finish_only_waba",
        all_assets=True,
    )
    assert second.result["message"]["data"]["waba_ids"] == [second.waba_id, first.waba_id]
    assert "version" not in second.result["message"]


def test_an_error_comes_as_the_older_page_says(machine: Machine) -> None:
    machine.world.settings.signup_error_as_cancel = True
    wish = SignupRequest(app_id=machine.partner["app_id"], outcome="error")
    message = run(machine.world, wish, now=machine.now)["message"]
    assert (message["event"], message["data"]["error_id"]) == ("CANCEL", "524001")


def test_a_lost_message_changes_nothing_else(machine: Machine) -> None:
    signed = machine.signup(message_lost=True)
    assert signed.result["message"] is None
    assert machine.get(f"/{signed.waba_id}", signed.token)["id"] == signed.waba_id


def test_the_same_person_again_keeps_account_and_number(machine: Machine) -> None:
    first = machine.signup()
    machine.now += 100
    again = machine.signup()
    assert (again.waba_id, again.phone_number_id) == (first.waba_id, first.phone_number_id)
    assert machine.world.get(PhoneNumber, first.phone_number_id).onboarded_at == machine.now


def test_a_number_that_is_live_elsewhere_cannot_be_taken(machine: Machine) -> None:
    machine.registered()
    wish = SignupRequest(
        app_id=machine.partner["app_id"],
        business=BusinessWish(id="88000", name="Somebody else"),
        phone=PhoneWish(number="+39 333 123 4567"),
    )
    with pytest.raises(Exception, match="2388001"):
        run(machine.world, wish, now=machine.now)


def test_a_sixty_day_configuration_makes_tokens_that_end(machine: Machine) -> None:
    app = machine.world.nodes[machine.partner["app_id"]]
    app.configurations[machine.partner["config_id"]].token_days = 60  # type: ignore[union-attr]
    signed = machine.signup()
    assert signed.token
    machine.now += 60 * 86_400
    with pytest.raises(Refused) as caught:
        machine.get(f"/{signed.waba_id}", signed.token)
    assert (caught.value.code, caught.value.subcode) == (190, 463)
