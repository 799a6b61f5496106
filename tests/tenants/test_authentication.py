"""Who may call the API: the header, the key, the scopes, and what the refusal says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import RequestFactory

from tenants import authentication
from tenants.keys import create_key, revoke_key
from tenants.models import ApiKey
from tests.conftest import NOW, Tenant
from tests.portal.api_client import Api, make_api, problem


def test_without_a_key_the_answer_says_how_to_send_one(tenant: Tenant) -> None:
    answer = Api().get("me")
    assert problem(answer) == (401, "key_missing")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Basic d3BrOng=", "Bearer", "wpk_x", "Token wpk_x", "Bearer\twpk_x", ""])
def test_another_kind_of_header_is_no_key(tenant: Tenant, header: str) -> None:
    code = problem(Api().get("me", Authorization=header))
    assert code in {(401, "key_missing"), (401, "key_malformed")}


@pytest.mark.parametrize("word", ["Bearer", "bearer", "BEARER"])
def test_the_word_before_the_key_has_no_case(tenant: Tenant, word: str) -> None:
    key = make_api(tenant).key
    assert Api().get("me", Authorization=f"{word}  {key} ").status_code == 200


@pytest.mark.parametrize("clear", ["wpk_", "wpk_" + "x" * 10_000, "è", "wpk_\x00"])
def test_what_is_no_key_is_refused(tenant: Tenant, clear: str) -> None:
    header = f"Bearer {clear}".encode().decode("latin-1")
    assert problem(Api().get("me", Authorization=header))[0] == 401


def test_revocation_counts_from_the_next_request(tenant: Tenant) -> None:
    api = make_api(tenant)
    assert api.get("me").status_code == 200
    with tenant.scope():
        revoke_key(key=ApiKey.objects.get(), now=NOW, by="Anna")
    assert problem(api.get("me")) == (401, "key_revoked")


def test_an_expired_key_is_refused(tenant: Tenant) -> None:
    api = make_api(tenant, expires_at=NOW - timedelta(days=3650))
    assert problem(api.get("me")) == (401, "key_expired")


def test_a_missing_scope_is_named(tenant: Tenant) -> None:
    api = make_api(tenant, "customers:read")
    assert api.get("customers").status_code == 200
    answer = api.post("customers", {})
    assert problem(answer) == (403, "scope_missing")
    assert "customers:write" in answer.json()["detail"]


def test_a_key_is_checked_once_for_each_request(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    check = authentication.check_key

    def counting(**given: object) -> object:
        checked.append("once")
        return check(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(authentication, "check_key", counting)
    assert make_api(tenant).get("me").status_code == 200
    assert checked == ["once"]


def test_find_principal_is_none_for_a_stranger(tenant: Tenant) -> None:
    request = RequestFactory().get("/api/v1/me", headers={"Authorization": "Bearer wpk_nonsense"})
    assert authentication.find_principal(request) is None


def test_the_browsers_session_opens_no_api(tenant: Tenant) -> None:
    api = make_api(tenant)
    with tenant.scope():
        create_key(name="other", scopes=["customers:read"], expires_at=None, now=NOW, by="Anna")
    api.client.cookies["session"] = api.key
    assert problem(Api(client=api.client).get("me")) == (401, "key_missing")
