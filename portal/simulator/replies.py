"""What every request under /_sim/ has in common: JSON in, readable JSON out, and a problem in words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from .errors import GraphError
from .http import SIMULATOR
from .simulator import Simulator

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def reply(value: Any, *, status: int = 200) -> web.Response:
    """JSON for people and tests; indented, since it is read by both."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return web.Response(status=status, text=text + "\n", content_type="application/json")


async def read(request: web.Request, kind: type[T]) -> T:
    return msgspec.json.decode(await request.read() or b"{}", type=kind)


def simulator_of(request: web.Request) -> Simulator:
    return request.app[SIMULATOR]


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A wrong control request is told what is wrong with it."""
    if not request.path.startswith("/_sim/"):
        return await handler(request)
    try:
        return await handler(request)
    except msgspec.ValidationError as problem:
        return reply({"problem": str(problem)}, status=422)
    except KeyError as problem:
        return reply({"problem": f"Nothing here has the id {problem}"}, status=404)
    except (msgspec.DecodeError, LookupError, ValueError) as problem:
        return reply({"problem": str(problem)}, status=400)
    except GraphError as error:
        return reply({"problem": error.message, "code": error.code, "details": error.details}, status=400)
