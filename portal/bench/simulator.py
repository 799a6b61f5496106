"""The small Meta, so that it is never what limits a measurement: `messages` calls and memory."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.bench import load
from portal.bench.figures import BenchError, Figure, median
from portal.bench.place import Place
from portal.programs import Ports

ROUNDS, AT_ONCE, WARM_UP = 3, 3000, 5000
OFFERED_PER_SECOND, OFFERED = 1500, 15_000
MANY, VERY_MANY, CHUNK = 20_000, 1_000_000, 20_000
CONSUMERS = 200
# Meta's own limits on one number would be what is measured.
NO_LIMITS = {"throughput_standard": 10**9, "pair_seconds": 0, "free_service_messages": 10**9}
PIN = "123456"


def measure(place: Place) -> Iterator[Figure]:
    """Against an aiohttp program that answers a constant, from one client process over kept connections."""
    yield from _Sender.sign_up(place).measure(place)


@dataclass
class _Sender:
    """A registered number and whoever writes with it."""

    port: int
    pid: int
    path: str
    token: str
    sent: int = 0

    @classmethod
    def sign_up(cls, place: Place) -> _Sender:
        """Take a number through Meta's window and register it."""
        base = place.stack.simulator_url
        _ask(f"{base}/_sim/settings", NO_LIMITS)
        partner = _ask(f"{base}/_sim/provision", {"partner_name": "Bench", "terms_accepted": True})
        wish = {"app_id": partner["app_id"], "config_id": partner["config_id"]}
        wish |= {"business": {"name": "Bench"}, "phone": {"number": "+393339990001", "display_name": "Bench"}}
        signed = _ask(f"{base}/_sim/signup", wish)
        secret = {"client_id": partner["app_id"], "client_secret": partner["app_secret"]}
        token = _ask(f"{base}/v26.0/oauth/access_token", {**secret, "code": signed["code"]})["access_token"]
        number = f"/v26.0/{signed['phone_number_id']}"
        bearer = {"Authorization": f"Bearer {token}"}
        _ask(f"{base}{number}/register", {"messaging_product": "whatsapp", "pin": PIN}, bearer)
        return cls(place.stack.ports.simulator, place.stack.pids["simulator"], f"{number}/messages", token)

    def posts(self, wanted: int) -> list[bytes]:
        """Text messages to consumers, one after the other."""
        made = []
        for _ in range(wanted):
            self.sent += 1
            message = {
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "to": f"39349{self.sent % CONSUMERS:07d}",
                "type": "text",
                "text": {"body": f"Buongiorno {self.sent}!"},
            }
            body = json.dumps(message).encode()
            made.append(load.request(self.path, body, Authorization=f"Bearer {self.token}"))
        return made

    def measure(self, place: Place) -> Iterator[Figure]:
        yield self._rate(place)
        wanted = place.some(OFFERED)
        result = load.send(self.port, self.posts(wanted), per_second=OFFERED_PER_SECOND)
        yield Figure(
            bench="simulator",
            name=f"messages calls while {OFFERED_PER_SECOND}/s were offered",
            value=result.per_second,
            unit="/s",
            baseline=OFFERED_PER_SECOND,
            against="offered",
            promise="1,500/s for 10 s",
        )
        yield Figure(bench="simulator", name="their p99", value=result.p(0.99), unit="ms")
        yield self._memory(VERY_MANY if place.is_long else place.some(MANY))

    def _rate(self, place: Place) -> Figure:
        port = Ports.free().web
        command = [sys.executable, "-m", "portal.bench.baseline", str(port)]
        ours: list[float] = []
        least: list[float] = []
        with place.beside(command, port):
            for target in (self.port, port):
                load.send(target, self.posts(place.some(WARM_UP)))
            for _round in range(ROUNDS):
                for target, rates in ((self.port, ours), (port, least)):
                    rates.append(load.send(target, self.posts(place.some(AT_ONCE))).per_second)
        return Figure(
            bench="simulator",
            name="messages calls answered",
            value=median(ours),
            unit="/s",
            baseline=median(least),
            against="an aiohttp constant",
            promise="above 1,500/s",
        )

    def _memory(self, calls: int) -> Figure:
        before = _resident(self.pid)
        for done in range(0, calls, CHUNK):
            load.send(self.port, self.posts(min(CHUNK, calls - done)))
        return Figure(
            bench="simulator",
            name=f"memory after {calls:,} more calls",
            value=_resident(self.pid),
            unit="MB",
            baseline=before,
            against="before them",
            promise="flat over 1,000,000 (--long)",
        )


def _ask(url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Any:
    told = {"Content-Type": "application/json", **(headers or {})}
    asked = urllib.request.Request(url, json.dumps(body).encode(), told)  # noqa: S310
    # A proxy of the environment would be asked for 127.0.0.1 too.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(asked, timeout=20) as answer:
        return json.loads(answer.read())


def _resident(pid: int) -> float:
    """Megabytes of memory that a process holds, as Linux counts them."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise BenchError("the simulator has ended")
