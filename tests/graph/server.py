"""A small HTTP server in a thread, for what only a real connection can show."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web

Result = TypeVar("Result")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Arrival:
    """A request as it came over the wire."""

    method: str
    path: str
    raw_path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    peer: tuple[str, int]


async def success(_request: web.Request) -> web.StreamResponse:
    return web.json_response({"success": True})


class Server:
    """Answers everything with `handler`, and keeps what arrived."""

    def __init__(self) -> None:
        self.handler: Handler = success
        self.arrivals: list[Arrival] = []
        self.arrived = threading.Event()
        self.gone = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._runner, self.port = self._run(self._start())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._run(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> tuple[web.AppRunner, int]:
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._serve)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner, runner.addresses[0][1]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.arrivals.append(
            Arrival(
                request.method,
                request.path,
                request.raw_path,
                dict(request.query),
                headers,
                await request.read(),
                request.transport.get_extra_info("peername"),
            )
        )
        self.arrived.set()
        try:
            return await self.handler(request)
        except (asyncio.CancelledError, ConnectionError):
            self.gone.set()
            raise

    def _run(self, coroutine: Coroutine[None, None, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)
