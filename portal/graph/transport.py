"""One HTTP exchange: bounded in time and size, never sent twice, and no secret in what it raises.

aiohttp runs on one thread with one session per process. Both are made on first use and kept by process id:
after a fork the parent's pair must neither be used nor finalised, since the child shares its sockets.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import io
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Protocol

import aiohttp
from aiohttp.abc import AbstractResolver

from .secret import Secret

MAX_ANSWER_BYTES = 1024 * 1024
_ONE_PIECE_BYTES = 64 * 1024
_CONNECTIONS = 100
_KEEP_ALIVE_SECONDS = 10.0  # a call over a connection that Meta has just closed ends unknown
_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A request ready to be sent; whatever may hold a secret is one."""

    method: str
    url: Secret
    token: Secret | None
    body: Secret | None
    timeout: float
    scheme: str = "Bearer"
    content_type: str = "application/json"
    accept: str = "application/json"
    max_answer_bytes: int = MAX_ANSWER_BYTES


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, not yet understood."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class TransportError(Exception):
    """No whole answer; `sent` is False only if certainly no byte of the request left."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason, sent)
        self.reason = reason
        self.sent = sent


class Transport(Protocol):
    """Anything that can send one request and return its answer, or raise TransportError."""

    def send(self, outgoing: Outgoing) -> Reply: ...


class HttpTransport:
    """The synchronous bridge to one aiohttp session per process; make one and keep it.

    With a `resolver` names are looked up by it, which may refuse where they lead.
    """

    def __init__(self, resolver: Callable[[], AbstractResolver] | None = None) -> None:
        self._resolver = resolver
        self._by_pid: dict[int, _Engine] = {}
        self._renew_lock()
        os.register_at_fork(after_in_child=self._renew_lock)
        atexit.register(self.close)

    def send(self, outgoing: Outgoing) -> Reply:
        """The whole answer, or TransportError."""
        engine = self._engine()
        future = asyncio.run_coroutine_threadsafe(_exchange(engine.session, outgoing), engine.loop)
        try:
            result = future.result(outgoing.timeout + _GRACE_SECONDS)
        except concurrent.futures.TimeoutError:
            result = TransportError("event loop is stuck", sent=True)
        finally:
            future.cancel()  # does nothing when done; else (a signal, a stuck loop) nobody waits any more
        if isinstance(result, TransportError):
            raise result
        return result

    def close(self) -> None:
        """End this process's session and thread; the next call makes new ones."""
        with self._lock:
            engine = self._by_pid.pop(os.getpid(), None)
        if engine:
            engine.close()

    def _engine(self) -> _Engine:
        with self._lock:
            pid = os.getpid()
            if pid not in self._by_pid:
                self._by_pid[pid] = _Engine(self._resolver)
            return self._by_pid[pid]

    def _renew_lock(self) -> None:
        """Another thread of the parent may have held the lock in the moment of the fork."""
        self._lock = threading.Lock()


@dataclass(slots=True)
class _Progress:
    """Until a connection is there, no byte of the request can have left."""

    connected: bool = False


async def _exchange(session: aiohttp.ClientSession, outgoing: Outgoing) -> Reply | TransportError:
    """Send and read; failures are returned, since aiohttp's exceptions quote the URL and its query."""
    progress = _Progress()
    try:
        async with session.request(
            outgoing.method,
            outgoing.url.reveal(),
            data=_data(outgoing.body),
            headers=_headers(outgoing),
            timeout=aiohttp.ClientTimeout(total=outgoing.timeout),
            allow_redirects=False,
            trace_request_ctx=progress,
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status, headers, await _read(response, outgoing.max_answer_bytes))
    except Exception as error:  # noqa: BLE001  of every failure we must know whether it may have acted
        cause = getattr(error, "os_error", error)
        return TransportError(type(cause).__name__, sent=progress.connected)


def _data(body: Secret | None) -> bytes | io.BytesIO | None:
    """aiohttp writes bytes in one piece, which for a file would hold up every other call."""
    if not body:
        return None
    content = body.reveal_bytes()
    return content if len(content) <= _ONE_PIECE_BYTES else io.BytesIO(content)


def _headers(outgoing: Outgoing) -> dict[str, str]:
    headers = {"Accept": outgoing.accept}
    if outgoing.token:
        headers["Authorization"] = f"{outgoing.scheme} {outgoing.token.reveal()}"
    if outgoing.body:
        headers["Content-Type"] = outgoing.content_type
    return headers


class _AnswerTooLarge(Exception):
    pass


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > most:
            raise _AnswerTooLarge
    return bytes(body)


class _Engine:
    """The loop thread and session of one process."""

    def __init__(self, resolver: Callable[[], AbstractResolver] | None) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="graph", daemon=True)
        self.thread.start()
        self.session = asyncio.run_coroutine_threadsafe(_open_session(resolver), self.loop).result(
            _GRACE_SECONDS
        )

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self.session.close(), self.loop).result(_GRACE_SECONDS)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(_GRACE_SECONDS)
        self.loop.close()


async def _note_connection(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _params: object
) -> None:
    context.trace_request_ctx.connected = True


async def _open_session(resolver: Callable[[], AbstractResolver] | None) -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(_note_connection)
    trace.on_connection_reuseconn.append(_note_connection)
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=_CONNECTIONS,
            limit_per_host=_CONNECTIONS,
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            resolver=resolver() if resolver else None,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "whatsapp-partner-portal"},
        trust_env=False,
        trace_configs=[trace],
    )
    session._retry_connection = False  # aiohttp would send GET, PUT and DELETE again when a connection drops
    return session
