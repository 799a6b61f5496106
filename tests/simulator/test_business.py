"""Profile, settings, media, blocked users: what a business keeps on its number."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from portal.simulator.consumers import ConsumerMessage, write
from tests.simulator.harness import DAY, Machine, Program, Refused, Signed
from tests.simulator.test_webhooks import Customer

PNG = b"\x89PNG\r\n" + bytes(range(256))


@pytest.fixture
def signed(machine: Machine) -> Signed:
    return machine.registered()


def test_a_profile_keeps_what_it_is_given(machine: Machine, signed: Signed) -> None:
    path = f"/{signed.phone_number_id}/whatsapp_business_profile"
    machine.post(
        path, signed.token, messaging_product="whatsapp", about="Pane fresco", websites=["https://a.test"]
    )
    machine.post(path, signed.token, messaging_product="whatsapp", email="info@a.test")
    (row,) = machine.get(path, signed.token, fields="about,email,websites")["data"]
    assert row == {
        "about": "Pane fresco",
        "email": "info@a.test",
        "websites": ["https://a.test"],
        "messaging_product": "whatsapp",
    }


def test_an_account_is_renamed(machine: Machine, signed: Signed) -> None:
    path = f"/{signed.waba_id}"
    assert machine.post(path, signed.token, name="Forno Aurora", timezone_id="2") == {"success": True}
    body = machine.get(path, signed.token)
    assert (body["name"], body["timezone_id"]) == ("Forno Aurora", "2")
    for bad in ({"name": ""}, {"name": "x" * 101}, {"timezone_id": "Europe/Rome"}):
        with pytest.raises(Refused):
            machine.post(path, signed.token, **bad)
    assert machine.get(path, signed.token)["name"] == "Forno Aurora"


@pytest.mark.parametrize(
    "bad", [{"about": "x" * 140}, {"websites": ["a", "b", "c"]}, {"messaging_product": ""}]
)
def test_a_profile_has_limits(machine: Machine, signed: Signed, bad: dict[str, Any]) -> None:
    wish = {"messaging_product": "whatsapp", **bad}
    with pytest.raises(Refused) as caught:
        machine.post(f"/{signed.phone_number_id}/whatsapp_business_profile", signed.token, **wish)
    assert caught.value.code == 100


def test_settings_are_kept(machine: Machine, signed: Signed) -> None:
    path = f"/{signed.phone_number_id}/settings"
    check = {"enable_identity_key_check": True}
    assert machine.post(path, signed.token, user_identity_change=check) == {"success": True}
    assert machine.get(path, signed.token)["user_identity_change"] == check
    with pytest.raises(Refused):
        machine.post(path, signed.token, colour="green")


def test_the_official_tick_is_asked_for(machine: Machine, signed: Signed) -> None:
    path = f"/{signed.phone_number_id}/official_business_account"
    assert machine.get(path, signed.token)["oba_status"] == "NOT_STARTED"
    machine.post(path, signed.token, action="SUBMIT_APPLICATION")
    assert machine.get(path, signed.token)["oba_status"] == "PENDING"


def test_only_consumers_who_wrote_can_be_blocked(machine: Machine, signed: Signed) -> None:
    path, consumer = f"/{signed.phone_number_id}/block_users", "393475550101"
    wish = {"messaging_product": "whatsapp", "block_users": [{"user": "+" + consumer}]}
    with pytest.raises(Refused) as caught:
        machine.post(path, signed.token, **wish)
    assert caught.value.code == 139100
    write(
        machine.world,
        ConsumerMessage(from_=consumer, phone_number_id=signed.phone_number_id),
        now=machine.now,
    )
    added = machine.post(path, signed.token, **wish)["block_users"]["added_users"]
    assert added == [{"input": "+" + consumer, "wa_id": consumer}]
    (row,) = machine.get(path, signed.token)["data"]
    assert (row["messaging_product"], row["wa_id"]) == ("whatsapp", consumer)
    with pytest.raises(ValueError, match="blocked"):
        write(
            machine.world,
            ConsumerMessage(from_=consumer, phone_number_id=signed.phone_number_id),
            now=machine.now,
        )
    machine.call("DELETE", path, signed.token, **wish)
    assert machine.get(path, signed.token)["data"] == []


def upload(program: Program, customer: Customer, content: bytes, mime_type: str = "image/png") -> Any:
    boundary = "----part"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="messaging_product"\r\n\r\nwhatsapp\r\n'
    disposition = 'Content-Disposition: form-data; name="file"; filename="a.png"'
    file = f"--{boundary}\r\n{disposition}\r\nContent-Type: {mime_type}"
    body = f"{head}{file}\r\n\r\n".encode() + content + f"\r\n--{boundary}--\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=20)
    headers = {
        "Authorization": f"Bearer {customer.token}",
        "Content-Type": f"multipart/form-data; boundary={boundary}",
    }
    connection.request("POST", f"/v26.0/{customer.signed['phone_number_id']}/media", body, headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def download(program: Program, url: str, token: str) -> tuple[int, bytes, str]:
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=20)
    parts = urlsplit(url)
    connection.request("GET", f"{parts.path}?{parts.query}", headers={"Authorization": f"Bearer {token}"})
    response = connection.getresponse()
    result = response.status, response.read(), response.headers.get("Content-Type", "")
    connection.close()
    return result


def test_a_file_comes_back_as_it_went(program: Program) -> None:
    customer = Customer(program)
    media_id = upload(program, customer, PNG)["id"]
    about = program.ask("GET", f"/{media_id}", customer.token)
    assert about["sha256"] == base64.b64encode(hashlib.sha256(PNG).digest()).decode()
    assert (about["mime_type"], about["file_size"]) == ("image/png", str(len(PNG)))
    assert download(program, about["url"], customer.token) == (200, PNG, "image/png")
    assert download(program, about["url"], "EAAnobody")[0] == 401
    program.sim("clock", advance_seconds=300)
    assert download(program, about["url"], customer.token)[0] == 404
    assert program.ask("DELETE", f"/{media_id}", customer.token) == {"success": True}
    assert program.ask("GET", f"/{media_id}", customer.token)["error"]["error_subcode"] == 33


def test_a_file_is_forgotten_after_thirty_days(program: Program) -> None:
    customer = Customer(program)
    media_id = upload(program, customer, PNG)["id"]
    program.sim("clock", advance_seconds=30 * DAY)
    assert program.ask("GET", f"/{media_id}", customer.token)["error"]["error_subcode"] == 33


@pytest.mark.parametrize(
    ("content", "mime_type"), [(PNG, "image/gif"), (b"x" * (5 * 1024 * 1024 + 1), "image/png")]
)
def test_a_file_of_the_wrong_kind_or_size(program: Program, content: bytes, mime_type: str) -> None:
    assert upload(program, Customer(program), content, mime_type)["error"]["code"] == 131053
