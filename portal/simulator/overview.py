"""What exists, in one view for people, and what Meta or an owner may change about a number from outside."""

from __future__ import annotations

from itertools import islice
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from . import coexistence, events, numbers
from .clock import iso
from .nodes import App, Business, PhoneNumber, Template, Waba
from .world import World


def number_row(world: World, number: PhoneNumber, *, now: float) -> dict[str, Any]:
    ends_at = numbers.window_ends_at(number, world.settings)
    return {
        "id": number.id,
        "waba_id": number.waba_id,
        "display_phone_number": number.display_phone_number,
        "verified_name": number.verified_name,
        "name_status": number.name_status,
        "code_verification_status": numbers.code_verification_status(
            number, now=now, settings=world.settings
        ),
        "platform_type": number.platform_type,
        "status": number.status,
        "quality_rating": number.quality_rating,
        "is_pin_enabled": bool(number.pin),
        "last_onboarded_time": iso(number.onboarded_at) if number.onboarded_at else None,
        "window_ends_at": iso(ends_at) if ends_at else None,
        "register_calls": len(number.register_calls),
    }


def waba_row(waba: Waba) -> dict[str, Any]:
    return {
        "id": waba.id,
        "name": waba.name,
        "owner_business_id": waba.owner_business_id,
        "partner_business_ids": waba.partner_business_ids,
        "subscribed_apps": list(waba.subscribed),
        "assigned_users": list(waba.assigned),
        "primary_funding_id": waba.primary_funding_id,
        "account_review_status": waba.account_review_status,
        "phone_number_ids": waba.phone_number_ids,
    }


def _template_row(template: Template) -> dict[str, Any]:
    names = ("id", "waba_id", "name", "language", "category", "status", "quality")
    return {name: getattr(template, name) for name in names}


def _app_row(app: App) -> dict[str, Any]:
    return {
        "id": app.id,
        "name": app.name,
        "business_id": app.business_id,
        "callback_url": app.callback_url,
        "fields": app.fields,
        "config_ids": list(app.configurations),
        "advanced_access": app.advanced_access,
    }


def _business_row(business: Business) -> dict[str, Any]:
    return {
        "id": business.id,
        "name": business.name,
        "partner": bool(business.app_ids),
        "terms_accepted": business.terms_accepted,
        "waba_ids": business.waba_ids,
        "client_waba_ids": business.client_waba_ids,
    }


def state(world: World, *, now: float, limit: int = 100_000) -> dict[str, Any]:
    """Everything a person would want to see; no token and no secret is in it."""
    return {
        "seed": world.seed,
        "now": iso(now),
        "businesses": [_business_row(business) for business in islice(world.all(Business), limit)],
        "apps": [_app_row(app) for app in world.all(App)],
        "wabas": [waba_row(waba) for waba in islice(world.all(Waba), limit)],
        "templates": [_template_row(one) for one in islice(world.all(Template), limit)],
        "phone_numbers": [number_row(world, one, now=now) for one in islice(world.all(PhoneNumber), limit)],
    }


class NumberChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """Fields that are given change; `pin: null` turns two-step verification off, as its owner may."""

    phone_number_id: str
    name_decision: Literal["APPROVED", "REJECTED", "PENDING", "DEFERRED"] | UnsetType = UNSET
    rejection_reason: str | None = None
    quality_rating: Literal["GREEN", "YELLOW", "RED", "UNKNOWN"] | UnsetType = UNSET
    throughput_level: Literal["STANDARD", "HIGH"] | UnsetType = UNSET
    platform_type: Literal["CLOUD_API", "ON_PREMISE", "NOT_APPLICABLE"] | UnsetType = UNSET
    status: str | UnsetType = UNSET
    pin: str | UnsetType | None = UNSET
    code_verified: bool | UnsetType = UNSET
    is_on_biz_app: bool | UnsetType = UNSET
    account_mode: Literal["LIVE", "SANDBOX"] | UnsetType = UNSET
    official: Literal["APPROVED", "REJECTED"] | UnsetType = UNSET


def change_number(world: World, wish: NumberChange, *, now: float) -> dict[str, Any]:
    """Apply a change, and send the webhook that Meta sends with it."""
    number = world.get(PhoneNumber, wish.phone_number_id)
    before, was_on_biz_app = number.throughput_level, number.is_on_biz_app
    for name in ("throughput_level", "platform_type", "status", "code_verified"):
        if (value := getattr(wish, name)) is not UNSET:
            setattr(number, name, value)
    if wish.throughput_level == "HIGH" and before == "STANDARD":
        _upgrade(world, number, now=now)
    if wish.platform_type == "ON_PREMISE":
        number.onprem_connected, number.registered_at, number.status = True, None, "CONNECTED"
    if wish.is_on_biz_app is not UNSET:
        number.is_on_biz_app = wish.is_on_biz_app
        if was_on_biz_app and not wish.is_on_biz_app:
            coexistence.disconnect(world, number, reason="ACCOUNT_DISCONNECTED", initiated_by="USER", now=now)
    for name, decide in DECIDED.items():
        if (value := getattr(wish, name)) is not UNSET:
            decide(world, number, value or "", now=now)
    if wish.name_decision is not UNSET:
        _decide_name(world, number, wish.name_decision, wish.rejection_reason, now=now)
    return number_row(world, number, now=now)


def _tell(world: World, number: PhoneNumber, field: str, value: dict[str, Any], *, now: float) -> None:
    events.emit_for_waba(world, now=now, waba=world.get(Waba, number.waba_id), field=field, value=value)


def _change_quality(world: World, number: PhoneNumber, rating: str, *, now: float) -> None:
    before, number.quality_rating = number.quality_rating, rating
    if before != rating and "RED" in (before, rating):
        _tell_limit(world, number, "FLAGGED" if rating == "RED" else "UNFLAGGED", now=now)


def _change_mode(world: World, number: PhoneNumber, mode: str, *, now: float) -> None:
    before, number.account_mode = number.account_mode, mode
    if (before, mode) == ("SANDBOX", "LIVE"):
        value = {"event": "VERIFIED_ACCOUNT", "phone_number": number.digits}
        _tell(world, number, "account_update", value, now=now)


def _change_pin(world: World, number: PhoneNumber, pin: str, *, now: float) -> None:
    """What the owner does in WhatsApp Manager: another PIN, or none by a link in an email."""
    before, number.pin = number.pin, pin
    number.wrong_pins.clear()
    told = {"display_phone_number": number.digits}
    if before and pin not in ("", before):
        _tell(world, number, "security", {**told, "event": "PIN_CHANGED"}, now=now)
    if before and not pin:
        owner = world.get(Waba, number.waba_id).owner_business_id
        request = {**told, "event": "PIN_RESET_REQUEST", "requester": owner}
        _tell(world, number, "security", request, now=now)
        _tell(world, number, "security", {**told, "event": "PIN_REQUEST_SUCCESS"}, now=now)


def _decide_official(world: World, number: PhoneNumber, decision: str, *, now: float) -> None:
    """The tick beside the name, asked for with POST official_business_account."""
    number.is_official_business_account = decision == "APPROVED"
    number.documents.pop("official", None)
    alert = {
        "alert_severity": "INFORMATIONAL",
        "alert_status": "NONE",
        "alert_type": f"OBA_{decision}",
        "alert_description": f"The application for an official business account was {decision.lower()}.",
    }
    value = {"entity_type": "PHONE_NUMBER", "entity_id": number.id, "alert_info": alert}
    _tell(world, number, "account_alerts", value, now=now)


DECIDED = {
    "quality_rating": _change_quality,
    "account_mode": _change_mode,
    "pin": _change_pin,
    "official": _decide_official,
}


def _upgrade(world: World, number: PhoneNumber, *, now: float) -> None:
    """1,000 messages a second: a minute of maintenance, then the news."""
    number.maintenance_until = now + 60
    _tell_limit(world, number, "THROUGHPUT_UPGRADE", now=now, after=60)


def _tell_limit(world: World, number: PhoneNumber, event: str, *, now: float, after: float = 0.0) -> None:
    waba = world.get(Waba, number.waba_id)
    limit = world.get(Business, waba.owner_business_id).messaging_limit
    value = {
        "display_phone_number": number.digits,
        "event": event,
        "current_limit": limit,
        "max_daily_conversations_per_business": limit,
    }
    field = "phone_number_quality_update"
    events.emit_for_waba(world, now=now, waba=waba, field=field, value=value, after=after)


def _decide_name(world: World, number: PhoneNumber, decision: str, reason: str | None, *, now: float) -> None:
    names = {
        "APPROVED": "APPROVED",
        "REJECTED": "DECLINED",
        "PENDING": "PENDING_REVIEW",
        "DEFERRED": "PENDING_REVIEW",
    }
    requested = number.new_display_name or number.verified_name
    if number.new_name_status == "NONE":
        number.name_status = names[decision]
    else:
        number.new_name_status = names[decision]
    value = {
        "display_phone_number": number.digits,
        "decision": decision,
        "requested_verified_name": requested,
        "rejection_reason": reason,
    }
    waba = world.get(Waba, number.waba_id)
    events.emit_for_waba(world, now=now, waba=waba, field="phone_number_name_update", value=value)
