"""The program as a whole: its clock, its memory, its log, its doors."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.harness import Program
from tests.simulator.test_webhooks import Customer


def test_time_travel_reaches_the_numbers(program: Program) -> None:
    customer = Customer(program)
    customer.program.sim("signup", app_id=customer.app_id, phone={"number": "+39 333 000 1111"})
    moved = program.sim("clock", advance_seconds=336 * 3600)
    assert (moved["offset_seconds"], moved["follower_moved"]) == (336 * 3600, None)
    states = [row["code_verification_status"] for row in program.ask("GET", "/_sim/state")["phone_numbers"]]
    assert states == ["VERIFIED", "EXPIRED"]
    assert program.sim("clock", offset_seconds=0)["offset_seconds"] == 0


class Follower(HTTPServer):
    """A portal's sandbox clock."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.got = status, []  # type: ignore[var-annotated]


class Handler(BaseHTTPRequestHandler):
    server: Follower

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.headers["X-Sandbox-Token"], json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


@pytest.mark.parametrize(("status", "moved"), [(204, True), (403, False)])
def test_the_portal_moves_with_the_simulator(status: int, moved: bool) -> None:
    follower = Follower(status)
    thread = threading.Thread(target=follower.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{follower.server_port}/sandbox/clock"
    try:
        with Program(follow_clock=url, follow_token="token") as program:
            assert program.sim("clock", advance_seconds=60)["follower_moved"] is moved
    finally:
        follower.shutdown()
        follower.server_close()
        thread.join()
    assert follower.got == [("token", {"offset_seconds": 60})]


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with Program(state=state) as program:
        program.hook_status = 500
        customer = Customer(program)
        customer.writes()
        program.wait_for(lambda got: b"Buongiorno" in got.body)
        program.sim("clock", advance_seconds=3600)
        before = program.ask("GET", "/_sim/state")
        number, token = customer.signed["phone_number_id"], customer.token
    assert state.stat().st_mode & 0o777 == 0o600
    with Program(state=state) as program:
        after = program.ask("GET", "/_sim/state")
        assert {**after, "now": ""} == {**before, "now": ""}
        assert program.ask("GET", "/_sim/clock")["offset_seconds"] == 3600
        assert program.ask("GET", f"/{number}", token)["id"] == number
        waiting = program.ask("GET", "/_sim/webhooks")
        assert len(waiting["retrying"]) + len(waiting["attempts"]) > 0


def story(program: Program) -> bytes:
    """A run with errors and chance in it, on a frozen clock."""
    program.sim("reset", seed=7)
    program.sim("clock", frozen_at=1_795_168_800)
    program.sim("faults", kind="error", path="/{phone_number_id}/messages", probability=0.5)
    customer = Customer(program)
    customer.writes()
    for _ in range(20):
        customer.answers()
    customer.post("999999/register")
    return program.raw("GET", "/_sim/log").text.encode()  # type: ignore[attr-defined,no-any-return]


def test_the_same_seed_and_calls_give_the_same_log(program: Program) -> None:
    first = story(program)
    assert story(program) == first
    calls = json.loads(first)["calls"]
    assert {call.get("code") for call in calls} == {None, 131000, 100}


def test_counters_prove_how_often_a_number_was_registered(program: Program) -> None:
    customer = Customer(program)
    counters = program.ask("GET", "/_sim/log", limit=1)["counters"]
    assert counters["POST /{phone_number_id}/register"] == {customer.signed["phone_number_id"]: 1}


def test_terms_can_be_withdrawn_and_accepted(program: Program) -> None:
    customer = Customer(program)
    path = f"{customer.signed['phone_number_id']}/register"
    program.sim("terms", app_id=customer.app_id, accepted=False)
    refused = customer.post(path, messaging_product="whatsapp", pin="123456")["error"]
    assert (refused["code"], "terms" in refused["error_data"]["details"]) == (100, True)
    program.sim("terms", business_id=customer.partner["business_id"], accepted=True)
    assert customer.post(path, messaging_product="whatsapp", pin="123456") == {"success": True}


def test_a_name_decision_is_told_by_webhook(program: Program) -> None:
    customer = Customer(program, fields="phone_number_name_update")
    number = customer.signed["phone_number_id"]
    customer.post(number, messaging_product="whatsapp", new_display_name="Caffè Aurora Bar")
    program.sim("number", phone_number_id=number, name_decision="APPROVED")
    (got,) = program.wait_for(lambda got: b"phone_number_name_update" in got.body)
    assert got.changes[0]["value"] == {
        "display_phone_number": "393331234567",
        "decision": "APPROVED",
        "requested_verified_name": "Caffè Aurora Bar",
        "rejection_reason": None,
    }
    register = {"messaging_product": "whatsapp", "pin": "123456"}
    customer.post(f"{number}/register", **register)
    assert customer.program.ask("GET", f"/{number}", customer.token)["verified_name"] == "Caffè Aurora Bar"


def test_form_query_and_json_are_the_same(program: Program) -> None:
    customer = Customer(program)
    path = f"/v26.0/{customer.signed['waba_id']}"
    auth = {"Authorization": f"Bearer {customer.token}"}
    form = {**auth, "Content_Type": "application/x-www-form-urlencoded"}
    assert program.raw("POST", f"{path}/subscribed_apps", "a=b", **form).status == 200
    assert program.raw("GET", f"{path}?access_token={customer.token}").status == 200
    for bad in ("[1]", "{", "\x00", '{"a":' * 3000, '{"a":"\\ud800"}', '{"a":NaN}'):
        answer = program.raw("POST", f"{path}/subscribed_apps", bad, Content_Type="application/json", **auth)
        assert answer.status == 400


@pytest.mark.parametrize(
    ("prefix", "version"), [("/v26.0", "v26.0"), ("/v19.0", "v21.0"), ("", "v26.0"), ("/v99.0", "v26.0")]
)
def test_old_versions_answer_as_the_oldest_living(program: Program, prefix: str, version: str) -> None:
    partner = program.sim("provision")
    auth = {"Authorization": f"Bearer {partner['system_users'][0]['token']}"}
    response = program.raw("GET", f"{prefix}/{partner['waba_id']}", **auth)
    assert (response.status, response.headers["facebook-api-version"]) == (200, version)


@pytest.mark.parametrize(("locale", "title"), [("it", "Simulatore di Meta"), ("en", "Meta simulator")])
def test_the_console_speaks_both_languages(program: Program, locale: str, title: str) -> None:
    text = program.raw("GET", "/", Accept_Language=f"{locale},fr;q=0.5").text  # type: ignore[attr-defined]
    assert f"<h1>{title}</h1>" in text
    assert "{{" not in text


def test_state_and_log_hold_no_secret(program: Program) -> None:
    customer = Customer(program)
    customer.writes()
    secrets = [customer.secret, customer.token, customer.signed["code"], "123456"]
    for path in ("state", "log", "sms", "settings", "faults"):
        text = program.raw("GET", f"/_sim/{path}").text  # type: ignore[attr-defined]
        assert not [secret for secret in secrets if f'"{secret}"' in text]
