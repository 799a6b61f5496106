"""What a supervisor, a load balancer and a sandbox see."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from portal.kernel import clock, tasks
from portal.kernel.models import Pulse

TOKEN = "sandbox-token"


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def sandbox(settings: Any) -> dict[str, str]:
    settings.SANDBOX, settings.SANDBOX_TOKEN = True, TOKEN
    return {"X-Sandbox-Token": TOKEN}


def test_healthz_asks_no_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_without_tls_is_answered_and_not_redirected(path: str, client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path).status_code == 200
    assert client.get("/admin/").status_code == 301


@pytest.mark.django_db(transaction=True)
def test_readyz_is_ok_after_a_sweep(client: Client) -> None:
    tasks.beat(tasks.SWEEP_TASK)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["checks"] == {"database": True, "role": True, "migrations": True, "sweep": True}


@pytest.mark.django_db(transaction=True)
def test_readyz_says_when_no_sweep_runs_and_still_takes_requests(client: Client) -> None:
    Pulse.objects.update_or_create(name=tasks.SWEEP_TASK, defaults={"at": clock.now() - timedelta(hours=2)})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["sweep"] is False


@pytest.mark.django_db(transaction=True)
def test_readyz_refuses_a_role_that_row_security_does_not_bind(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.views._role_is_bound_by_row_security", lambda: False)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")


def test_readyz_without_a_database_is_503_and_says_nothing_else(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> bool:
        raise OperationalError("connection to 10.0.0.7 refused")

    monkeypatch.setattr("portal.views._role_is_bound_by_row_security", gone)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert b"10.0.0.7" not in answer.content


@pytest.mark.django_db(transaction=True)
def test_the_sandbox_clock_moves_and_shows_itself(client: Client, sandbox: dict[str, str]) -> None:
    before = clock.now()
    answer = client.post(
        "/sandbox/clock", {"offset_seconds": 14 * 86400}, content_type="application/json", headers=sandbox
    )
    assert answer.json()["offset_seconds"] == 14 * 86400
    assert clock.now() - before >= timedelta(days=14)
    assert client.get("/sandbox/clock", headers=sandbox).json()["offset_seconds"] == 14 * 86400


@pytest.mark.django_db(transaction=True)
def test_without_the_sandbox_there_is_no_clock(
    client: Client, sandbox: dict[str, str], settings: Any
) -> None:
    settings.SANDBOX = False
    assert client.get("/sandbox/clock", headers=sandbox).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("given", ["", "wrong", TOKEN + "x", "è"])
def test_a_wrong_sandbox_token_moves_nothing(client: Client, sandbox: dict[str, str], given: str) -> None:
    answer = client.post(
        "/sandbox/clock",
        {"offset_seconds": 60},
        content_type="application/json",
        headers={"X-Sandbox-Token": given},
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "token_wrong")
    assert client.get("/sandbox/clock", headers=sandbox).json()["offset_seconds"] == 0


def test_an_empty_token_in_settings_opens_nothing(
    client: Client, sandbox: dict[str, str], settings: Any
) -> None:
    settings.SANDBOX_TOKEN = ""
    assert client.get("/sandbox/clock", headers={"X-Sandbox-Token": ""}).status_code == 401


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"offset_seconds": "60"}',
        '{"offset_seconds": true}',
        '{"offset_seconds": NaN}',
        '{"offset_seconds": 1e12}',
        '{"offset_seconds": null}',
        "[" * 100_000,
    ],
)
def test_an_offset_that_is_none_is_refused(client: Client, sandbox: dict[str, str], body: str) -> None:
    answer = client.post("/sandbox/clock", body, content_type="application/json", headers=sandbox)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_an_unknown_api_address_answers_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/nothing/here")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "not_found"
    assert problem["request_id"] == answer["X-Request-Id"]


def test_an_error_of_ours_below_api_is_a_problem_without_its_cause(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("SELECT secret FROM somewhere")

    monkeypatch.setattr("portal.kernel.api.not_found", broken)
    answer = client.get("/api/v1/nothing/here")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (500, "internal_error")
    assert b"SELECT" not in answer.content


def test_people_get_a_page_and_no_problem_document(client: Client) -> None:
    answer = client.get("/nothing/here")
    assert answer.status_code == 404
    assert "This page does not exist" in answer.content.decode()


def test_a_form_without_its_token_is_told_to_reload() -> None:
    answer = Client(enforce_csrf_checks=True).post("/i18n/setlang/", {"language": "it"})
    assert answer.status_code == 403
    assert "Reload it" in answer.content.decode()


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("SELECT 1"), 500), (OperationalError("10.0.0.7"), 503)]
)
def test_an_error_of_ours_is_told_with_its_reference_only(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def broken(*args: object) -> None:
        raise error

    monkeypatch.setattr("portal.views.hmac.compare_digest", broken)
    monkeypatch.setattr("portal.views.settings", SimpleNamespace(SANDBOX=True, SANDBOX_TOKEN="x"))
    answer = client.get("/sandbox/clock")
    assert answer.status_code == status
    assert answer["X-Request-Id"] in answer.content.decode()
    assert str(error) not in answer.content.decode()
