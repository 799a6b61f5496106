from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from portal.simulator import console, control, decisions, onprem_http, popup, replies

from .http import MAX_BODY, SIMULATOR, graph_api, media_file
from .simulator import Simulator


async def _run(app: web.Application) -> AsyncIterator[None]:
    await app[SIMULATOR].start()
    yield
    await app[SIMULATOR].stop()


def make_app(simulator: Simulator) -> web.Application:
    """The whole program: control surface, signup popup, console, and the Graph API on every other path."""
    app = web.Application(client_max_size=MAX_BODY, middlewares=[replies.problems])
    app[SIMULATOR] = simulator
    app.cleanup_ctx.append(_run)
    app.add_routes(control.routes)
    app.add_routes(decisions.routes)
    app.add_routes(popup.routes)
    app.add_routes(console.routes)
    app.add_routes(onprem_http.routes)
    app.router.add_get("/whatsapp_business/attachments/", media_file)
    app.router.add_route("*", "/{path:.*}", graph_api)
    return app
