"""Embedded signup as a person meets it: the SDK stand-in and the window that it opens."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct

from portal.simulator import numbers, signup
from portal.simulator.nodes import App, Business, PhoneNumber, PreverifiedNumber, Waba
from portal.simulator.pages import language, render
from portal.simulator.replies import read, reply, simulator_of
from portal.simulator.world import Sms, World

from .words import WORDS

routes = web.RouteTableDef()
HERE = Path(__file__).parent
SDK = HERE.joinpath("sdk.js").read_text(encoding="utf-8")
PAGE = HERE.joinpath("dialog.html").read_text(encoding="utf-8")
SCRIPT = HERE.joinpath("dialog.js").read_text(encoding="utf-8")


class CodeRequest(Struct, kw_only=True):
    number: str
    method: str = "SMS"


class CodeCheck(Struct, kw_only=True):
    number: str
    code: str


class Renewal(Struct, kw_only=True):
    code: str


def _javascript(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@routes.get("/sdk.js")
@routes.get(r"/{locale:[a-z]{2}_[A-Z]{2}}/sdk.js")
async def get_sdk(request: web.Request) -> web.Response:
    """Stands in for https://connect.facebook.net/en_US/sdk.js."""
    return _javascript(SDK)


@routes.get("/popup/dialog.js")
async def get_script(request: web.Request) -> web.Response:
    return _javascript(SCRIPT)


@routes.get(r"/{version:v[0-9]+\.[0-9]}/dialog/oauth")
async def get_dialog(request: web.Request) -> web.Response:
    """The window: one page that shows its screens one after the other."""
    world, query = simulator_of(request).world, request.query
    app = world.find(App, query.get("client_id", ""))
    if app is None or (query.get("config_id") and query["config_id"] not in app.configurations):
        words = WORDS[language(request)]
        return web.Response(status=400, text=words["unknown_app"], content_type="text/plain")
    try:
        extras = msgspec.json.decode(query.get("extras") or "{}", type=dict[str, Any])
    except msgspec.DecodeError:
        extras = {}
    setup = extras.get("setup") or {}
    data = {
        "app_id": app.id,
        "config_id": query.get("config_id", ""),
        "origin": query.get("origin", ""),
        "setup": setup,
        "only_waba": extras.get("featureType") == "only_waba_sharing",
        "all_assets": str(extras.get("version") or "").startswith("v4"),
        "app_only": {"name": "app_only_install"} in (extras.get("features") or []),
        "coexistence": extras.get("featureType") == "whatsapp_business_app_onboarding",
        "preverified": _preverified(world, app, setup),
        "portfolios": _portfolios(world),
    }
    return render(PAGE, WORDS, request, data=data, app=app.name)


def _portfolios(world: World) -> list[dict[str, Any]]:
    """The customer portfolios that exist, with their accounts and numbers: what a person may choose."""
    return [
        {
            "id": business.id,
            "name": business.name,
            "wabas": [_waba(world, waba_id) for waba_id in business.waba_ids],
        }
        for business in world.all(Business)
        if not business.app_ids
    ]


def _preverified(world: World, app: App, setup: dict[str, Any]) -> list[dict[str, str]]:
    """The numbers that the launch offers and the partner has verified."""
    offered = (setup.get("preVerifiedPhone") or {}).get("ids") or []
    found = [world.find(PreverifiedNumber, str(number_id)) for number_id in offered]
    return [
        {"id": number.id, "display": number.display_phone_number}
        for number in found
        if number is not None and number.business_id == app.business_id and number.verified_at is not None
    ]


def _waba(world: World, waba_id: str) -> dict[str, Any]:
    waba = world.get(Waba, waba_id)
    every = [world.get(PhoneNumber, number_id) for number_id in waba.phone_number_ids]
    rows = [{"digits": n.digits, "display": n.display_phone_number, "name": n.verified_name} for n in every]
    return {"id": waba.id, "name": waba.name, "numbers": rows}


def _code_for(world: World, digits: str) -> str:
    """The code of a number in the popup depends on the seed only: right however often it is asked for."""
    value = hashlib.blake2b(f"{world.seed}:popup:{digits}".encode(), digest_size=8).digest()
    return f"{int.from_bytes(value) % 1_000_000:06d}"


def _parsed(text: str) -> tuple[str, str]:
    parsed = numbers.parse(text)
    if parsed is None:
        raise ValueError("not a phone number")
    return parsed


@routes.post("/_sim/popup/code")
async def post_code(request: web.Request) -> web.Response:
    """Send the verification code; the answer carries it too, since there is no phone here."""
    simulator, wish = simulator_of(request), await read(request, CodeRequest)
    digits, display = _parsed(wish.number)
    code = _code_for(simulator.world, digits)
    text = f"WhatsApp code {code[:3]}-{code[3:]}"
    simulator.world.sms.append(Sms(to=display, text=text, method=wish.method, at=simulator.clock.now()))
    simulator.touch()
    return reply({"display": display, "text": text})


@routes.post("/_sim/popup/verify")
async def post_verify(request: web.Request) -> web.Response:
    simulator, wish = simulator_of(request), await read(request, CodeCheck)
    digits, _ = _parsed(wish.number)
    return reply({"right": wish.code.replace("-", "").strip() == _code_for(simulator.world, digits)})


@routes.post("/_sim/popup/renew")
async def post_renew(request: web.Request) -> web.Response:
    """A fresh code while the last screen stays open, since a code lives 30 seconds."""
    simulator, wish = simulator_of(request), await read(request, Renewal)
    code = signup.renew(simulator.world, wish.code, now=simulator.clock.now())
    simulator.touch()
    return reply({"code": code})
