"""A client that costs little: prepared requests over kept connections, from one process.

It shares two cores with the server it measures, so it knows just as much HTTP as these servers speak.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import uvloop

from portal.bench.figures import BenchError, percentile
from portal.programs import HOST

CONNECTIONS = 128
ENDS_WITHIN = 120.0
TICK = 0.001
BLANK, LENGTH = b"\r\n\r\n", b"content-length:"


@dataclass(frozen=True)
class Result:
    """How a load went; latencies are ordered, in seconds."""

    seconds: float
    latencies: Sequence[float]
    statuses: Counter[int]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def p(self, share: float) -> float:
        """The latency, in milliseconds, that this share of the requests did not exceed."""
        return percentile(self.latencies, share) * 1000


def request(path: str, body: bytes, **headers: str) -> bytes:
    """The bytes of a POST."""
    told = {"Host": HOST, "Content-Type": "application/json", "Content-Length": str(len(body))}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join(lines).encode() + BLANK + body


def send(port: int, requests: Sequence[bytes], *, per_second: float | None = None) -> Result:
    """Send them all, as fast as they are answered or as they fall due; every answer must be a 200.

    A request that falls due counts from that moment, even if no connection is free: a server that stalls
    does not get fewer requests for it.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = runner.run(_Load(requests, per_second).run(port))
    if set(result.statuses) != {200}:
        raise BenchError(f"port {port} answered {dict(result.statuses)}")
    return result


class _Load:
    def __init__(self, requests: Sequence[bytes], per_second: float | None) -> None:
        self._requests, self._gap = requests, 1 / per_second if per_second else 0.0
        self._next = 0
        self._begun = 0.0
        self._latencies: list[float] = []
        self._statuses: Counter[int] = Counter()
        self._idle: deque[_Connection] = deque()

    async def run(self, port: int) -> Result:
        loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = loop.create_future()
        made = [
            await loop.create_connection(lambda: _Connection(self), HOST, port) for _ in range(CONNECTIONS)
        ]
        self._idle.extend(connection for _transport, connection in made)
        self._begun = time.perf_counter()
        try:
            async with asyncio.timeout(ENDS_WITHIN + self._gap * len(self._requests)):
                self._tick()
                await self._done
        finally:
            seconds = time.perf_counter() - self._begun
            for transport, _connection in made:
                transport.abort()
        return Result(seconds, sorted(self._latencies), self._statuses)

    def answered(self, connection: _Connection, status: int) -> None:
        self._latencies.append(time.perf_counter() - connection.since)
        self._statuses[status] += 1
        self._idle.append(connection)
        if len(self._latencies) < len(self._requests):
            self._send_due()
        elif not self._done.done():
            self._done.set_result(None)

    def lost(self) -> None:
        if not self._done.done():
            self._done.set_exception(BenchError("the server closed a connection"))

    def _tick(self) -> None:
        self._send_due()
        if self._gap and self._next < len(self._requests):
            asyncio.get_running_loop().call_later(TICK, self._tick)

    def _send_due(self) -> None:
        now = time.perf_counter()
        while self._idle and self._next < len(self._requests):
            due = self._begun + self._next * self._gap if self._gap else now
            if due > now:
                return
            self._idle.popleft().send(self._requests[self._next], due)
            self._next += 1


class _Connection(asyncio.Protocol):
    def __init__(self, load: _Load) -> None:
        self._load = load
        self._received = b""
        self.since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send(self, message: bytes, since: float) -> None:
        self.since = since
        self._transport.write(message)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(BLANK)
        if not blank or len(body) < _announced(head):
            return
        self._received = b""
        self._load.answered(self, int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        self._load.lost()


def _announced(head: bytes) -> int:
    _before, found, after = head.lower().partition(LENGTH)
    if not found:
        raise BenchError("an answer without Content-Length")
    return int(after.split(b"\r\n", 1)[0])
