from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.harness import Program, Received

SAMPLES = Path(__file__).parents[1] / "samples"


class Customer:
    """A partner and one registered customer, set up over HTTP."""

    def __init__(
        self, program: Program, *, fields: str = "messages,account_update", subscribe: bool = True
    ) -> None:
        self.program = program
        self.partner = program.sim("provision", partner_name="Nuvola")
        self.app_id, self.secret = self.partner["app_id"], self.partner["app_secret"]
        self.verified = program.ask(
            "POST",
            f"/v26.0/{self.app_id}/subscriptions",
            f"{self.app_id}|{self.secret}",
            object="whatsapp_business_account",
            callback_url=program.hook_url,
            verify_token="è segreto",
            fields=fields,
        )
        phone = {"number": "+39 333 123 4567", "display_name": "Caffè Aurora"}
        self.signed = program.sim("signup", app_id=self.app_id, phone=phone)
        exchange = {"client_id": self.app_id, "client_secret": self.secret, "code": self.signed["code"]}
        self.token = program.ask("GET", "/v26.0/oauth/access_token", **exchange)["access_token"]
        if subscribe:
            self.post(f"{self.signed['waba_id']}/subscribed_apps")
        self.post(f"{self.signed['phone_number_id']}/register", messaging_product="whatsapp", pin="123456")

    def post(self, path: str, **params: Any) -> Any:
        return self.program.ask("POST", f"/v26.0/{path}", self.token, **params)

    def writes(self, text: str = "Buongiorno, perché no? 😀") -> Any:
        return self.program.sim(
            "messages", **{"from": "+393475550101"}, text=text, phone_number_id=self.signed["phone_number_id"]
        )

    def answers(self, **more: Any) -> Any:
        to = {"messaging_product": "whatsapp", "to": "393475550101", "text": {"body": "Eccoci"}}
        return self.post(f"{self.signed['phone_number_id']}/messages", **to, **more)


def of_field(name: str) -> Any:
    return lambda got: any(change["field"] == name for change in got.changes)


def statuses(got: Received) -> list[str]:
    return [row["status"] for change in got.changes for row in change["value"].get("statuses", [])]


def test_the_callback_is_verified_before_it_is_taken(program: Program) -> None:
    program.echo_challenge = False
    customer = Customer(program)
    assert customer.verified["error"]["code"] == 2200
    first = program.received[0]
    assert (first.method, first.query["hub.mode"], first.query["hub.verify_token"]) == (
        "GET",
        "subscribe",
        "è segreto",
    )
    answer = program.ask("GET", f"/{customer.app_id}/subscriptions", f"{customer.app_id}|{customer.secret}")
    assert answer == {"data": []}


def test_partner_added_is_addressed_to_the_partner(program: Program) -> None:
    customer = Customer(program, subscribe=False)
    (got,) = program.wait_for(of_field("account_update"))
    entry = got.entries[0]
    assert entry["id"] == customer.partner["business_id"]
    assert entry["changes"][0]["value"] == {
        "event": "PARTNER_ADDED",
        "waba_info": {
            "waba_id": customer.signed["waba_id"],
            "owner_business_id": customer.signed["business_id"],
        },
    }


def test_a_message_is_signed_over_escaped_bytes(program: Program) -> None:
    customer = Customer(program)
    customer.writes()
    (got,) = program.wait_for(of_field("messages"))
    assert got.body.isascii()
    assert b"perch\\u00e9" in got.body
    expected = hmac.new(customer.secret.encode(), got.body, hashlib.sha256).hexdigest()
    assert got.headers["X-Hub-Signature-256"] == f"sha256={expected}"
    value = got.changes[0]["value"]
    assert value["messages"][0]["text"] == {"body": "Buongiorno, perché no? 😀"}
    assert value["metadata"] == {
        "display_phone_number": "393331234567",
        "phone_number_id": customer.signed["phone_number_id"],
    }


def test_an_answer_is_sent_then_delivered_then_read(program: Program) -> None:
    customer = Customer(program)
    customer.writes()
    answer = customer.answers(biz_opaque_callback_data="call=7")
    wamid = answer["messages"][0]["id"]
    assert len(wamid) <= 128
    program.wait_for(lambda got: "delivered" in statuses(got))
    program.sim("read", phone_number_id=customer.signed["phone_number_id"], wa_id="393475550101")
    program.wait_for(lambda got: "read" in statuses(got))
    rows = [row for got in program.received if got.method == "POST" for row in rows_of(got)]
    assert [row["status"] for row in rows] == ["sent", "delivered", "read"]
    assert {row["id"] for row in rows} == {wamid}
    assert [row.get("biz_opaque_callback_data") for row in rows[:2]] == ["call=7", "call=7"]


def rows_of(got: Received) -> list[dict[str, Any]]:
    return [row for change in got.changes for row in change["value"].get("statuses", [])]


def test_outside_the_window_a_message_is_accepted_and_then_fails(program: Program) -> None:
    customer = Customer(program)
    assert "messages" in customer.answers()
    (got,) = program.wait_for(lambda got: "failed" in statuses(got))
    assert rows_of(got)[0]["errors"][0]["code"] == 131047


def test_nothing_of_an_unsubscribed_waba_or_field_is_sent(program: Program) -> None:
    silent = Customer(program, fields="account_update")
    silent.writes()
    program.wait_for(of_field("account_update"))
    assert program.ask("GET", "/_sim/webhooks")["waiting"] == 0
    assert not any(of_field("messages")(got) for got in program.received if got.method == "POST")


def test_a_refused_delivery_comes_again_with_the_same_bytes(program: Program) -> None:
    program.hook_status = 503
    customer = Customer(program)
    customer.writes()
    program.wait_for(of_field("messages"))
    program.hook_status = 200
    program.sim("clock", advance_seconds=3600)
    again = program.wait_for(of_field("messages"), count=2)
    assert again[0].body == again[1].body


@pytest.mark.parametrize(("kind", "copies"), [("webhook_lost", 0), ("webhook_doubled", 2)])
def test_webhooks_can_be_lost_or_doubled(program: Program, kind: str, copies: int) -> None:
    customer = Customer(program)
    program.sim("faults", kind=kind, field="messages", times=1)
    customer.writes("first")
    customer.writes("last")
    program.wait_for(lambda got: b"last" in got.body)
    bodies = b"".join(got.body for got in program.received)
    assert bodies.count(b'"first"') == copies
    assert kind in [attempt["error"] for attempt in program.ask("GET", "/_sim/webhooks")["attempts"]]


def test_webhooks_can_be_held_back(program: Program) -> None:
    customer = Customer(program)
    program.sim("faults", kind="webhook_delayed", field="messages", seconds=3600, times=1)
    customer.writes("held")
    customer.writes("free")
    program.wait_for(lambda got: b'"free"' in got.body)
    assert not any(b'"held"' in got.body for got in program.received)
    program.sim("clock", advance_seconds=3600)
    program.wait_for(lambda got: b"held" in got.body)


def test_webhooks_can_come_in_another_order(program: Program) -> None:
    customer = Customer(program)
    program.sim("faults", kind="webhook_reordered", field="messages")
    program.sim("settings", sent_after_seconds=0.2, delivered_after_seconds=0.2)
    customer.writes()
    customer.answers()
    (got,) = program.wait_for(lambda got: b'"sent"' in got.body)
    assert statuses(got) == ["delivered", "sent"]


def test_a_number_override_wins_for_messages_only(program: Program) -> None:
    customer = Customer(program)
    number = customer.signed["phone_number_id"]
    other = {"override_callback_uri": program.hook_url + "/own", "verify_token": "x"}
    assert customer.post(number, webhook_configuration=other) == {"success": True}
    customer.writes()
    program.wait_for(of_field("messages"))
    attempts = program.ask("GET", "/_sim/webhooks")["attempts"]
    urls = {tuple(attempt["fields"]): attempt["url"] for attempt in attempts}
    assert urls[("messages",)] == program.hook_url + "/own"


def test_any_payload_can_be_fired_by_hand(program: Program) -> None:
    customer = Customer(program)
    sample = {"field": "account_review_update", "value": {"decision": "APPROVED"}}
    program.sim("webhooks/fire", app_id=customer.app_id, body=sample)
    (got,) = program.wait_for(of_field("account_review_update"))
    assert got.changes == [sample]


def test_webhooks_can_be_held_and_sent_in_one(program: Program) -> None:
    customer = Customer(program)
    program.wait_for(of_field("account_update"))
    now = program.ask("GET", "/_sim/clock")["now"]
    program.sim("clock", frozen_at=now)
    program.sim("faults", kind="webhook_batched", id=customer.signed["waba_id"], seconds=60)
    for _ in range(5):
        customer.writes()
    assert program.ask("GET", "/_sim/webhooks")["waiting"] == 5
    program.sim("clock", frozen_at=now + 60)
    (got,) = program.wait_for(of_field("messages"))
    assert len(got.entries) == 5


def test_every_sample_of_metas_can_be_fired_by_hand(program: Program) -> None:
    customer = Customer(program)
    program.wait_for(of_field("account_update"))
    program.sim("settings", webhook_batch=1)
    samples = [json.loads(path.read_bytes()) for path in sorted(SAMPLES.glob("webhook.*.json"))]
    entries = [entry for sample in samples for entry in sample["entry"]]
    for sample in samples:
        program.sim("webhooks/fire", app_id=customer.app_id, body=sample)
    fired = program.wait_for(lambda got: got.entries[0] in entries, count=len(entries))
    assert len(samples) > 100
    assert sorted(json.dumps(got.entries[0]) for got in fired) == sorted(map(json.dumps, entries))
