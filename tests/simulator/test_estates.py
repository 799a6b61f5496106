"""Moves and mixed estates: On-Premises, coexistence, pre-verified numbers, partners that change."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.simulator import coexistence, onprem
from portal.simulator.estate import Estate, build
from portal.simulator.nodes import PhoneNumber, Waba
from portal.simulator.overview import NumberChange, change_number
from portal.simulator.partners import WabaChange, change_waba
from portal.simulator.signup import BusinessWish, PhoneWish, SignupRequest, WabaWish, run
from portal.simulator.world import World
from tests.simulator.harness import DAY, HOUR, Machine, Program, Refused, Signed


def events(world: World) -> list[dict[str, Any]]:
    return [json.loads(update.entry)["changes"][0] for update in sorted(world.updates)]


def told(world: World, event: str) -> list[dict[str, Any]]:
    """The values of one kind of account event."""
    return [change["value"] for change in events(world) if change["value"].get("event") == event]


def on_premise(machine: Machine) -> tuple[Signed, PhoneNumber]:
    signed = machine.signup()
    assert signed.token
    change_number(
        machine.world,
        NumberChange(phone_number_id=signed.phone_number_id, platform_type="ON_PREMISE", pin="111111"),
        now=machine.now,
    )
    return signed, machine.world.get(PhoneNumber, signed.phone_number_id)


def register(machine: Machine, signed: Signed, **more: Any) -> None:
    wish = {"messaging_product": "whatsapp", "pin": "111111", **more}
    machine.post(f"/{signed.phone_number_id}/register", signed.token, **wish)


def test_a_number_moves_from_on_premises_with_its_backup(machine: Machine) -> None:
    signed, number = on_premise(machine)
    machine.now += 20 * DAY
    data = onprem.backup(number, password="pass", settings=machine.world.settings)
    with pytest.raises(Refused) as caught:
        register(machine, signed, backup={"data": data, "password": "wrong"})
    assert caught.value.code == 131009
    register(machine, signed, backup={"data": data, "password": "pass"})
    assert (number.platform_type, number.status, number.onprem_connected) == ("CLOUD_API", "CONNECTED", False)


def test_a_wrong_pin_takes_the_on_premises_client_down(machine: Machine) -> None:
    signed, number = on_premise(machine)
    with pytest.raises(Refused) as caught:
        register(machine, signed, pin="999999")
    assert caught.value.code == 133005
    assert onprem.gateway_status(number) == "disconnected"


def test_the_way_back_ended_with_on_premises(machine: Machine) -> None:
    signed, number = on_premise(machine)
    data = onprem.backup(number, password="pass", settings=machine.world.settings)
    register(machine, signed)
    machine.post(f"/{signed.phone_number_id}/deregister", signed.token)
    onprem.restore(number, data=data, password="pass", settings=machine.world.settings)
    assert number.platform_type == "ON_PREMISE"
    machine.world.settings.onprem_available = False
    with pytest.raises(onprem.ClientError):
        onprem.restore(number, data=data, password="pass", settings=machine.world.settings)


def test_the_on_premises_client_over_http(program: Program) -> None:
    partner = program.sim("provision")
    number = program.sim("signup", app_id=partner["app_id"], phone={"number": "+39 333 123 4567"})[
        "phone_number_id"
    ]
    program.sim("number", phone_number_id=number, platform_type="ON_PREMISE")
    base, basic = f"/onprem/{number}/v1", base64.b64encode(b"admin:secret").decode()
    assert program.raw("POST", f"{base}/settings/backup", '{"password":"x"}').status == 401
    login = program.raw("POST", f"{base}/users/login", Authorization=f"Basic {basic}")
    token = json.loads(login.text)["users"][0]["token"]  # type: ignore[attr-defined]
    assert program.ask("GET", f"{base}/health", token)["health"] == {"gateway_status": "connected"}
    assert program.ask("POST", f"{base}/settings/backup", token, password="x")["settings"]["data"]


def test_a_number_moves_to_another_account_and_leaves_the_first(machine: Machine) -> None:
    signed, stranger = machine.registered(), machine.partner["waba_id"]
    wish_of = BusinessWish(id=signed.result["business_id"])
    target = machine.signup(number="", business=wish_of, outcome="finish_only_waba").waba_id
    path, wish = (
        f"/{target}/phone_numbers",
        {"cc": "39", "phone_number": "3331234567", "verified_name": "Aurora"},
    )
    with pytest.raises(Refused) as caught:
        machine.post(path, **wish)
    assert caught.value.subcode == 2388001
    with pytest.raises(Refused) as caught:
        machine.post(path, **wish, migrate_phone_number=True)
    assert caught.value.subcode == 2388001  # two-step verification is still on
    change_number(
        machine.world, NumberChange(phone_number_id=signed.phone_number_id, pin=None), now=machine.now
    )
    with pytest.raises(Refused) as caught:
        machine.post(path, **wish, migrate_phone_number=True)
    assert caught.value.subcode == 2388103  # no app is subscribed on the destination
    machine.post(f"/{target}/subscribed_apps")
    machine.post(f"/{stranger}/subscribed_apps")
    with pytest.raises(Refused) as caught:
        machine.post(f"/{stranger}/phone_numbers", **wish, migrate_phone_number=True)
    assert (caught.value.subcode, "different business" in caught.value.told) == (2388103, True)
    moved = machine.post(path, **wish, migrate_phone_number=True)["id"]
    machine.post(f"/{moved}/request_code", code_method="SMS", language="it")
    code = machine.world.sms[-1].text[-7:].replace("-", "")
    machine.post(f"/{moved}/verify_code", code=code)
    assert machine.get(f"/{signed.phone_number_id}", fields="status")["status"] == "CONNECTED"
    machine.post(f"/{moved}/register", messaging_product="whatsapp", pin="222222")
    with pytest.raises(Refused) as caught:
        machine.get(f"/{signed.phone_number_id}")
    assert caught.value.subcode == 33


def test_coexistence_is_registered_by_signup_and_syncs_once(machine: Machine) -> None:
    machine.post(
        f"/{machine.partner['app_id']}/subscriptions",
        machine.app_token,
        object="whatsapp_business_account",
        callback_url="http://127.0.0.1:1/",
        verify_token="x",
        fields="history,smb_app_state_sync,account_update",
    )
    signed = machine.signup(outcome="finish_coexistence")
    assert signed.result["message"] == {
        "data": {"waba_id": signed.waba_id},
        "type": "WA_EMBEDDED_SIGNUP",
        "event": "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING",
        "version": 3,
    }
    machine.post(f"/{signed.waba_id}/subscribed_apps", signed.token)
    path = f"/{signed.phone_number_id}/smb_app_data"
    for kind in ("smb_app_state_sync", "history"):
        machine.post(path, signed.token, messaging_product="whatsapp", sync_type=kind)
        with pytest.raises(Refused) as caught:
            machine.post(path, signed.token, messaging_product="whatsapp", sync_type=kind)
        assert caught.value.subcode == 2593107
    fields = [event["field"] for event in events(machine.world)]
    assert (fields.count("smb_app_state_sync"), fields.count("history")) == (1, 3)
    with pytest.raises(Refused):
        machine.post(f"/{signed.phone_number_id}/deregister", signed.token)
    number = machine.world.get(PhoneNumber, signed.phone_number_id)
    coexistence.disconnect(
        machine.world, number, reason="PRIMARY_INACTIVITY", initiated_by="SYSTEM", now=machine.now
    )
    (removed,) = told(machine.world, "PARTNER_REMOVED")
    assert removed["disconnection_info"] == {"reason": "PRIMARY_INACTIVITY", "initiated_by": "SYSTEM"}


def test_a_late_sync_is_refused(machine: Machine) -> None:
    signed = machine.signup(outcome="finish_coexistence")
    assert signed.token
    machine.now += 24 * HOUR
    with pytest.raises(Refused) as caught:
        machine.post(
            f"/{signed.phone_number_id}/smb_app_data",
            signed.token,
            messaging_product="whatsapp",
            sync_type="history",
        )
    assert caught.value.subcode == 2593108


def claim(machine: Machine, number_id: str) -> Signed:
    wish = SignupRequest(
        app_id=machine.partner["app_id"], waba=WabaWish(name="Bar"), phone=PhoneWish(preverified_id=number_id)
    )
    return Signed(run(machine.world, wish, now=machine.now), machine)


def test_a_preverified_number_is_claimed_and_has_ninety_days(machine: Machine) -> None:
    business = machine.partner["business_id"]
    number_id = machine.post(f"/{business}/add_phone_numbers", phone_number="+39 02 1234 5678")["id"]
    machine.post(f"/{number_id}/request_code", code_method="VOICE", language="it")
    code = machine.world.sms[-1].text[-7:].replace("-", "")
    machine.post(f"/{number_id}/verify_code", code=code)
    (row,) = machine.get(f"/{business}/preverified_numbers", code_verification_status="VERIFIED")["data"]
    assert row["id"] == number_id
    signed = claim(machine, number_id)
    assert signed.token
    assert machine.get(f"/{business}/preverified_numbers")["data"] == []
    machine.now += 90 * DAY - 1
    body = machine.get(f"/{signed.phone_number_id}", signed.token)
    assert body["code_verification_status"] == "VERIFIED"
    machine.now += 1
    assert machine.get(f"/{signed.phone_number_id}")["code_verification_status"] == "NOT_VERIFIED"
    machine.post(f"/{signed.phone_number_id}/request_code", code_method="SMS", language="it")


def test_a_customer_who_changes_partner_pays_again_from_the_first(machine: Machine) -> None:
    machine.now = datetime(2026, 11, 20, tzinfo=UTC).timestamp()
    signed = machine.registered()
    business, waba = machine.partner["business_id"], machine.world.get(Waba, signed.waba_id)
    change_waba(machine.world, WabaChange(waba_id=waba.id, unshare_from=business), now=machine.now)
    with pytest.raises(Refused) as caught:
        machine.get(f"/{waba.id}", signed.token)
    assert caught.value.code == 200
    removed = [
        event["value"] for event in events(machine.world) if event["value"].get("event") == "PARTNER_REMOVED"
    ]
    assert removed[0]["waba_info"]["waba_id"] == waba.id
    again = machine.signup(waba=WabaWish(id=waba.id))
    user = machine.partner["system_users"][0]["id"]
    machine.post(f"/{waba.id}/assigned_users", user=user, tasks=["MANAGE"])
    path = f"/{machine.partner['extended_credit_id']}/whatsapp_credit_sharing_and_attach"
    share = {"waba_id": waba.id, "waba_currency": "EUR"}
    message = {"messaging_product": "whatsapp", "to": "+393475550101", "text": {"body": "x"}}
    machine.now = datetime(2026, 11, 28, tzinfo=UTC).timestamp()
    with pytest.raises(Refused):
        machine.post(path, **share)
    machine.now = datetime(2026, 11, 27, tzinfo=UTC).timestamp()
    machine.post(path, **share)
    with pytest.raises(Refused) as caught:
        machine.post(f"/{again.phone_number_id}/messages", **message)
    assert caught.value.code == 131042
    machine.now = datetime(2026, 12, 1, tzinfo=UTC).timestamp()
    machine.post(f"/{again.phone_number_id}/messages", **message)


def test_reviews_and_incidents_are_told(machine: Machine) -> None:
    signed = machine.registered()
    app = machine.world.nodes[machine.partner["app_id"]]
    app.fields.append("account_review_update")  # type: ignore[union-attr]
    restriction = [{"restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION", "expiration": 1_800_000_000}]
    change_waba(machine.world, WabaChange(waba_id=signed.waba_id, review="REJECTED"), now=machine.now)
    change_waba(
        machine.world,
        WabaChange(
            waba_id=signed.waba_id, event="ACCOUNT_RESTRICTION", details={"restriction_info": restriction}
        ),
        now=machine.now,
    )
    assert {"value": {"decision": "REJECTED"}, "field": "account_review_update"} in events(machine.world)
    assert told(machine.world, "ACCOUNT_RESTRICTION")[0]["restriction_info"] == restriction
    health = machine.get(f"/{signed.waba_id}", fields="health_status")["health_status"]
    assert health["can_send_message"] == "BLOCKED"


def test_a_faster_number_rests_for_a_minute(machine: Machine) -> None:
    signed = machine.registered()
    wish = NumberChange(phone_number_id=signed.phone_number_id, throughput_level="HIGH")
    change_number(machine.world, wish, now=machine.now)
    message = {"messaging_product": "whatsapp", "to": "+393475550101", "text": {"body": "x"}}
    with pytest.raises(Refused) as caught:
        machine.post(f"/{signed.phone_number_id}/messages", signed.token, **message)
    assert caught.value.code == 131057
    machine.now += 60
    machine.post(f"/{signed.phone_number_id}/messages", signed.token, **message)


def test_an_estate_has_every_state(machine: Machine) -> None:
    made = build(
        machine.world, Estate(app_id=machine.partner["app_id"], customers=20, numbers=2), now=machine.now
    )
    assert (made["customers"], made["numbers"], sum(made["states"].values())) == (20, 40, 40)
    clients = machine.get(
        f"/{machine.partner['business_id']}/client_whatsapp_business_accounts", limit="100"
    )["data"]
    assert len(clients) == 20
    states = set()
    for client in clients:
        for row in machine.get(f"/{client['id']}/phone_numbers")["data"]:
            states.add((row["code_verification_status"], row["platform_type"]))
    assert states == {
        ("VERIFIED", "CLOUD_API"),
        ("VERIFIED", "NOT_APPLICABLE"),
        ("EXPIRED", "NOT_APPLICABLE"),
        ("NOT_VERIFIED", "NOT_APPLICABLE"),
        ("NOT_VERIFIED", "ON_PREMISE"),
    }
    more = build(machine.world, Estate(app_id=machine.partner["app_id"], customers=1), now=machine.now)
    assert more["numbers"] == 1
