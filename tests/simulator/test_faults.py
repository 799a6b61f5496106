"""Each switch does what it says to the wire, and says so in the log."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

from tests.simulator.harness import Program
from tests.simulator.test_webhooks import Customer

REGISTER = "/{phone_number_id}/register"


@pytest.fixture
def customer(program: Program) -> Customer:
    return Customer(program)


def register(customer: Customer) -> Any:
    path = f"{customer.signed['phone_number_id']}/register"
    return customer.post(path, messaging_product="whatsapp", pin="123456")


def last(customer: Customer) -> dict[str, Any]:
    log = customer.program.ask("GET", "/_sim/log", path=REGISTER)
    return dict(log["calls"][-1])


def done(customer: Customer) -> int:
    """How many register calls Meta has really performed for the number."""
    (row,) = customer.program.ask("GET", "/_sim/state")["phone_numbers"]
    return int(row["register_calls"])


def test_any_error_of_the_table_a_number_of_times(customer: Customer) -> None:
    customer.program.sim("faults", kind="error", path=REGISTER, code=133004, times=2)
    for _ in range(2):
        error = register(customer)["error"]
        assert (error["code"], error["is_transient"]) == (133004, True)
    assert register(customer) == {"success": True}
    assert done(customer) == 2
    log = customer.program.ask("GET", "/_sim/log", path=REGISTER)["calls"]
    assert [call.get("fault", "") for call in log] == ["", "error", "error", ""]


@pytest.mark.parametrize(("kind", "calls"), [("cut_before", 1), ("cut_after", 2)])
def test_a_cut_connection_acts_or_not(customer: Customer, kind: str, calls: int) -> None:
    customer.program.sim("faults", kind=kind, path=REGISTER, times=1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        register(customer)
    assert done(customer) == calls
    assert (last(customer)["fault"], last(customer)["status"]) == (kind, 0)


def test_acting_late_after_the_cut(customer: Customer) -> None:
    customer.writes()
    customer.program.sim("faults", kind="act_late", path="/{phone_number_id}/messages", times=1, seconds=0.05)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        customer.answers(biz_opaque_callback_data="late")
    (got,) = customer.program.wait_for(lambda got: b'"delivered"' in got.body)
    assert b'"late"' in got.body


def test_a_rate_limit_says_so_in_its_headers(customer: Customer) -> None:
    customer.program.sim("faults", kind="rate_limit", status=429)
    auth = {"Authorization": f"Bearer {customer.token}"}
    response = customer.program.raw("GET", f"/{customer.signed['waba_id']}", **auth)
    assert response.status == 429
    assert json.loads(response.headers["x-app-usage"])["call_count"] == 100
    assert json.loads(response.text)["error"]["code"] == 80007  # type: ignore[attr-defined]


def test_500_after_acting(customer: Customer) -> None:
    customer.program.sim("faults", kind="http_500_after", path=REGISTER, times=1)
    assert register(customer)["error"]["code"] == 1
    assert (done(customer), last(customer)["status"]) == (2, 500)


def test_a_truncated_answer(customer: Customer) -> None:
    customer.program.sim("faults", kind="truncated", path=REGISTER, times=1)
    with pytest.raises(http.client.IncompleteRead):
        register(customer)
    assert done(customer) == 2


def test_an_answer_that_is_not_json(customer: Customer) -> None:
    customer.program.sim("faults", kind="wrong_json", path=REGISTER, times=1)
    with pytest.raises(json.JSONDecodeError):
        register(customer)


def test_a_dripping_answer_is_whole_in_the_end(customer: Customer) -> None:
    customer.program.sim("faults", kind="drip", path=REGISTER, times=1, seconds=0.1)
    assert register(customer) == {"success": True}


def test_rules_are_matched_by_method_id_and_app_and_can_be_removed(customer: Customer) -> None:
    number = customer.signed["phone_number_id"]
    customer.program.sim("faults", kind="outage", id="1")
    customer.program.sim("faults", kind="outage", method="GET", id=number)
    rule = customer.program.sim("faults", kind="outage", app_id=customer.app_id)
    assert register(customer)["error"]["code"] == 2
    left = customer.program.ask("DELETE", f"/_sim/faults?rule={rule['id_of_rule']}")
    assert len(left["rules"]) == 2
    assert register(customer) == {"success": True}
    assert customer.program.ask("GET", f"/{number}", customer.token)["error"]["code"] == 2
    assert customer.program.ask("DELETE", "/_sim/faults") == {"rules": []}


def test_a_rule_that_cannot_be_is_explained(program: Program) -> None:
    assert "kind" in program.sim("faults", kind="earthquake")["problem"]
    assert program.raw("POST", "/_sim/faults", "{").status == 400


def test_a_revoked_token_answers_190(customer: Customer) -> None:
    assert customer.program.sim("tokens/revoke", business_id=customer.signed["business_id"]) == {"revoked": 1}
    assert register(customer)["error"] | {"fbtrace_id": ""} == {
        "message": "Error validating access token: The session has been invalidated.",
        "type": "OAuthException",
        "code": 190,
        "error_subcode": 460,
        "fbtrace_id": "",
    }


def test_a_rule_for_an_account_meets_the_calls_about_its_numbers(customer: Customer) -> None:
    number = customer.signed["phone_number_id"]
    for id_of in ("waba_id", "business_id"):
        rule = customer.program.sim("faults", kind="error", code=131000, id=customer.signed[id_of])
        assert customer.program.ask("GET", f"/{number}", customer.token)["error"]["code"] == 131000
        assert customer.program.ask("GET", f"/{customer.partner['waba_id']}", admin(customer))["id"]
        customer.program.ask("DELETE", f"/_sim/faults?rule={rule['id_of_rule']}")
    assert customer.program.ask("GET", f"/{number}", customer.token)["id"] == number


def admin(customer: Customer) -> str:
    return str(customer.partner["system_users"][0]["token"])
