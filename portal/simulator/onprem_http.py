"""/onprem/<phone_number_id>/v1/...: one On-Premises client for each number, as if at the customer's."""

from __future__ import annotations

import base64
import json
from typing import Any

from aiohttp import web

from . import onprem
from .http import SIMULATOR
from .nodes import PhoneNumber
from .onprem import ClientError

routes = web.RouteTableDef()
BASE = "/onprem/{phone_number_id}/v1"


def _answer(body: dict[str, Any], *, status: int = 200) -> web.Response:
    meta = {"api_status": "stable", "version": "v2.62.1"}
    return web.json_response({**body, "meta": meta}, status=status)


def _refused(error: ClientError) -> web.Response:
    problem = {"code": error.code, "title": error.title, "details": error.title}
    return _answer({"errors": [problem]}, status=error.status)


def _number(request: web.Request) -> PhoneNumber:
    number = request.app[SIMULATOR].world.find(PhoneNumber, request.match_info["phone_number_id"])
    if number is None:
        raise web.HTTPNotFound
    return number


def _signed_in(request: web.Request) -> PhoneNumber:
    number = _number(request)
    expected = f"Bearer {onprem.token(request.app[SIMULATOR].world, number)}"
    if request.headers.get("Authorization", "") != expected:
        raise web.HTTPUnauthorized
    return number


async def _params(request: web.Request) -> dict[str, str]:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        body = {}
    return {key: str(value) for key, value in body.items()} if isinstance(body, dict) else {}


@routes.post(BASE + "/users/login")
async def post_login(request: web.Request) -> web.Response:
    """Basic authentication with admin:secret gives the bearer token."""
    number = _number(request)
    expected = base64.b64encode(f"{onprem.USER}:{onprem.PASSWORD}".encode()).decode()
    if request.headers.get("Authorization", "") != f"Basic {expected}":
        raise web.HTTPUnauthorized
    user = {
        "token": onprem.token(request.app[SIMULATOR].world, number),
        "expires_after": "2099-01-01 00:00:00+00:00",
    }
    return _answer({"users": [user]})


@routes.get(BASE + "/health")
async def get_health(request: web.Request) -> web.Response:
    return _answer({"health": {"gateway_status": onprem.gateway_status(_signed_in(request))}})


@routes.post(BASE + "/settings/backup")
async def post_backup(request: web.Request) -> web.Response:
    number, params = _signed_in(request), await _params(request)
    try:
        settings = request.app[SIMULATOR].world.settings
        data = onprem.backup(number, password=params.get("password", ""), settings=settings)
    except ClientError as error:
        return _refused(error)
    return _answer({"settings": {"data": data}})


@routes.post(BASE + "/settings/restore")
async def post_restore(request: web.Request) -> web.Response:
    number, params, simulator = _signed_in(request), await _params(request), request.app[SIMULATOR]
    try:
        onprem.restore(
            number,
            data=params.get("data", ""),
            password=params.get("password", ""),
            settings=simulator.world.settings,
        )
    except ClientError as error:
        return _refused(error)
    simulator.touch()
    return _answer({})
