"""What a business shows and sets on its number."""

from __future__ import annotations

import json
from typing import Any

from portal.simulator import access, numbers
from portal.simulator.errors import GraphError, invalid
from portal.simulator.fields import page, requested
from portal.simulator.graph import Body, Ctx, route
from portal.simulator.nodes import PhoneNumber

PROFILE_LIMITS = {"about": 139, "address": 256, "description": 512, "email": 128, "vertical": 64}
PROFILE_FIELDS = ("about", "address", "description", "email", "profile_picture_url", "websites", "vertical")
CALLING = {
    "status": "disabled",
    "call_icon_visibility": "visible",
    "ip_addresses": {"default": []},
    "callback_permission_status": "disabled",
}
OBA_ACTIONS = {
    "SUBMIT_APPLICATION": ("PENDING", "The application was received."),
    "RESUBMIT_APPLICATION": ("PENDING", "The application was received again."),
    "WITHDRAW_APPLICATION": ("CANCELLED", "The application was withdrawn."),
}
SETTINGS = ("calling", "storage_configuration", "user_identity_change", "payload_encryption")


def _read(number: PhoneNumber, name: str) -> Body:
    document: Body = json.loads(number.documents.get(name, "{}"))
    return document


def _write(number: PhoneNumber, name: str, document: Body) -> Body:
    number.documents[name] = json.dumps(document)
    return {"success": True}


@route("GET", PhoneNumber, "whatsapp_business_profile", scope=access.MANAGEMENT)
def get_profile(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/business-profiles"""
    profile = {"vertical": "UNDEFINED", **_read(number, "profile")}
    names = requested(ctx, PROFILE_FIELDS)
    chosen = {name: profile[name] for name in names if profile.get(name)}
    return {"data": [{**chosen, "messaging_product": "whatsapp"}]}


@route("POST", PhoneNumber, "whatsapp_business_profile", scope=access.MANAGEMENT)
def post_profile(ctx: Ctx, number: PhoneNumber) -> Body:
    """Change the fields that are given."""
    _require_product(ctx)
    profile = _read(number, "profile")
    for name, limit in PROFILE_LIMITS.items():
        if name in ctx.call.params:
            profile[name] = ctx.text(name)
            if len(profile[name]) > limit:
                raise invalid(f"Parameter {name} may have {limit} characters")
    if "websites" in ctx.call.params:
        profile["websites"] = _websites(ctx)
    if handle := ctx.text("profile_picture_handle"):
        profile["profile_picture_url"] = f"https://pps.whatsapp.net/v/{handle[:64]}"
    return _write(number, "profile", profile)


def _websites(ctx: Ctx) -> list[str]:
    sites = ctx.structure("websites")
    if not isinstance(sites, list) or len(sites) > 2 or any(len(str(site)) > 256 for site in sites):
        raise invalid("Parameter websites may have 2 addresses of 256 characters")
    return [str(site) for site in sites]


def _require_product(ctx: Ctx) -> None:
    if ctx.text("messaging_product") != "whatsapp":
        raise GraphError(100, message="(#100) The parameter messaging_product is required.")


@route("GET", PhoneNumber, "settings", scope=access.MANAGEMENT)
def get_settings(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/settings-api"""
    settings = _read(number, "settings")
    region = number.data_localization_region
    storage = {"status": "in_country_storage_enabled", "data_localization_region": region}
    settings.setdefault("storage_configuration", storage if region else {"status": "default"})
    settings.setdefault("calling", CALLING)
    return settings


@route("POST", PhoneNumber, "settings", scope=access.MESSAGING)
def post_settings(ctx: Ctx, number: PhoneNumber) -> Body:
    given = {name: ctx.structure(name) for name in SETTINGS if name in ctx.call.params}
    if not given or not all(isinstance(value, dict) for value in given.values()):
        raise invalid("One of the settings is required, as an object")
    return _write(number, "settings", _read(number, "settings") | given)


@route("GET", PhoneNumber, "official_business_account", scope=access.MANAGEMENT)
def get_official(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/official-business-accounts"""
    status = "APPROVED" if number.is_official_business_account else "NOT_STARTED"
    default = {"oba_status": status, "status_message": "No application is open."}
    return {**default, **_read(number, "official"), "id": number.id}


@route("POST", PhoneNumber, "official_business_account", scope=access.MANAGEMENT)
def post_official(ctx: Ctx, number: PhoneNumber) -> Body:
    """Ask for the tick, or withdraw; Meta's answer comes later."""
    action = OBA_ACTIONS.get(ctx.required("action"))
    if action is None:
        raise invalid("Parameter action is not supported")
    status, message = action
    _write(number, "official", {"oba_status": status, "status_message": message})
    return {"success": True, "message": message, "updated_status": get_official(ctx, number)}


@route("GET", PhoneNumber, "block_users", scope=access.MESSAGING)
def get_blocked(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/block-users"""

    def row(wa_id: str) -> Any:
        return lambda: {"messaging_product": "whatsapp", "wa_id": wa_id, "input": "+" + wa_id}

    return page(ctx, [(wa_id, row(wa_id)) for wa_id in number.blocked_users])


@route("POST", PhoneNumber, "block_users", scope=access.MESSAGING)
def post_block(ctx: Ctx, number: PhoneNumber) -> Body:
    """Block consumers who wrote in the last 24 hours; others are told one by one."""
    blocked, failed = [], []
    for given, wa_id in _users(ctx, number):
        chat = ctx.world.conversations.get(f"{number.id}:{wa_id}")
        if chat is None or ctx.now - chat.inbound_at >= 86_400:
            error = {"message": "Re-engagement required", "code": 131047}
            failed.append({"input": given, "wa_id": wa_id, "errors": [error]})
            continue
        number.blocked_users = [*dict.fromkeys([*number.blocked_users, wa_id])]
        blocked.append({"input": given, "wa_id": wa_id})
    if failed and not blocked:
        raise GraphError(139100, details="The users did not write in the last 24 hours.")
    result: Body = {"added_users": blocked}
    if failed:
        result["failed_users"] = failed
    return {"messaging_product": "whatsapp", "block_users": result}


@route("DELETE", PhoneNumber, "block_users", scope=access.MESSAGING)
def delete_block(ctx: Ctx, number: PhoneNumber) -> Body:
    removed = []
    for given, wa_id in _users(ctx, number):
        if wa_id in number.blocked_users:
            number.blocked_users.remove(wa_id)
        removed.append({"input": given, "wa_id": wa_id})
    return {"messaging_product": "whatsapp", "block_users": {"removed_users": removed}}


def _users(ctx: Ctx, number: PhoneNumber) -> list[tuple[str, str]]:
    _require_product(ctx)
    rows = ctx.structure("block_users")
    users = []
    for row in rows if isinstance(rows, list) else []:
        given = str(row.get("user", "")) if isinstance(row, dict) else ""
        wa_id = numbers.recipient(given, number.digits)
        if wa_id is None:
            raise invalid("Parameter block_users has a user that is not a phone number")
        users.append((given, wa_id))
    return users or ctx.missing("block_users")
