"""Graph conventions: fields, paging, filters; and the assets around a number."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from portal.simulator.nodes import PhoneNumber
from portal.simulator.provision import ProvisionRequest, provision
from portal.simulator.signup import BusinessWish, WabaWish
from tests.simulator.harness import Machine, Refused


def many(machine: Machine, count: int) -> tuple[str, list[str]]:
    """One WABA with some numbers, the newest last."""
    first = machine.signup("+39 333 000 0000")
    ids = [first.phone_number_id]
    for index in range(1, count):
        machine.now += 60
        same = {"business": BusinessWish(id=first.business_id), "waba": WabaWish(id=first.waba_id)}
        ids.append(machine.signup(f"+39 333 000 {index:04d}", **same).phone_number_id)
    return first.waba_id, ids


def test_every_page_of_a_list_can_be_walked(machine: Machine) -> None:
    waba_id, ids = many(machine, 7)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": "3"}
    while True:
        body = machine.get(f"/v26.0/{waba_id}/phone_numbers", **query)
        seen += [row["id"] for row in body["data"]]
        if "next" not in body["paging"]:
            break
        link = urlsplit(body["paging"]["next"])
        assert link.path == f"/v26.0/{waba_id}/phone_numbers"
        query = dict(parse_qsl(link.query))
        assert "access_token" not in query
    assert seen == ids[::-1]


def test_pages_go_back_too(machine: Machine) -> None:
    waba_id, ids = many(machine, 4)
    second = machine.get(f"/{waba_id}/phone_numbers", limit="2")["paging"]["cursors"]["after"]
    body = machine.get(f"/{waba_id}/phone_numbers", limit="2", after=second)
    back = dict(parse_qsl(urlsplit(body["paging"]["previous"]).query))
    assert [row["id"] for row in machine.get(f"/{waba_id}/phone_numbers", **back)["data"]] == [ids[3], ids[2]]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "x"}, {"after": "nonsense"}, {"sort": "size"}])
def test_bad_paging_is_an_invalid_parameter(machine: Machine, query: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        machine.get(f"/{machine.partner['waba_id']}/phone_numbers", **query)
    assert caught.value.code == 100


def test_fields_choose_and_id_always_comes(machine: Machine) -> None:
    signed = machine.signup()
    body = machine.get(f"/{signed.waba_id}", fields="name,owner_business_info{name},currency")
    assert list(body) == ["name", "owner_business_info", "currency", "id"]
    with pytest.raises(Refused) as caught:
        machine.get(f"/{signed.waba_id}", fields="colour")
    assert caught.value.code == 100


def test_numbers_can_be_filtered_by_account_mode(machine: Machine) -> None:
    waba_id, ids = many(machine, 2)
    machine.world.get(PhoneNumber, ids[0]).account_mode = "SANDBOX"
    rule = '[{"field":"account_mode","operator":"EQUAL","value":"SANDBOX"}]'
    body = machine.get(f"/{waba_id}/phone_numbers", filtering=rule)
    assert [row["id"] for row in body["data"]] == [ids[0]]


def test_credit_is_shared_once_the_system_user_is_assigned(machine: Machine) -> None:
    signed = machine.signup()
    path = f"/{machine.partner['extended_credit_id']}/whatsapp_credit_sharing_and_attach"
    wish = {"waba_id": signed.waba_id, "waba_currency": "EUR"}
    with pytest.raises(Refused) as caught:
        machine.post(path, **wish)
    assert caught.value.code == 200
    user = machine.partner["system_users"][0]["id"]
    machine.post(f"/{signed.waba_id}/assigned_users", user=user, tasks=["MANAGE"])
    allocation = machine.post(path, **wish)
    receiving = machine.get(f"/{allocation['allocation_config_id']}", fields="receiving_credential")
    funding = machine.get(f"/{signed.waba_id}", signed.token, fields="primary_funding_id")
    assert receiving["receiving_credential"]["id"] == funding["primary_funding_id"]
    machine.call("DELETE", f"/{allocation['allocation_config_id']}")
    assert "primary_funding_id" not in machine.get(f"/{signed.waba_id}", fields="primary_funding_id")


def test_credit_can_be_attached_by_the_customer(machine: Machine) -> None:
    signed, line = machine.signup(), machine.partner["extended_credit_id"]
    machine.post(f"/{line}/whatsapp_credit_sharing", receiving_business_id=signed.business_id)
    wish = {"waba_id": signed.waba_id, "waba_currency": "EUR"}
    assert machine.post(f"/{line}/whatsapp_credit_attach", signed.token, **wish)["success"] is True
    with pytest.raises(Refused) as caught:
        machine.post(f"/{line}/whatsapp_credit_attach", signed.token, **{**wish, "waba_currency": "XXX"})
    assert caught.value.code == 100


def test_the_portfolio_lists_its_own_and_its_clients_accounts(machine: Machine) -> None:
    signed = machine.signup()
    business = machine.partner["business_id"]
    owned = machine.get(f"/{business}/owned_whatsapp_business_accounts")["data"]
    clients = machine.get(f"/{business}/client_whatsapp_business_accounts", fields="id,name")["data"]
    assert [row["id"] for row in owned] == [machine.partner["waba_id"]]
    assert clients == [{"name": "Panificio Aurora", "id": signed.waba_id}]
    users = machine.get(f"/{business}/system_users")["data"]
    assert [user["role"] for user in users] == ["ADMIN", "EMPLOYEE"]
    (line,) = machine.get(f"/{business}/extendedcredits")["data"]
    assert line["id"] == machine.partner["extended_credit_id"]


def test_provisioning_twice_gives_the_same_partner(machine: Machine) -> None:
    assert provision(machine.world, ProvisionRequest(), now=machine.now + 9) == machine.partner
