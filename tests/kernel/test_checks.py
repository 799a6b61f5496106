"""A process that is set up dangerously does not start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.db import OperationalError, connections

from portal.kernel import checks
from portal.kernel.secrets import rewrap_tenant_keys
from tests.conftest import Tenant


@pytest.fixture(autouse=True)
def nothing_moved(settings: Any) -> None:
    """Whatever the environment of the tests allows, here nothing is a sandbox until a test says so."""
    settings.SANDBOX = False


def test_a_good_set_up_starts(tenant: Tenant, other_tenant: Tenant) -> None:
    checks.refuse_to_start()


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("https://graph.facebook.com", True),
        ("https://GRAPH.FACEBOOK.COM/", True),
        ("https://graph.facebook.com.", True),
        ("http://127.0.0.1:8001", False),
        ("https://notfacebook.com", False),
    ],
)
def test_a_sandbox_never_talks_to_the_real_meta(settings: Any, url: str, refused: bool) -> None:
    settings.SANDBOX, settings.GRAPH_BASE_URL = True, url
    assert bool(list(checks.settings_faults())) is refused
    settings.SANDBOX = False
    assert not list(checks.settings_faults())


def test_without_a_usable_key_nothing_starts(settings: Any) -> None:
    settings.SECRET_KEYS = []
    with pytest.raises(SystemExit, match="SECRET_KEYS is empty"):
        checks.refuse_to_start()
    settings.SECRET_KEYS = [Fernet.generate_key().decode(), "short"]
    with pytest.raises(SystemExit, match="Key 2") as refused:
        checks.refuse_to_start()
    assert "short" not in str(refused.value)


def test_a_guessable_secret_does_not_sign_sessions(settings: Any) -> None:
    settings.SECRET_KEY = "changeme"
    with pytest.raises(SystemExit, match="sessions could be forged") as refused:
        checks.refuse_to_start()
    assert "changeme" not in str(refused.value)


def test_keys_that_do_not_open_the_tenants_are_refused(tenant: Tenant, settings: Any) -> None:
    old, new = settings.SECRET_KEYS, Fernet.generate_key().decode()
    settings.SECRET_KEYS = [new]
    with pytest.raises(SystemExit, match="put the old key back"):
        checks.refuse_to_start()
    settings.SECRET_KEYS = [new, *old]
    checks.refuse_to_start()
    rewrap_tenant_keys()
    settings.SECRET_KEYS = [new]
    checks.refuse_to_start()


@contextmanager
def connected_as(url: str) -> Iterator[None]:
    """The connection of the test, as somebody else."""
    connection, other = connections["default"], psycopg.conninfo.conninfo_to_dict(url)
    before = connection.settings_dict
    connection.close()
    login = {"USER": other["user"], "PASSWORD": other.get("password", "")}
    try:
        connection.settings_dict = before | login
        yield
    finally:
        connection.close()
        connection.settings_dict = before


@pytest.mark.parametrize("role", ["WORKER_DATABASE_URL", "INTAKE_DATABASE_URL"])
def test_each_role_can_look_at_what_it_serves_with(tenant: Tenant, settings: Any, role: str) -> None:
    with connected_as(os.environ[role]):
        checks.refuse_to_start()
        settings.SECRET_KEYS = [Fernet.generate_key().decode()]
        with pytest.raises(SystemExit, match="put the old key back"):
            checks.refuse_to_start()


def test_a_role_that_row_security_does_not_bind_is_refused(tenant: Tenant) -> None:
    with (
        connected_as(os.environ["ADMIN_DATABASE_URL"]),
        pytest.raises(SystemExit, match="not bound by row security"),
    ):
        checks.refuse_to_start()


def test_a_database_that_is_not_there_yet_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> list[str]:
        raise OperationalError("refused")

    monkeypatch.setattr(checks, "role_faults", gone)
    checks.refuse_to_start()
