"""Our client against the simulator, over HTTP: what one of them writes the other one understands."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from portal.graph import business, media, preverified, profile, template, waba
from portal.graph.client import Graph
from portal.graph.errors import NotVisible, Refused
from portal.graph.multipart import File
from portal.graph.secret import Secret
from portal.graph.transport import HttpTransport
from tests.simulator.harness import Program
from tests.simulator.test_webhooks import Customer

CONSUMER = "393475550101"
PICTURE = bytes(range(256)) * 8192
BODY = [{"type": "BODY", "text": "Il tuo ordine è pronto."}]


@pytest.fixture
def customer(program: Program) -> Customer:
    made = Customer(program)
    made.writes()
    return made


@pytest.fixture
def transport() -> Iterator[HttpTransport]:
    made = HttpTransport()
    yield made
    made.close()


@pytest.fixture
def graph(program: Program, customer: Customer, transport: HttpTransport) -> Graph:
    url = f"http://127.0.0.1:{program.port}"
    return Graph(base_url=url, version="v26.0", token=Secret(customer.token), transport=transport)


@pytest.fixture
def staff(program: Program, customer: Customer, transport: HttpTransport) -> Graph:
    """With the token of the partner's ADMIN system user."""
    url, token = f"http://127.0.0.1:{program.port}", customer.partner["system_users"][0]["token"]
    return Graph(base_url=url, version="v26.0", token=Secret(token), transport=transport)


@pytest.fixture
def number(customer: Customer) -> dict[str, str]:
    return {"phone_number_id": customer.signed["phone_number_id"]}


@pytest.fixture
def account(customer: Customer) -> dict[str, str]:
    return {"waba_id": customer.signed["waba_id"]}


def test_a_file_comes_back_as_it_went(graph: Graph, number: dict[str, str]) -> None:
    media_id = media.upload(graph, **number, file=File('a"è\n.png', "image/png", PICTURE))
    about = media.get(graph, media_id=media_id, **number)
    digest = b64encode(hashlib.sha256(PICTURE).digest()).decode()
    assert (about.mime_type, about.file_size, about.sha256) == ("image/png", len(PICTURE), digest)
    assert media.download(graph, media=about) == PICTURE
    media.delete(graph, media_id=media_id, **number)
    with pytest.raises(NotVisible):
        media.get(graph, media_id=media_id, **number)
    with pytest.raises(NotVisible):
        media.download(graph, media=about)


def test_a_template_lives_and_dies(graph: Graph, program: Program, account: dict[str, str]) -> None:
    made = template.create(
        graph, **account, name="ordine", language="it", category="UTILITY", components=BODY
    )
    program.sim("clock", advance_seconds=5)
    [listed] = template.message_templates(graph, **account, name="ordine")
    assert (listed.id, listed.status, listed.components) == (made.id, "APPROVED", BODY)
    other = [{"type": "BODY", "text": "Il tuo pane è pronto."}]
    template.edit(graph, template_id=made.id, components=other)
    assert template.get(graph, template_id=made.id).components == other
    template.delete(graph, **account, name="ordine", hsm_id=made.id)
    assert template.message_templates(graph, **account) == []


def test_a_business_shows_what_it_set(graph: Graph, number: dict[str, str]) -> None:
    profile.update_whatsapp_business_profile(graph, **number, about="Pane", websites=["https://a.test"])
    profile.update_whatsapp_business_profile(graph, **number, about="")
    shown = profile.whatsapp_business_profile(graph, **number)
    assert (shown.about, shown.websites) == ("", ["https://a.test"])
    profile.update_settings(
        graph, **number, settings={"user_identity_change": {"enable_identity_key_check": True}}
    )
    kept = profile.settings(graph, **number)
    assert kept.user_identity_change == {"enable_identity_key_check": True}
    assert kept.storage_configuration == {"status": "default"}
    profile.update_official_business_account(graph, **number, action="SUBMIT_APPLICATION")
    assert profile.official_business_account(graph, **number).oba_status == "PENDING"


def test_consumers_are_blocked_and_let_in_again(graph: Graph, number: dict[str, str]) -> None:
    result = profile.block(graph, **number, users=[f"+{CONSUMER}", "+393475550199"])
    assert [user.wa_id for user in result.added_users] == [CONSUMER]
    assert [error.code for user in result.failed_users for error in user.errors] == [131047]
    assert [user.wa_id for user in profile.block_users(graph, **number)] == [CONSUMER]
    removed = profile.unblock(graph, **number, users=[CONSUMER]).removed_users
    assert [user.wa_id for user in removed] == [CONSUMER]
    assert profile.block_users(graph, **number) == []
    with pytest.raises(Refused) as caught:
        profile.block(graph, **number, users=["+393475550199"])
    assert caught.value.code == 139100


def test_a_number_is_verified_ahead(staff: Graph, program: Program, customer: Customer) -> None:
    ids: dict[str, Any] = {"business_id": customer.partner["business_id"]}
    added = preverified.add_phone_numbers(staff, **ids, phone_number="+390212345678")
    assert [one.verification_status for one in preverified.preverified_numbers(staff, **ids)] == ["PENDING"]
    preverified.request_code(staff, preverified_number_id=added, code_method="SMS", language="it_IT")
    code = program.ask("GET", "/_sim/sms")["data"][0]["text"][-7:].replace("-", "")
    preverified.verify_code(staff, preverified_number_id=added, code=Secret(code))
    assert [one.verification_status for one in preverified.preverified_numbers(staff, **ids)] == ["VERIFIED"]
    assert preverified.get(staff, preverified_number_id=added).country_prefix == 39
    preverified.delete(staff, preverified_number_id=added)
    assert preverified.preverified_numbers(staff, **ids) == []


def test_a_partner_manages_accounts(
    graph: Graph, staff: Graph, customer: Customer, account: dict[str, str]
) -> None:
    business_id, user = customer.partner["business_id"], customer.partner["system_users"][0]["id"]
    assert business.get(staff, business_id=business_id).name == "Nuvola"
    waba.update(graph, **account, name="Forno Due", timezone_id="71")
    assert waba.get(graph, **account).name == "Forno Due"
    waba.assign_user(staff, **account, user_id=user, tasks=["MANAGE"])
    waba.remove_user(staff, **account, user_id=user)
    assert waba.assigned_users(staff, **account, business_id=business_id) == []
    kinds = [one.activity_type for one in waba.activities(graph, **account)]
    assert kinds[:2] == ["USER_REMOVED", "USER_ADDED"]
