"""/_sim/: the clock, the memory, the logs and the faults of the simulator itself."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from aiohttp import web
from msgspec import Struct

from . import consumers, events, overview
from .faults import Rule
from .nodes import App
from .replies import read, reply, simulator_of
from .settings import Settings
from .simulator import Simulator

routes = web.RouteTableDef()


class ClockRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    advance_seconds: float | None = None
    offset_seconds: float | None = None
    frozen_at: float | None = None


class ResetRequest(Struct, kw_only=True):
    seed: int = 1


class FireRequest(Struct, kw_only=True):
    """A whole webhook body or one change, sent as it is to an app's callback."""

    app_id: str
    body: dict[str, Any]


def _clock_state(simulator: Simulator, followed: bool | None) -> dict[str, Any]:
    now = simulator.clock.now()
    return {
        "now": now,
        "offset_seconds": simulator.clock.offset_seconds,
        "frozen_at": simulator.clock.frozen_at,
        "follower_moved": followed,
    }


@routes.get("/_sim/clock")
async def get_clock(request: web.Request) -> web.Response:
    return reply(_clock_state(simulator_of(request), None))


@routes.post("/_sim/clock")
async def post_clock(request: web.Request) -> web.Response:
    """Travel in time: `advance_seconds` adds, `offset_seconds` sets, `frozen_at` stops it for replays."""
    simulator, wish = simulator_of(request), await read(request, ClockRequest)
    offset = simulator.clock.offset_seconds if wish.offset_seconds is None else wish.offset_seconds
    frozen_at = simulator.clock.frozen_at if wish.frozen_at is None else wish.frozen_at
    followed = await simulator.set_clock(
        offset_seconds=offset + (wish.advance_seconds or 0), frozen_at=frozen_at
    )
    return reply(_clock_state(simulator, followed))


@routes.post("/_sim/reset")
async def post_reset(request: web.Request) -> web.Response:
    """Forget everything and begin again with a seed."""
    wish = await read(request, ResetRequest)
    simulator_of(request).reset(seed=wish.seed)
    return reply({"seed": wish.seed})


@routes.get("/_sim/state")
async def get_state(request: web.Request) -> web.Response:
    simulator = simulator_of(request)
    limit = int(request.query.get("limit", "100000"))
    return reply(overview.state(simulator.world, now=simulator.clock.now(), limit=limit))


@routes.get("/_sim/log")
async def get_log(request: web.Request) -> web.Response:
    """Calls (narrow with path, method, id, since, limit) and counters per path and id."""
    simulator, query = simulator_of(request), request.query
    matching = simulator.log.matching(
        path=query.get("path", ""),
        method=query.get("method", ""),
        id=query.get("id", ""),
        since=int(query.get("since", "0")),
    )
    limit = int(query.get("limit", "1000"))
    counts = simulator.world.call_counts
    return reply({"calls": list(matching)[-limit:], "counters": dict(sorted(counts.items()))})


@routes.get("/_sim/sms")
async def get_sms(request: web.Request) -> web.Response:
    return reply({"data": simulator_of(request).world.sms[::-1]})


@routes.get("/_sim/chats")
async def get_chats(request: web.Request) -> web.Response:
    return reply({"data": consumers.chats(simulator_of(request).world)})


@routes.get("/_sim/settings")
async def get_settings(request: web.Request) -> web.Response:
    return reply(simulator_of(request).world.settings)


@routes.post("/_sim/settings")
async def post_settings(request: web.Request) -> web.Response:
    """Change some settings; the others stay."""
    simulator = simulator_of(request)
    wish = await read(request, dict[str, Any])
    known = cast(dict[str, Any], msgspec.to_builtins(simulator.world.settings))
    simulator.world.settings = msgspec.convert({**known, **wish}, Settings)
    simulator.touch()
    return reply(simulator.world.settings)


@routes.get("/_sim/faults")
async def get_faults(request: web.Request) -> web.Response:
    return reply({"rules": simulator_of(request).faults.rules})


@routes.post("/_sim/faults")
async def post_faults(request: web.Request) -> web.Response:
    simulator, rule = simulator_of(request), await read(request, Rule)
    simulator.faults.add(simulator.world, rule)
    simulator.touch()
    return reply(rule)


@routes.delete("/_sim/faults")
async def delete_faults(request: web.Request) -> web.Response:
    """All of them, or one with ?rule=<id_of_rule>."""
    simulator, wanted = simulator_of(request), request.query.get("rule", "")
    rules = simulator.faults.rules
    simulator.faults.rules = [rule for rule in rules if wanted and str(rule.id_of_rule) != wanted]
    simulator.touch()
    return reply({"rules": simulator.faults.rules})


@routes.get("/_sim/webhooks")
async def get_webhooks(request: web.Request) -> web.Response:
    """The last POSTs to endpoints, and what still waits."""
    simulator = simulator_of(request)
    world = simulator.world
    waiting = len(world.updates) + sum(map(len, world.pending.values()))
    attempts = list(simulator.webhooks.log)[-int(request.query.get("limit", "200")) :]
    return reply(
        {"delivered": simulator.webhooks.delivered, "waiting": waiting, "retrying": world.deliveries}
        | {"attempts": attempts}
    )


@routes.post("/_sim/webhooks/fire")
async def post_fire(request: web.Request) -> web.Response:
    """Send any payload, such as one of Meta's samples, signed with the app's secret."""
    simulator, wish = simulator_of(request), await read(request, FireRequest)
    app = simulator.world.get(App, wish.app_id)
    if not app.callback_url:
        raise ValueError("The app has no verified callback")
    entries = wish.body.get("entry") or [{"id": app.business_id, "changes": [wish.body]}]
    events.fire(simulator.world, app=app, entries=entries, now=simulator.clock.now())
    simulator.touch()
    return reply({"queued": len(entries), "url": app.callback_url})
