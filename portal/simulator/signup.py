"""Embedded signup without a browser: what the popup does when a person finishes it.

https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/implementation
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from . import activities, coexistence, events, numbers
from .access import MANAGEMENT, MESSAGING
from .errors import GraphError, invalid
from .nodes import App, Business, PhoneNumber, PreverifiedNumber, Waba
from .world import SignupCode, Token, World

DAY = 86_400
Outcome = Literal["finish", "finish_unverified", "finish_only_waba", "finish_coexistence", "cancel", "error"]


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
    ids = {"waba_id": waba.id, "phone_number_id": number.id if number else None, "business_id": business.id}
    return {"code": code, "message": None if request.message_lost else message, **ids}


def _finished(outcome: str, waba: Waba, number: PhoneNumber | None) -> dict[str, Any]:
    data = {"waba_id": waba.id}
    event = "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING"  # tells the WABA only
    if outcome != "finish_coexistence":
        event = "FINISH" if number else "FINISH_ONLY_WABA"
        data = (
            ({"phone_number_id": number.id} if number else {})
            | data
            | {"business_id": waba.owner_business_id}
        )
    return {"data": data, "type": "WA_EMBEDDED_SIGNUP", "event": event, "version": 3}


def _left(world: World, request: SignupRequest, *, now: float) -> dict[str, Any]:
    if request.outcome == "cancel":
        data = {"current_step": request.current_step}
    else:
        session = world.secret("session", 10).lower()
        data = {
            "error_message": request.error_message,
            "error_code": request.error_code,
            "session_id": session,
        }
        data["timestamp"] = str(int(now))
    return {"data": data, "type": "WA_EMBEDDED_SIGNUP", "event": request.outcome.upper(), "version": 3}


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


def new_waba(
    world: World, business: Business, *, waba_id: str = "", name: str = "", currency: str = "EUR", now: float
) -> Waba:
    """A WhatsApp Business Account in a portfolio."""
    space = world.digest("namespace", 16).hex()
    waba = Waba(
        id=waba_id or world.new_id("waba", "9155"),
        name=name or business.name,
        owner_business_id=business.id,
        currency=currency,
        message_template_namespace="_".join(
            [space[:8], *(space[i : i + 4] for i in (8, 12, 16)), space[20:]]
        ),
        created_at=now,
    )
    business.waba_ids.append(waba.id)
    activities.note(world, waba, kind="ACCOUNT_CREATED", token=None, now=now)
    return world.add(waba)


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
    for event, more in (("PARTNER_ADDED", {}), ("PARTNER_APP_INSTALLED", {"partner_app_id": app.id})):
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
