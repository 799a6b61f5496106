"""The page at /: what exists, what happened, and buttons for what people outside would do."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from portal.simulator.console.words import WORDS
from portal.simulator.http import SIMULATOR
from portal.simulator.pages import render

routes = web.RouteTableDef()
HERE = Path(__file__).parent
PAGE = HERE.joinpath("page.html").read_text(encoding="utf-8")
SCRIPT = HERE.joinpath("console.js").read_text(encoding="utf-8")


@routes.get("/")
async def get_console(request: web.Request) -> web.Response:
    return render(PAGE, WORDS, request, data={"seed": request.app[SIMULATOR].world.seed})


@routes.get("/_sim/console.js")
async def get_script(request: web.Request) -> web.Response:
    return web.Response(text=SCRIPT, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@routes.get("/favicon.ico")
async def get_icon(request: web.Request) -> web.Response:
    return web.Response(status=204)
