"""A small Meta, an address for its webhooks, and the hands that move a journey in a test."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from onboarding import queries, services, signup
from onboarding.models import Onboarding
from onboarding.queries import Journey
from portal.graph.secret import Secret
from portal.kernel import clock, tasks
from portal.kernel.secrets import seal
from tests.conftest import Tenant
from webhooks.models import Payload

PATIENCE = 20.0


class Meta:
    """The simulator's control surface."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, body: object | None = None, *, method: str = "") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sim/{path}", data=data, method=method or None)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def fault(self, path: str, kind: str, *, times: int = 1, **rule: object) -> None:
        """Break the next calls of a path template, such as /{phone_number_id}/register."""
        self.ask("faults", {"kind": kind, "path": path, "times": times, **rule})

    def calls(self, path: str, *, method: str = "POST", id: str = "") -> list[dict[str, Any]]:
        return list(self.ask(f"log?path={path}&method={method}&id={id}")["calls"])


@contextmanager
def running_meta() -> Iterator[Meta]:
    """The simulator as a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "portal.simulator", "--port", str(port), "--seed", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    meta = Meta(f"http://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                meta.ask("clock")
                break
            except urllib.error.URLError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
        yield meta
    finally:
        process.kill()
        process.wait()


class Mailbox(ThreadingHTTPServer):
    """An address that confirms Meta's challenge and keeps what is posted to it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.bodies: list[tuple[str, bytes]] = []
        self.arrived = threading.Condition()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def take(self, *, wait: float = 0.0) -> list[tuple[str, bytes]]:
        """What came since the last time; waits for something if nothing did."""
        with self.arrived:
            if not self.bodies and wait:
                self.arrived.wait(wait)
            taken, self.bodies = self.bodies, []
        return taken


class _Door(BaseHTTPRequestHandler):
    server: Mailbox

    def do_GET(self) -> None:
        challenge = parse_qs(urlsplit(self.path).query).get("hub.challenge", [""])[0]
        self._answer(challenge.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.arrived:
            self.server.bodies.append((self.path.rpartition("/")[2], body))
            self.server.arrived.notify_all()
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def running_mailbox() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    thread = threading.Thread(target=mailbox.serve_forever, daemon=True)
    thread.start()
    try:
        yield mailbox
    finally:
        mailbox.shutdown()
        mailbox.server_close()
        thread.join()


@dataclass
class Stage:
    """One partner that exists here and at the simulator, with everything its customers' journeys need."""

    tenant: Tenant
    meta: Meta
    mailbox: Mailbox
    serial: Iterator[int]
    made: dict[str, Any] = field(default_factory=dict)
    offset: timedelta = timedelta()

    def provision(self) -> None:
        world = self.tenant.world
        self.made = self.meta.ask(
            "provision",
            {
                "partner_name": world.partner.name,
                "business_id": world.business.business_id,
                "app_id": world.app.app_id,
                "app_secret": "0123456789abcdef0123456789abcdef",
                "config_id": world.app.config_id,
                "terms_accepted": True,
            },
        )
        admin = next(user for user in self.made["system_users"] if user["role"] == "ADMIN")
        with self.tenant.scope():
            world.credit_line.extended_credit_id = self.made["extended_credit_id"]
            world.credit_line.save()
            world.admin.system_user_id = admin["id"]
            world.admin.token = seal(row=world.admin, column="token", value=admin["token"])
            world.admin.save()

    def invite(self, **options: Any) -> Invited:
        world = self.tenant.world
        with self.tenant.scope():
            onboarding, link = services.invite_customer(
                customer=world.customer, app=world.app, now=clock.now(), by="anna@nuvola.example", **options
            )
        return Invited(self, onboarding, link.rpartition("/")[2], f"39066982{next(self.serial):04d}")

    def invite_row(self) -> Onboarding:
        """An onboarding that is only looked at."""
        return self.invite(send_email=False).onboarding

    def move_clock(self, by: timedelta) -> None:
        """Let time pass, here and at Meta."""
        self.offset += by
        clock.set_offset(offset=self.offset)
        self.meta.ask("clock", {"offset_seconds": self.offset.total_seconds()})

    def drain(self) -> None:
        """Do all work that is due, with the webhooks that have come."""
        while True:
            self._post(self.mailbox.take())
            if not tasks.drain(now=clock.now()):
                return

    def until(self, done: Callable[[], bool]) -> None:
        """Work until something is so; what it waits for is work that falls due and webhooks that come."""
        deadline = time.monotonic() + PATIENCE
        self.drain()
        while not done():
            assert time.monotonic() < deadline, "it did not happen"
            self._post(self.mailbox.take(wait=0.1))
            self.drain()

    def _post(self, bodies: list[tuple[str, bytes]]) -> None:
        mine = self.tenant.world.app.app_id
        with self.tenant.scope():
            now = clock.now()
            for app_id, body in bodies:
                if app_id == mine:
                    Payload.objects.get_or_create(
                        partner_id=self.tenant.partner_id,
                        digest=hashlib.sha256(body).hexdigest(),
                        defaults={"app_id": app_id, "body": body, "received_at": now, "due_at": now},
                    )


@dataclass
class Invited:
    """One customer's journey as the customer, Meta and the desk see it."""

    stage: Stage
    onboarding: Onboarding
    token: str
    phone: str

    def popup(self, **wish: Any) -> dict[str, Any]:
        """What Meta's window gives a customer who finishes it."""
        world = self.stage.tenant.world
        known = {
            "app_id": world.app.app_id,
            "config_id": world.app.config_id,
            "phone": {"number": self.phone, "display_name": "Panificio Aurora"},
        }
        return dict(self.stage.meta.ask("signup", {**known, **wish}))

    def link(self) -> signup.LinkFound:
        return signup.find_link(self.token, clock.now())

    def open_window(self) -> str:
        """Start a session on the customer's page; its nonce."""
        link = self.link()
        with self.stage.tenant.scope(link.customer_id):
            return signup.start_session(link=link, now=clock.now())[1]

    def send_code(self, nonce: str, code: str) -> None:
        link = self.link()
        with self.stage.tenant.scope(link.customer_id):
            signup.receive_code(link=link, nonce=nonce, code=Secret(code), now=clock.now())

    def send_message(self, nonce: str, message: object) -> None:
        link = self.link()
        with self.stage.tenant.scope(link.customer_id):
            signup.receive_message(link=link, nonce=nonce, raw=json.dumps(message), now=clock.now())

    def sign_up(self, **wish: Any) -> dict[str, Any]:
        """Go through Meta's window and hand over both results."""
        nonce = self.open_window()
        result = self.popup(**wish)
        if result["code"]:
            self.send_code(nonce, result["code"])
        if result["message"]:
            self.send_message(nonce, result["message"])
        return result

    def write(self, text: str = "Ciao", *, consumer: str = "393331234567") -> None:
        """A consumer writes to the number."""
        body = {"from": consumer, "phone_number_id": self.phone_number_id, "text": text}
        self.stage.meta.ask("messages", body)

    @property
    def phone_number_id(self) -> str:
        number = self.journey().phone_number
        assert number is not None
        return number.phone_number_id

    def journey(self) -> Journey:
        with self.stage.tenant.scope():
            row = queries.desk_queue().get(pk=self.onboarding.pk)
            return queries.journey(row, now=clock.now())

    @property
    def state(self) -> str:
        return self.journey().state

    @property
    def waits_for(self) -> str:
        need = self.journey().next_action
        return need.reason if need else ""

    def states(self) -> dict[str, str]:
        return {step.key: step.state for step in self.journey().steps}

    def ends_at(self) -> datetime:
        ends_at = self.journey().window_ends_at
        assert ends_at is not None
        return ends_at
