"""Embedded signup without a browser: what the popup does when a person finishes it.

https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/implementation
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from . import coexistence, events, numbers
from .access import MANAGEMENT, MESSAGING
from .accounts import new_waba
from .errors import GraphError, invalid
from .nodes import App, Business, PhoneNumber, PreverifiedNumber, Waba
from .world import SignupCode, Token, World

DAY = 86_400
Outcome = Literal[
    "finish",
    "finish_unverified",
    "finish_only_waba",
    "finish_coexistence",
    "finish_app_only",  # an account that is there already: the app is installed, nothing else changes
    "cancel",
    "error",
]


class BusinessWish(Struct, kw_only=True):
    """The customer's portfolio: an id it already has, or the name of a new one."""

    id: str = ""
    name: str = "Panificio Aurora S.r.l."


class WabaWish(Struct, kw_only=True):
    """An account chosen by id, or the name of a new one."""

    id: str = ""
    name: str = ""
    currency: str = "EUR"
    timezone_id: str = "71"


class PhoneWish(Struct, kw_only=True):
    number: str = ""
    preverified_id: str = ""  # or one of the numbers the partner has verified in advance
    display_name: str = ""
    category: str = ""


class SignupRequest(Struct, kw_only=True):
    """One run of the popup, and how it ends."""

    app_id: str
    config_id: str = ""
    business: BusinessWish = field(default_factory=BusinessWish)
    waba: WabaWish = field(default_factory=WabaWish)
    phone: PhoneWish = field(default_factory=PhoneWish)
    outcome: Outcome = "finish"
    all_assets: bool = False  # the message of v4, which names every account the app may see
    message_lost: bool = False
    code_age_seconds: float = 0.0  # over 30: the code comes too late
    partner_added_after_seconds: float | None = None
    current_step: str = "PHONE_NUMBER_SETUP"
    error_message: str = "Something went wrong."
    error_code: str = "524001"


def run(world: World, request: SignupRequest, *, now: float) -> dict[str, Any]:
    """Do what a person did in the popup; the answer is what the page would have got."""
    app = world.find(App, request.app_id)
    if app is None:
        raise GraphError(101)
    if request.config_id and request.config_id not in app.configurations:
        raise invalid("config_id is not a configuration of this app")
    if request.outcome in ("cancel", "error"):
        return {"code": None, "message": None if request.message_lost else _left(world, request, now=now)}
    business = _business(world, request, now=now)
    waba, number = _assets(world, request, business, now=now)
    _share(world, app, business, waba)
    code = _grant(world, app, business, waba, request, now=now)
    message = _finished(request.outcome, waba, number)
    if request.all_assets:
        message["data"] |= {"waba_ids": world.tokens[world.codes[code].token].target_ids}
        del message["version"]
    ids = {"waba_id": waba.id, "phone_number_id": number.id if number else None, "business_id": business.id}
    return {"code": code, "message": None if request.message_lost else message, **ids}


def _finished(outcome: str, waba: Waba, number: PhoneNumber | None) -> dict[str, Any]:
    data = {"waba_id": waba.id}
    event = "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING"  # tells the WABA only
    if outcome != "finish_coexistence":
        event = "FINISH" if number else "FINISH_ONLY_WABA"
        event = "FINISH_GRANT_ONLY_API_ACCESS" if outcome == "finish_app_only" else event
        data = (
            ({"phone_number_id": number.id} if number else {})
            | data
            | {"business_id": waba.owner_business_id}
        )
    return {"data": data, "type": "WA_EMBEDDED_SIGNUP", "event": event, "version": 3}


def _left(world: World, request: SignupRequest, *, now: float) -> dict[str, Any]:
    event = "CANCEL"
    if request.outcome == "cancel":
        data = {"current_step": request.current_step}
    else:
        older = world.settings.signup_error_as_cancel
        data = {
            "error_message": request.error_message,
            "error_id" if older else "error_code": request.error_code,
            "session_id": world.secret("session", 10).lower(),
            "timestamp": str(int(now)),
        }
        event = "CANCEL" if older else "ERROR"
    return {"data": data, "type": "WA_EMBEDDED_SIGNUP", "event": event, "version": 3}


def _business(world: World, request: SignupRequest, *, now: float) -> Business:
    """The portfolio of that id, or the customer that has this number already, or a new one."""
    wish = request.business
    if found := world.find(Business, wish.id or _holder(world, request.phone.number)):
        return found
    business_id = wish.id or world.new_id("business", "88")
    return world.add(Business(id=business_id, name=wish.name, created_at=now))


def _holder(world: World, phone: str) -> str:
    parsed = numbers.parse(phone) if phone else None
    known = world.numbers_of(parsed[0]) if parsed else []
    return world.get(Waba, known[-1].waba_id).owner_business_id if known else ""


def _assets(
    world: World, request: SignupRequest, business: Business, *, now: float
) -> tuple[Waba, PhoneNumber | None]:
    """The chosen or new WABA, and its number; repeating with a number that is there takes that one."""
    if request.phone.preverified_id:
        waba = _waba(world, request.waba, business, now=now)
        return waba, _claim(world, request.phone, waba, now=now)
    if request.outcome == "finish_app_only":
        return _installed(world, request, business)
    if request.outcome == "finish_only_waba" or not request.phone.number:
        return _waba(world, request.waba, business, now=now), None
    parsed = numbers.parse(request.phone.number)
    if parsed is None:
        raise invalid("phone.number is not a phone number")
    number = _own_number(world, business, request.waba.id, parsed[0])
    if number is None:
        waba = _waba(world, request.waba, business, now=now)
        name = request.phone.display_name or waba.name
        number = _new_number(world, waba, parsed, name=name, now=now)
    if request.outcome == "finish_coexistence":
        coexistence.connect(number, now=now)
    else:
        numbers.onboard(number, now=now, verified=request.outcome == "finish")
    return world.get(Waba, number.waba_id), number


def _installed(world: World, request: SignupRequest, business: Business) -> tuple[Waba, PhoneNumber | None]:
    """The account that the app is installed on, and its first number."""
    known = [request.waba.id] if request.waba.id else business.waba_ids
    waba = world.find(Waba, known[-1]) if known else None
    if waba is None or waba.owner_business_id != business.id:
        raise invalid("finish_app_only wants an account that exists")
    return waba, next((world.get(PhoneNumber, number_id) for number_id in waba.phone_number_ids), None)


def _own_number(world: World, business: Business, waba_id: str, digits: str) -> PhoneNumber | None:
    mine = [waba_id] if waba_id else business.waba_ids
    same = world.numbers_of(digits)
    live = [number for number in same if number.registered_at is not None and number.waba_id not in mine]
    if any(number.pin for number in live):
        raise GraphError(100, 2388001)
    return next((number for number in same if number.waba_id in mine), None)


def _new_number(world: World, waba: Waba, parsed: tuple[str, str], *, name: str, now: float) -> PhoneNumber:
    digits, display = parsed
    return world.add_number(
        PhoneNumber(
            id=world.new_id("phone_number", "43"),
            waba_id=waba.id,
            digits=digits,
            display_phone_number=display,
            verified_name=name,
            created_at=now,
        )
    )


def _claim(world: World, wish: PhoneWish, waba: Waba, *, now: float) -> PhoneNumber:
    """A customer takes a pre-verified number: it becomes a real one, with 90 days to register it."""
    ready = world.find(PreverifiedNumber, wish.preverified_id)
    life = world.settings.preverified_days * DAY
    if ready is None or ready.verified_at is None or now - ready.verified_at >= life:
        raise invalid("phone.preverified_id is not a verified number")
    world.get(Business, ready.business_id).preverified_ids.remove(ready.id)
    del world.nodes[ready.id]
    parsed = (ready.digits, ready.display_phone_number)
    number = _new_number(world, waba, parsed, name=wish.display_name or waba.name, now=now)
    numbers.onboard(number, now=now, verified=True)
    number.preverified_at = now
    return number


def _waba(world: World, wish: WabaWish, business: Business, *, now: float) -> Waba:
    if wish.id:
        found = world.find(Waba, wish.id)
        if found is not None and found.owner_business_id != business.id:
            raise invalid("waba.id belongs to another business")
        if found is not None:
            return found
    return new_waba(world, business, waba_id=wish.id, name=wish.name, currency=wish.currency, now=now)


def _share(world: World, app: App, business: Business, waba: Waba) -> None:
    partner = world.get(Business, app.business_id)
    if partner.id == business.id:
        return
    if partner.id not in waba.partner_business_ids:
        waba.partner_business_ids.append(partner.id)
        partner.client_waba_ids.append(waba.id)


def _grant(
    world: World, app: App, business: Business, waba: Waba, request: SignupRequest, *, now: float
) -> str:
    """A new business token for everything this customer shares with the app, and the code that buys it."""
    others = [
        waba_id
        for waba_id in reversed(business.waba_ids)
        if waba_id != waba.id and app.business_id in world.get(Waba, waba_id).partner_business_ids
    ]
    configuration = app.configurations.get(request.config_id)
    days = configuration.token_days if configuration else 0
    token = Token(
        value="EAA" + world.secret("token", 60),
        type="SYSTEM_USER",
        app_id=app.id,
        business_id=app.business_id,
        user_id=world.new_id("user", "1221", 18),
        customer_business_id=business.id,
        scopes=[MANAGEMENT, MESSAGING, "public_profile"],
        target_ids=[waba.id, *others],
        issued_at=now,
        expires_at=now + days * DAY if days else 0.0,
    )
    world.tokens[token.value] = token
    code = SignupCode(
        value="AQB" + world.secret("code", 60),
        app_id=app.id,
        token=token.value,
        issued_at=now - request.code_age_seconds,
    )
    world.codes[code.value] = code
    _announce(world, app, waba, request, now=now)
    return code.value


def _announce(world: World, app: App, waba: Waba, request: SignupRequest, *, now: float) -> None:
    after = request.partner_added_after_seconds
    if after is None:
        after = world.settings.partner_added_after_seconds
    info = {"waba_id": waba.id, "owner_business_id": waba.owner_business_id}
    news: list[tuple[str, dict[str, str]]] = [("PARTNER_APP_INSTALLED", {"partner_app_id": app.id})]
    if request.outcome != "finish_app_only":
        news.insert(0, ("PARTNER_ADDED", {}))
    for event, more in news:
        value = {"event": event, "waba_info": {**info, **more}}
        events.emit_for_app(world, now=now, app=app, field="account_update", value=value, after=after)


def renew(world: World, value: str, *, now: float) -> str:
    """Another code for the same grant, as long as nobody used the first."""
    known = world.codes[value]
    if known.used:
        raise GraphError(100, 36009)
    fresh = SignupCode(
        value="AQB" + world.secret("code", 60), app_id=known.app_id, token=known.token, issued_at=now
    )
    world.codes[fresh.value] = fresh
    known.used = True
    return fresh.value
