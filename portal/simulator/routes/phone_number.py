from __future__ import annotations

from collections.abc import Sequence

from portal.simulator import access, numbers, onprem
from portal.simulator.clock import iso
from portal.simulator.errors import GraphError, invalid
from portal.simulator.events import emit_for_waba
from portal.simulator.fields import MISSING, Reader, select
from portal.simulator.graph import Body, Ctx, Handshake, route
from portal.simulator.health import health_status
from portal.simulator.nodes import App, Business, PhoneNumber, Waba
from portal.simulator.world import Sms

from .app import handshake_failed

DEFAULT_FIELDS = (
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "webhook_configuration",
)
LIST_FIELDS = (*DEFAULT_FIELDS, "last_onboarded_time")
LANGUAGE_LENGTHS = (2, 3, 5)


def _waba(ctx: Ctx, number: PhoneNumber) -> Waba:
    return ctx.world.get(Waba, number.waba_id)


def _webhook_configuration(ctx: Ctx, number: PhoneNumber) -> object:
    override = _waba(ctx, number).subscribed.get(ctx.identity.app_id) or {}
    levels = {
        "phone_number": number.override.get("uri"),
        "whatsapp_business_account": override.get("uri"),
        "application": ctx.world.get(App, ctx.identity.app_id).callback_url,
    }
    return {level: url for level, url in levels.items() if url} or MISSING


def _throughput(ctx: Ctx, number: PhoneNumber) -> Body:
    return {"level": number.throughput_level if number.registered_at is not None else "NOT_APPLICABLE"}


def _messaging_limit(ctx: Ctx, number: PhoneNumber) -> str:
    return ctx.world.get(Business, _waba(ctx, number).owner_business_id).messaging_limit


READERS: dict[str, Reader[PhoneNumber]] = {
    "verified_name": lambda _, number: number.verified_name,
    "code_verification_status": lambda ctx, number: numbers.code_verification_status(
        number, now=ctx.now, settings=ctx.world.settings
    ),
    "display_phone_number": lambda _, number: number.display_phone_number,
    "quality_rating": lambda _, number: number.quality_rating,
    "quality_score": lambda _, number: {"score": number.quality_rating},
    "platform_type": lambda _, number: number.platform_type,
    "host_platform": lambda _, number: number.platform_type,
    "throughput": _throughput,
    "webhook_configuration": _webhook_configuration,
    "last_onboarded_time": lambda _, number: iso(number.onboarded_at or number.created_at),
    "status": lambda _, number: number.status,
    "account_mode": lambda _, number: number.account_mode,
    "name_status": lambda _, number: number.name_status,
    "new_name_status": lambda _, number: number.new_name_status,
    "new_display_name": lambda _, number: number.new_display_name or MISSING,
    "certificate": lambda _, number: MISSING,
    "new_certificate": lambda _, number: MISSING,
    "is_pin_enabled": lambda _, number: bool(number.pin),
    "is_official_business_account": lambda _, number: number.is_official_business_account,
    "official_business_account": lambda _, number: {
        "oba_status": "APPROVED" if number.is_official_business_account else "NOT_STARTED"
    },
    "is_on_biz_app": lambda _, number: number.is_on_biz_app,
    "is_preverified_number": lambda _, number: False,
    "whatsapp_business_manager_messaging_limit": _messaging_limit,
    "messaging_limit_tier": _messaging_limit,
    "conversational_automation": lambda _, number: MISSING,
    "eligibility_for_api_business_global_search": lambda _, number: "NON_ELIGIBLE_UNDEFINED",
    "country_code": lambda _, number: numbers.region(number.digits),
    "search_visibility": lambda _, number: "NON_VISIBLE",
    "country_dial_code": lambda _, number: str(numbers.country_code(number.digits)),
    "health_status": lambda ctx, number: health_status(
        ctx.world, _waba(ctx, number), number, app_id=ctx.identity.app_id
    ),
}


def phone_number_body(ctx: Ctx, number: PhoneNumber, *, default: Sequence[str] = DEFAULT_FIELDS) -> Body:
    return select(
        ctx, number, READERS, default=default, node_type="WhatsAppBusinessPhoneNumber", id=number.id
    )


@route("GET", PhoneNumber, scope=access.MANAGEMENT)
def get_phone_number(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers"""
    return phone_number_body(ctx, number)


@route("POST", PhoneNumber, scope=access.MANAGEMENT)
def post_phone_number(ctx: Ctx, number: PhoneNumber) -> Body | Handshake:
    """Set the two-step PIN, the callback of this number, or ask for another display name."""
    if "webhook_configuration" in ctx.call.params:
        return _override(ctx, number)
    if "new_display_name" in ctx.call.params:
        return _rename(number, ctx.required("new_display_name"))
    changed = bool(number.pin)
    numbers.set_pin(number, pin=ctx.required("pin"))
    if changed:
        _tell(ctx, number, "security", {"event": "PIN_CHANGED"})
    return {"success": True}


def _override(ctx: Ctx, number: PhoneNumber) -> Body | Handshake:
    wish = ctx.structure("webhook_configuration")
    if not isinstance(wish, dict):
        raise invalid("Parameter webhook_configuration must be an object")
    url, verify_token = str(wish.get("override_callback_uri") or ""), str(wish.get("verify_token") or "")
    if not url:
        number.override = {}
        return {"success": True}

    def finish(problem: str) -> Body:
        if problem:
            raise handshake_failed(problem)
        number.override = {"uri": url, "token": verify_token}
        return {"success": True}

    return Handshake(url, verify_token, finish)


def _rename(number: PhoneNumber, name: str) -> Body:
    if not 2 <= len(name) <= 75:
        raise invalid("Parameter new_display_name must have 2 to 75 characters")
    number.new_display_name, number.new_name_status = name, "PENDING_REVIEW"
    return {"success": True}


def _tell(ctx: Ctx, number: PhoneNumber, field: str, value: Body) -> None:
    value = {"display_phone_number": number.digits, **value}
    emit_for_waba(ctx.world, now=ctx.now, waba=_waba(ctx, number), field=field, value=value)


@route("POST", PhoneNumber, "request_code", scope=access.MANAGEMENT)
def post_request_code(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account-to-number-current-status/request_code"""
    method = ctx.required("code_method")
    if method not in ("SMS", "VOICE"):
        raise invalid("Parameter code_method must be SMS or VOICE")
    if len(ctx.text("language", "en_US")) not in LANGUAGE_LENGTHS:
        raise invalid("Parameter language is not a locale")
    send_code(ctx, number, method=method)
    return {"success": True}


def send_code(ctx: Ctx, number: PhoneNumber, *, method: str) -> None:
    """The code appears at GET /_sim/sms and in the console, as it would on the phone."""
    code = f"{int.from_bytes(ctx.world.digest('sms')) % 1_000_000:06d}"
    numbers.request_code(number, code=code, now=ctx.now, settings=ctx.world.settings)
    text = f"WhatsApp code {code[:3]}-{code[3:]}"
    ctx.world.sms.append(Sms(to=number.display_phone_number, text=text, method=method, at=ctx.now))
    del ctx.world.sms[:-200]


@route("POST", PhoneNumber, "verify_code", scope=access.MANAGEMENT)
def post_verify_code(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account-to-number-current-status/verify_code"""
    numbers.verify_code(number, code=ctx.required("code"), now=ctx.now, settings=ctx.world.settings)
    return {"success": True}


@route("POST", PhoneNumber, "register", scope=access.MANAGEMENT)
def post_register(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/registration"""
    _require_product(ctx)
    app, is_new = ctx.world.get(App, ctx.identity.app_id), not number.ever_registered
    numbers.register(
        number,
        pin=ctx.required("pin"),
        region=ctx.text("data_localization_region"),
        backup_fits=_backup_fits(ctx, number),
        terms_accepted=ctx.world.get(Business, app.business_id).terms_accepted,
        now=ctx.now,
        settings=ctx.world.settings,
    )
    _leave_other_wabas(ctx, number)
    if is_new:
        limit = _messaging_limit(ctx, number)
        value = {"event": "ONBOARDING", "current_limit": "TIER_NOT_SET"}
        value["max_daily_conversations_per_business"] = limit
        _tell(ctx, number, "phone_number_quality_update", value)
    return {"success": True}


def _backup_fits(ctx: Ctx, number: PhoneNumber) -> bool:
    """True without a backup too: it is needed only to keep the On-Premises registration data."""
    backup = ctx.structure("backup")
    if backup is None:
        return True
    if not isinstance(backup, dict):
        raise invalid("Parameter backup must be an object")
    data, password = str(backup.get("data") or ""), str(backup.get("password") or "")
    return onprem.opens(number, data=data, password=password)


def _leave_other_wabas(ctx: Ctx, number: PhoneNumber) -> None:
    """A number that moved lives on one WABA only from the moment it is registered there."""
    for other in ctx.world.numbers_of(number.digits):
        if other.id != number.id and other.registered_at is not None:
            ctx.world.drop_number(other)


@route("POST", PhoneNumber, "deregister", scope=access.MANAGEMENT)
def post_deregister(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/registration"""
    numbers.deregister(number, now=ctx.now, settings=ctx.world.settings)
    return {"success": True}


def _require_product(ctx: Ctx) -> None:
    if ctx.required("messaging_product") != "whatsapp":
        raise GraphError(100, details="messaging_product must be whatsapp.")
