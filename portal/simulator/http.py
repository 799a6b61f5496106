"""The Graph API over HTTP: reads a request, asks graph.py, applies faults, logs, answers."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any, cast

import msgspec
from aiohttp import web

from . import access, media, quota, routes
from .calllog import LoggedCall, holder
from .errors import GraphError
from .faults import Rule, error_of
from .graph import VERSION, Body, Call, Handshake, Target, Upload, perform, resolve
from .simulator import Simulator

logger = logging.getLogger("portal.simulator")
SIMULATOR = web.AppKey("simulator", Simulator)
THROTTLED = frozenset([4, 80007, 80008])
MAX_BODY = 110 * 1024 * 1024
__all__ = ["MAX_BODY", "SIMULATOR", "graph_api", "media_file", "routes"]


async def graph_api(request: web.Request) -> web.StreamResponse:
    """Every path that is not the simulator's own."""
    simulator = request.app[SIMULATOR]
    try:
        call = await read_call(request)
    except GraphError as error:
        nothing = Call(request.method, request.path)
        return answer(simulator, nothing, error.status, error.body(simulator.world.fbtrace_id()))
    target = resolve(simulator.world, call)
    token = access.find_token(simulator.world, call.token)
    app_id = token.app_id if token else str(call.params.get("client_id") or "")
    logged = LoggedCall(
        seq=simulator.world.serial("call"),
        at=round(simulator.clock.now(), 3),
        method=call.method,
        path=target.template,
        ids=target.ids,
        status=0,
        app_id=app_id,
        as_=holder(token),
    )
    rule = simulator.faults.for_call(simulator.world, call.method, target, app_id)
    logged.fault = rule.kind if rule else ""
    simulator.log.add(simulator.world, target, logged)
    if rule is None:
        status, body = await execute(simulator, call, target, logged)
        return answer(simulator, call, status, body)
    return await with_fault(simulator, request, call, target, logged, rule)


async def media_file(request: web.Request) -> web.StreamResponse:
    """The bytes behind a media address; 404 when it has expired, as at Meta."""
    simulator, query = request.app[SIMULATOR], request.query
    now, header = simulator.clock.now(), request.headers.get("Authorization", "")
    token = access.find_token(simulator.world, header.removeprefix("Bearer ").strip())
    if token is None or access.token_problem(simulator.world, token, now=now):
        return web.Response(status=401)
    seal, ends = query.get("hash", ""), query.get("ext", "")
    file = media.fetch(simulator.world, media_id=query.get("mid", ""), ends=ends, seal=seal, now=now)
    waba = access.waba_of(simulator.world, file) if file else None
    if file is None or waba is None or not access.sees_waba(simulator.world, token, waba):
        return web.Response(status=404)
    return web.Response(body=file.content, headers={"Content-Type": file.mime_type})


async def read_call(request: web.Request) -> Call:
    """Query, form, multipart and JSON parameters become one mapping; the token may come in any of them."""
    params: dict[str, Any] = dict(request.query)
    upload = None
    if request.can_read_body:
        kind = request.content_type
        if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    upload = Upload(value.filename, value.content_type, value.file.read())
                else:
                    params[name] = value
        else:
            params |= _json(await request.read())
    header = request.headers.get("Authorization", "")
    bearer = header[7:].strip() if header[:7].lower() == "bearer " else ""
    token = str(params.pop("access_token", "")) or bearer  # a parameter wins over the header
    base_url = f"{request.scheme}://{request.host}"
    return Call(request.method, request.path, params, token, base_url, upload)


def _json(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    try:
        value = msgspec.json.decode(raw)  # unlike json.loads it takes no lone surrogates and no NaN
    except (ValueError, RecursionError):
        raise GraphError(100, message="(#100) Invalid JSON in the request body") from None
    if not isinstance(value, dict):
        raise GraphError(100, message="(#100) The request body must be a JSON object")
    return cast(dict[str, Any], value)


async def execute(simulator: Simulator, call: Call, target: Target, logged: LoggedCall) -> tuple[int, Body]:
    """Perform the call, with its handshake if it has one, and note the outcome."""
    world = simulator.world
    try:
        result = perform(world, call, target, now=simulator.clock.now())
        if isinstance(result, Handshake):
            result = result.finish(await simulator.webhooks.handshake(result.url, result.verify_token))
        logged.status = 200
        return 200, result
    except GraphError as error:
        logged.status, logged.code, logged.subcode = error.status, error.code, error.subcode
        return error.status, error.body(world.fbtrace_id())
    except Exception:  # a defect of ours answers as Meta's defects do
        logger.exception("%s %s failed", call.method, target.template)
        logged.status, logged.code = 500, 1
        return 500, GraphError(1, status=500, message="An unknown error occurred").body(world.fbtrace_id())
    finally:
        if call.method != "GET" or world.updates:
            simulator.touch()


async def with_fault(
    simulator: Simulator, request: web.Request, call: Call, target: Target, logged: LoggedCall, rule: Rule
) -> web.StreamResponse:
    """The same call through a broken wire."""
    if rule.kind in ("error", "outage", "rate_limit"):
        error, logged.acted = error_of(rule), False
        logged.status, logged.code, logged.subcode = error.status, error.code, error.subcode
        call.quota = quota.quota_of(simulator.world, logged.app_id, target.template, target.node)
        return answer(simulator, call, error.status, error.body(simulator.world.fbtrace_id()))
    if rule.kind == "cut_before":
        logged.acted = False
        return cut(request)
    if rule.kind == "act_late":
        simulator.later(rule.seconds, lambda: execute(simulator, call, target, logged))
        return cut(request)
    if rule.kind == "delay":
        await asyncio.sleep(rule.seconds)
    status, body = await execute(simulator, call, target, logged)
    return await _broken_answer(simulator, request, call, logged, rule, status, body)


async def _broken_answer(
    simulator: Simulator,
    request: web.Request,
    call: Call,
    logged: LoggedCall,
    rule: Rule,
    status: int,
    body: Body,
) -> web.StreamResponse:
    """The call was performed; its answer suffers."""
    if rule.kind == "cut_after":
        logged.status = 0
        return cut(request)
    if rule.kind == "http_500_after":
        logged.status = 500
        return answer(simulator, call, 500, GraphError(1, status=500).body(simulator.world.fbtrace_id()))
    if rule.kind == "wrong_json":
        return web.Response(status=status, text="<html><body>Sorry, something went wrong.</body></html>")
    if rule.kind in ("drip", "truncated"):
        return await broken_body(request, status, body, rule)
    return answer(simulator, call, status, body)


def cut(request: web.Request) -> web.StreamResponse:
    """Drop the connection; what is returned here has no way to go out."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def broken_body(request: web.Request, status: int, body: Body, rule: Rule) -> web.StreamResponse:
    """A body that comes a byte at a time, or stops half way although its length was announced."""
    raw = json.dumps(body).encode()
    response = web.StreamResponse(status=status, headers={"Content-Type": "application/json"})
    response.content_length = len(raw)
    await response.prepare(request)
    if rule.kind == "drip":
        for position in range(len(raw)):
            await response.write(raw[position : position + 1])
            await asyncio.sleep(rule.seconds / len(raw))
        return response
    await response.write(raw[: len(raw) // 2])
    await asyncio.sleep(0)
    if request.transport is not None:
        request.transport.close()
    return response


def usage(percent: int) -> str:
    """Percent of the app's hourly limit (X-App-Usage)."""
    return f'{{"call_count":{percent},"total_time":{percent},"total_cputime":{percent}}}'


def answer(simulator: Simulator, call: Call, status: int, body: Body) -> web.Response:
    """A JSON answer with the headers that Meta sends."""
    world = simulator.world
    part = call.path.split("/", 2)[1]
    newest, oldest = world.settings.newest_version, world.settings.oldest_version
    asked = float(part[1:]) if VERSION.fullmatch(part) else newest
    throttled = "error" in body and body["error"]["code"] in THROTTLED
    headers = {
        "facebook-api-version": f"v{min(max(asked, oldest), newest):.1f}",
        "x-fb-request-id": f"A{world.serial('request'):022d}",
        "x-app-usage": usage(100 if throttled else 1),
        "Cache-Control": "private, no-cache, no-store, must-revalidate",
    }
    if call.quota:
        now = simulator.clock.now()
        headers["x-business-use-case-usage"] = quota.header(world, call.quota, throttled=throttled, now=now)
    if "error" in body:
        headers["x-fb-trace-id"] = body["error"]["fbtrace_id"]
    text = json.dumps(body, ensure_ascii=True, separators=(",", ":"))
    return web.Response(status=status, text=text, content_type="application/json", headers=headers)
