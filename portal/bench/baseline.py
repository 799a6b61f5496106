"""The least a server can do: an empty ASGI application, and an aiohttp program that answers a constant."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvloop
from aiohttp import web

from portal.programs import HOST

Message = MutableMapping[str, Any]
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
BODY = {"type": "http.response.body", "body": b""}


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answer 200 to everything, without reading it."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send(START)
    await send(BODY)


async def constant(request: web.Request) -> web.Response:
    """Answer JSON to everything, after reading it."""
    await request.read()
    return web.Response(text='{"messages":[]}', content_type="application/json")


def main(port: int) -> None:
    """Serve the constant on the loop that the simulator runs on."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", constant)
    web.run_app(app, host=HOST, port=port, loop=uvloop.new_event_loop(), access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
