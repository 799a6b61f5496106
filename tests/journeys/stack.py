"""The whole product as real processes, and the people around it: an integrator and a consumer."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.embedded import Home
from portal.programs import Ports
from portal.stack import Stack, start_stack

# The stack makes its servers itself; those of the test run are somebody else's.
SERVERS = ("DATABASE_URL", "REDIS_URL", "MIGRATOR_DATABASE_URL", "ADMIN_DATABASE_URL", "WORKER_DATABASE_URL")


@dataclass
class World:
    """A running product with its simulated Meta, driven through public doors only."""

    stack: Stack

    def api(self, path: str, body: Any = None, *, language: str = "en") -> Any:
        """What an integrator does."""
        headers = {
            "Accept-Language": language,
            "Authorization": f"Bearer {self.stack.seeded['api_key']}",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        return _ask(f"{self.stack.portal_url}/api/v1/{path}", body, headers)

    def sim(self, path: str, body: Any = None) -> Any:
        """What happens at Meta."""
        return _ask(f"{self.stack.simulator_url}/_sim/{path}", body, {})

    def forgive(self) -> None:
        """Meta behaves again."""
        _ask(f"{self.stack.simulator_url}/_sim/faults", None, {}, method="DELETE")

    def travel(self, *, seconds: float = 0.0, until: float | None = None) -> None:
        """Move the clock of Meta and portal together, by some seconds or to a moment; only forward."""
        now = self.sim("clock")["now"]
        ahead = seconds if until is None else max(until - now, 0.0)
        assert self.sim("clock", {"advance_seconds": ahead})["follower_moved"] is True

    def invite(self, name: str, *, language: str) -> str:
        """A new customer's link."""
        customer = {"name": name, "contact_email": "giulia@aurora.example", "language": language}
        made = self.api("customers", customer)
        invitation = self.api("onboardings", {"customer": made["id"], "send_email": False})
        return str(invitation["link"])

    def write_to(self, number: str, text: str) -> None:
        """A consumer's message from a phone."""
        self.sim("messages", {"from": "+393330000001", "to": number, "text": text})


def _ask(url: str, body: Any, headers: dict[str, str], method: str | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data, {"Content-Type": "application/json", **headers}, method=method
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=20) as response:
        return json.loads(response.read() or b"null")


@contextmanager
def running_world(settings: Mapping[str, str] | None = None) -> Iterator[World]:
    """Start everything in a home of its own; nothing of it stays."""
    folder = Path(tempfile.mkdtemp(prefix="portal-journey-"))
    folder.chmod(0o711)
    given = {name: os.environ.pop(name) for name in SERVERS if name in os.environ}
    try:
        with start_stack(Home(folder), Ports.free(), fsync=False, settings=settings) as stack:
            os.environ |= given
            yield World(stack)
    finally:
        os.environ |= given
        shutil.rmtree(folder, ignore_errors=True)
