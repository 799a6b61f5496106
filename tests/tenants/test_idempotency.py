"""A POST that is sent twice: at once, later, changed, after a crash."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from onboarding.models import Onboarding, OnboardingLink
from portal.kernel import clock
from tenants import services
from tenants.models import Customer, IdempotencyKey
from tests.conftest import Tenant
from tests.portal.api_client import Api, make_api, problem

NEW = {"name": "Panificio Aurora", "contact_email": "giulia@aurora.example"}
KEY = {"Idempotency_Key": "order-1"}


@pytest.fixture
def api(tenant: Tenant) -> Api:
    return make_api(tenant)


def customers(tenant: Tenant) -> int:
    with tenant.scope():
        return Customer.objects.filter(name=NEW["name"]).count()


def test_the_same_request_answers_again_and_does_nothing_again(api: Api, tenant: Tenant) -> None:
    first, second = api.post("customers", NEW, **KEY), api.post("customers", NEW, **KEY)
    assert (second.status_code, second.json()) == (201, first.json())
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert customers(tenant) == 1


def test_the_order_of_names_in_the_body_means_nothing(api: Api, tenant: Tenant) -> None:
    api.post("customers", NEW, **KEY)
    swapped = dict(reversed(NEW.items()))
    assert api.post("customers", swapped, **KEY)["Idempotency-Replayed"] == "true"


def test_a_link_is_told_again_and_lies_sealed_meanwhile(api: Api, tenant: Tenant) -> None:
    body = {"customer": str(tenant.world.customer.id)}
    first, second = api.post("onboardings", body, **KEY), api.post("onboardings", body, **KEY)
    assert first.json()["link"] == second.json()["link"]
    secret = first.json()["link"].rpartition("/")[2].encode()
    with tenant.scope():
        assert Onboarding.objects.count() == OnboardingLink.objects.count() == 1
        assert secret not in bytes(IdempotencyKey.objects.get().body)


def test_what_is_kept_of_a_request_cannot_be_tried_out(api: Api, tenant: Tenant) -> None:
    """A PIN has a million values: whoever reads the table must not be able to try them."""
    api.post("customers", NEW, **KEY)
    meant = json.dumps(["POST", "/api/v1/customers", NEW], sort_keys=True).encode()
    with tenant.scope():
        assert IdempotencyKey.objects.get().request_digest != hashlib.sha256(meant).hexdigest()


@pytest.mark.parametrize(
    ("path", "body"), [("customers", {**NEW, "name": "Bar"}), ("onboardings", {"customer": "x"})]
)
def test_another_request_with_the_key_is_refused(
    api: Api, tenant: Tenant, path: str, body: dict[str, Any]
) -> None:
    api.post("customers", NEW, **KEY)
    assert problem(api.post(path, body, **KEY)) == (422, "idempotency_mismatch")


def test_a_refused_request_is_not_kept(api: Api, tenant: Tenant) -> None:
    assert problem(api.post("customers", {**NEW, "name": ""}, **KEY))[0] == 400
    assert api.post("customers", NEW, **KEY).status_code == 201


def test_keys_belong_to_the_partner_and_to_nobody_else(
    api: Api, tenant: Tenant, other_tenant: Tenant
) -> None:
    stranger = make_api(other_tenant)
    mine = api.post("customers", NEW, **KEY).json()
    theirs = stranger.post("customers", NEW, **KEY)
    assert "Idempotency-Replayed" not in theirs
    assert theirs.json()["id"] != mine["id"]
    assert make_api(tenant).post("customers", NEW, **KEY).json() == mine


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "è"])
def test_a_malformed_key_is_refused(api: Api, key: str) -> None:
    answer = api.post("customers", NEW, Idempotency_Key=key.encode().decode("latin-1"))
    assert problem(answer) == (400, "idempotency_key_malformed")


def test_after_72_hours_a_key_is_new_and_old_answers_are_gone(
    api: Api, tenant: Tenant, settings: Any
) -> None:
    api.post("customers", NEW, **KEY)
    api.post("customers", NEW, Idempotency_Key="order-2")
    settings.SANDBOX = True
    clock.set_offset(offset=timedelta(hours=71, minutes=59))
    assert api.post("customers", NEW, **KEY)["Idempotency-Replayed"] == "true"
    clock.set_offset(offset=timedelta(hours=72, minutes=1))
    assert "Idempotency-Replayed" not in api.post("customers", NEW, **KEY)
    with tenant.scope():
        assert IdempotencyKey.objects.get().key == "order-1"


def test_a_crash_after_the_effect_leaves_neither_effect_nor_key(
    api: Api, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("tenants.idempotency.seal", crash)
        assert problem(api.post("customers", NEW, **KEY)) == (500, "internal_error")
    assert customers(tenant) == 0
    assert api.post("customers", NEW, **KEY).status_code == 201


def crash(**given: object) -> bytes:
    raise RuntimeError("killed")


@pytest.mark.races
def test_the_second_of_two_at_once_is_told_to_wait(
    api: Api, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, go_on = threading.Event(), threading.Event()
    create = services.create_customer

    def slow(**given: Any) -> Customer:
        customer = create(**given)
        inside.set()
        assert go_on.wait(timeout=30)
        return customer

    monkeypatch.setattr(services, "create_customer", slow)
    first = InThread(lambda: Api(api.key, Client()).post("customers", NEW, **KEY))
    assert inside.wait(timeout=30)
    second = api.post("customers", NEW, **KEY)
    assert problem(second) == (409, "idempotency_in_progress")
    assert second.json()["retryable"] is True
    assert second["Retry-After"] == "1"
    go_on.set()
    assert first.result().status_code == 201
    third = api.post("customers", NEW, **KEY)
    assert third.json() == first.result().json()
    assert customers(tenant) == 1


@pytest.mark.races
def test_many_at_once_have_one_effect(api: Api, tenant: Tenant) -> None:
    calls = [InThread(lambda: Api(api.key, Client()).post("customers", NEW, **KEY)) for _ in range(8)]
    answers = [call.result() for call in calls]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert any(answer.status_code == 201 for answer in answers)
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert customers(tenant) == 1


class InThread:
    """A call on a connection of its own; `result` waits for it."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call, self._found = call, None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found = self._call()
        finally:
            connection.close()

    def result(self) -> Any:
        self._thread.join(timeout=60)
        return self._found
