"""The intake as Meta meets it: a real process of its own, with the rights of its own database role."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest

from portal.graph.secret import Secret
from portal.graph.signature import sign
from portal.kernel import clock
from portal.kernel.secrets import seal
from tenants import assets
from tests.conftest import Tenant
from tests.factories.webhooks import body_of, sample
from webhooks.models import Payload

CHECKOUT = Path(__file__).resolve().parent.parent.parent
APP_SECRET = Secret("0123456789abcdef0123456789abcdef")
BODY = body_of(sample("messages.text_seed_shape"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Intake:
    """A running intake."""

    port: int

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def post(self, app_id: str, body: bytes, secret: Secret = APP_SECRET, **headers: str) -> int:
        signed = {"X-Hub-Signature-256": sign(body, secret), "Content-Type": "application/json"}
        return self.ask("POST", f"/webhooks/meta/{app_id}", body, signed | headers)[0]

    def handshake(self, app_id: str, **query: str) -> tuple[int, bytes, dict[str, str]]:
        told = urlencode({f"hub.{name}": value for name, value in query.items()})
        return self.ask("GET", f"/webhooks/meta/{app_id}?{told}")


def _database_of_the_run() -> str:
    return psycopg.conninfo.make_conninfo(
        os.environ["INTAKE_DATABASE_URL"], dbname=os.environ["TEST_DATABASE_NAME"]
    )


@contextmanager
def running_intake(**settings: str) -> Iterator[Intake]:
    """A granian of our own on a free port."""
    port = _free_port()
    nowhere = {"DATABASE_URL": "postgres://unused@127.0.0.1:1/unused", "GRAPH_BASE_URL": "http://127.0.0.1:1"}
    environment = os.environ | nowhere | settings
    words = ["--interface", "asgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws", "--loop", "uvloop"]
    command = [sys.executable, "-m", "granian", *words, "webhooks.intake:application"]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment)
    try:
        intake = Intake(port)
        deadline = time.monotonic() + 60
        while not _answers(intake):
            assert process.poll() is None, "the intake did not start"
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield intake
    finally:
        process.terminate()
        process.wait(30)


def _answers(intake: Intake) -> bool:
    try:
        return intake.ask("GET", "/healthz")[0] == 200
    except ConnectionError:
        return False


def _intake_url() -> str:
    """The URL of the run's database as the intake's role."""
    parts = psycopg.conninfo.conninfo_to_dict(_database_of_the_run())
    query = urlencode({name: parts[name] for name in ("user", "password", "host", "port") if parts.get(name)})
    return f"postgresql:///{parts['dbname']}?{query}"


@pytest.fixture(scope="module")
def intake(django_db_setup: None) -> Iterator[Intake]:
    """The intake of this module's tests. Its Redis does not exist: it must not need one."""
    nowhere = f"redis://127.0.0.1:{_free_port()}"
    with running_intake(DATABASE_URL=_intake_url(), REDIS_URL=nowhere, SANDBOX="true") as started:
        yield started


def _digests(tenant: Tenant) -> list[str]:
    with tenant.scope():
        return list(Payload.objects.values_list("digest", flat=True))


def test_a_signed_payload_is_stored_before_it_is_answered(intake: Intake, tenant: Tenant) -> None:
    assert intake.post(tenant.world.app.app_id, BODY) == 200
    with tenant.scope():
        payload = Payload.objects.get()
        assert bytes(payload.body) == BODY
        assert payload.app_id == tenant.world.app.app_id
        assert payload.digest == hashlib.sha256(BODY).hexdigest()
        assert payload.due_at == payload.received_at
        assert abs(payload.received_at - clock.now()) < timedelta(minutes=5)
        assert payload.processed_at is None


def test_the_same_payload_again_is_answered_and_stored_once(intake: Intake, tenant: Tenant) -> None:
    assert [intake.post(tenant.world.app.app_id, BODY) for _try in range(3)] == [200, 200, 200]
    assert len(_digests(tenant)) == 1


def test_many_at_once_are_all_stored(intake: Intake, tenant: Tenant, other_tenant: Tenant) -> None:
    bodies = [body_of({"object": "whatsapp_business_account", "n": number}) for number in range(120)]
    tenants = [tenant, other_tenant]

    def post(number: int) -> int:
        return intake.post(tenants[number % 2].world.app.app_id, bodies[number])

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(post, range(120))) == {200}
    for index, one in enumerate(tenants):
        assert set(_digests(one)) == {hashlib.sha256(body).hexdigest() for body in bodies[index::2]}


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (BODY, ""),
        (BODY, "sha256="),
        (BODY, "sha256=" + "0" * 64),
        (BODY, sign(BODY, Secret("another secret"))),
        (BODY, sign(BODY, Secret(""))),
        (BODY.replace(b"Hello", b"Hallo"), sign(BODY, APP_SECRET)),
        (BODY, sign(BODY, APP_SECRET).removeprefix("sha256=")),
        (BODY, sign(BODY, APP_SECRET).upper()),
    ],
)
def test_a_forged_or_changed_payload_is_refused(
    intake: Intake, tenant: Tenant, body: bytes, header: str
) -> None:
    path = f"/webhooks/meta/{tenant.world.app.app_id}"
    status, answer, _headers = intake.ask("POST", path, body, {"X-Hub-Signature-256": header})
    assert (status, answer) == (403, b"forbidden")
    assert not _digests(tenant)


@pytest.mark.parametrize("app_id", ["999999999999", "0", "abc", "1' or '1'='1", "1" * 64, "%00", "٣"])
def test_an_unknown_app_is_refused_like_a_wrong_signature(
    intake: Intake, tenant: Tenant, app_id: str
) -> None:
    headers = {"X-Hub-Signature-256": sign(BODY, APP_SECRET)}
    path = "/webhooks/meta/" + "".join(f"%{byte:02X}" for byte in app_id.encode())
    assert intake.ask("POST", path, BODY, headers)[:2] == (403, b"forbidden")


def test_both_app_secrets_are_good_while_one_replaces_the_other(intake: Intake, tenant: Tenant) -> None:
    app, newer = tenant.world.app, Secret("fedcba9876543210fedcba9876543210")
    with tenant.scope():
        assets.rotate_app_secret(app=app, app_secret=newer, now=clock.now(), by="alice")
    assert intake.post(app.app_id, BODY, APP_SECRET) == 200
    assert intake.post(app.app_id, BODY, newer) == 200
    assert intake.post(app.app_id, BODY, Secret("a third one")) == 403


def test_a_rotated_secret_is_seen_within_five_seconds(intake: Intake, tenant: Tenant) -> None:
    app, newest = tenant.world.app, Secret("00112233445566778899aabbccddeeff")
    assert intake.post(app.app_id, BODY) == 200
    with tenant.scope():
        app.app_secret = seal(row=app, column="app_secret", value=newest.reveal())
        app.save(update_fields=["app_secret"])
    deadline = time.monotonic() + 5
    while intake.post(app.app_id, BODY, newest) != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert intake.post(app.app_id, BODY, APP_SECRET) == 403


def test_the_handshake_echoes_the_challenge_as_plain_text(intake: Intake, tenant: Tenant) -> None:
    asked = {"mode": "subscribe", "challenge": "1158201444", "verify_token": "verify-me"}
    status, body, headers = intake.handshake(tenant.world.app.app_id, **asked)
    assert (status, body) == (200, b"1158201444")
    assert headers["content-type"].startswith("text/plain")
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "change", [{"verify_token": "wrong"}, {"verify_token": ""}, {"mode": "unsubscribe"}, {"mode": ""}]
)
def test_a_handshake_with_anything_wrong_is_refused(
    intake: Intake, tenant: Tenant, change: dict[str, str]
) -> None:
    asked = {"mode": "subscribe", "challenge": "1158201444", "verify_token": "verify-me"} | change
    status, body, _headers = intake.handshake(tenant.world.app.app_id, **asked)
    assert (status, body) == (403, b"forbidden")


def test_a_handshake_without_any_words_is_refused(intake: Intake, tenant: Tenant) -> None:
    assert intake.handshake(tenant.world.app.app_id)[0] == 403


def test_a_body_over_four_mebibytes_is_too_large(intake: Intake, tenant: Tenant) -> None:
    large = b" " * (4 * 1024 * 1024 + 1)
    with suppress(BrokenPipeError, ConnectionResetError):  # it may hang up before all of it is sent
        assert intake.post(tenant.world.app.app_id, large) == 413
    assert not _digests(tenant)


def test_a_body_of_four_mebibytes_is_taken(intake: Intake, tenant: Tenant) -> None:
    assert intake.post(tenant.world.app.app_id, b" " * (4 * 1024 * 1024)) == 200


def test_a_body_without_announced_length_is_counted_too(intake: Intake, tenant: Tenant) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", intake.port, timeout=30)
    path = f"/webhooks/meta/{tenant.world.app.app_id}"
    with closing(connection), suppress(BrokenPipeError, ConnectionResetError):
        connection.request("POST", path, body=iter([b" " * 1024 * 1024] * 5), encode_chunked=True)
        assert connection.getresponse().status == 413
    assert not _digests(tenant)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/webhooks/meta/", 404),
        ("PUT", "/webhooks/meta/1", 405),
        ("GET", "/healthz", 200),
    ],
)
def test_everything_else_is_answered_politely(intake: Intake, method: str, path: str, status: int) -> None:
    assert intake.ask(method, path)[0] == status


def test_a_payload_is_dated_by_the_moved_clock_of_a_sandbox(
    intake: Intake, tenant: Tenant, settings: pytest.FixtureRequest
) -> None:
    settings.SANDBOX = True  # type: ignore[attr-defined]
    clock.set_offset(offset=timedelta(days=3))
    assert intake.post(tenant.world.app.app_id, BODY) == 200
    with tenant.scope():
        assert abs(Payload.objects.get().received_at - clock.now()) < timedelta(minutes=5)


def test_without_a_database_meta_is_asked_to_come_again(tenant: Tenant) -> None:
    with running_intake() as alone:
        assert alone.post(tenant.world.app.app_id, BODY) == 503
        assert alone.ask("GET", "/healthz")[0] == 200


def test_the_intake_goes_on_after_its_connections_were_cut(intake: Intake, tenant: Tenant) -> None:
    app_id = tenant.world.app.app_id
    assert intake.post(app_id, BODY) == 200
    with psycopg.connect(os.environ["ADMIN_DATABASE_URL"], dbname="postgres", autocommit=True) as admin:
        intakes = "FROM pg_stat_activity WHERE usename = 'portal_intake' AND datname = %s"
        admin.execute(f"SELECT pg_terminate_backend(pid) {intakes}", [os.environ["TEST_DATABASE_NAME"]])
    assert intake.post(app_id, BODY + b" ") == 200
    assert len(_digests(tenant)) == 2


def test_its_role_can_neither_read_nor_change_what_it_stored(intake: Intake, tenant: Tenant) -> None:
    assert intake.post(tenant.world.app.app_id, BODY) == 200
    with psycopg.connect(_database_of_the_run(), autocommit=True) as connection:
        for statement in (
            "SELECT body FROM webhooks_payload",
            "UPDATE webhooks_payload SET due_at = NULL",
            "DELETE FROM webhooks_payload",
            "SELECT token FROM tenants_systemuser",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
