from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial

from portal.simulator import access, activities, numbers
from portal.simulator.errors import GraphError, invalid
from portal.simulator.fields import MISSING, Reader, page, requested, select
from portal.simulator.graph import Body, Ctx, Handshake, route
from portal.simulator.health import health_status
from portal.simulator.nodes import App, Business, PhoneNumber, SystemUser, Waba

from .app import handshake_failed
from .filters import filtered, ordered
from .phone_number import LIST_FIELDS, phone_number_body

DEFAULT_FIELDS = ("id", "name", "timezone_id", "message_template_namespace")
TWO_STEP = "Turn off two-step verification of the phone number before it is moved."
ADD_DIRECTLY = "The phone number is on no other account: add it directly instead."
TASKS = frozenset(
    [
        "MANAGE",
        "DEVELOP",
        "MANAGE_TEMPLATES",
        "MANAGE_PHONE",
        "VIEW_COST",
        "MANAGE_EXTENSIONS",
        "VIEW_PHONE_ASSETS",
        "MANAGE_PHONE_ASSETS",
        "VIEW_TEMPLATES",
        "VIEW_INSIGHTS",
        "MANAGE_USERS",
        "MANAGE_BILLING",
        "MESSAGING",
        "FULL_CONTROL",
    ]
)


def _owner(ctx: Ctx, waba: Waba) -> Body:
    return {"name": ctx.world.get(Business, waba.owner_business_id).name, "id": waba.owner_business_id}


def _subscribed_apps(ctx: Ctx, waba: Waba) -> Body:
    rows = []
    for app_id, override in waba.subscribed.items():
        link = f"https://www.facebook.com/games/?app_id={app_id}"
        row: Body = {
            "whatsapp_business_api_data": {
                "id": app_id,
                "link": link,
                "name": ctx.world.get(App, app_id).name,
            }
        }
        if override:
            row["override_callback_uri"] = override["uri"]
        rows.append(row)
    return {"data": rows}


READERS: dict[str, Reader[Waba]] = {
    "name": lambda _, waba: waba.name,
    "currency": lambda _, waba: waba.currency,
    "timezone_id": lambda _, waba: waba.timezone_id,
    "message_template_namespace": lambda _, waba: waba.message_template_namespace,
    "account_review_status": lambda _, waba: waba.account_review_status,
    "business_verification_status": lambda ctx, waba: ctx.world.get(
        Business, waba.owner_business_id
    ).verification_status.upper(),
    "country": lambda _, waba: "IT",
    "creation_time": lambda _, waba: int(waba.created_at),
    "owner_business": _owner,
    "owner_business_info": _owner,
    "on_behalf_of_business_info": lambda _, waba: MISSING,
    "ownership_type": lambda _, waba: "CLIENT_OWNED",
    "primary_funding_id": lambda _, waba: waba.primary_funding_id or MISSING,
    "health_status": lambda ctx, waba: health_status(ctx.world, waba, None, app_id=ctx.identity.app_id),
    "status": lambda _, waba: "ACTIVE",
    "is_enabled_for_insights": lambda _, waba: False,
    "marketing_messages_lite_api_status": lambda _, waba: MISSING,
    "marketing_messages_onboarding_status": lambda _, waba: MISSING,
    "disable_marketing_messages_on_cloud_api": lambda _, waba: MISSING,
    "subscribed_apps": _subscribed_apps,
}


def waba_body(ctx: Ctx, waba: Waba, *, default: Sequence[str] = DEFAULT_FIELDS) -> Body:
    return select(ctx, waba, READERS, default=default, node_type="WhatsAppBusinessAccount", id=waba.id)


@route("GET", Waba, scope=access.MANAGEMENT)
def get_waba(ctx: Ctx, waba: Waba) -> Body:
    """https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account"""
    return waba_body(ctx, waba)


@route("POST", Waba, scope=access.MANAGEMENT)
def post_waba(ctx: Ctx, waba: Waba) -> Body:
    """Another name or time zone; https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account"""
    name, timezone_id = ctx.text("name", waba.name), ctx.text("timezone_id", waba.timezone_id)
    if not 1 <= len(name) <= 100:
        raise invalid("Parameter name must have 1 to 100 characters")
    if not timezone_id.isascii() or not timezone_id.isdigit():
        raise invalid("Parameter timezone_id must be a number")
    waba.name, waba.timezone_id = name, timezone_id
    return {"success": True}


@route("GET", Waba, "subscribed_apps", scope=access.MANAGEMENT)
def get_subscribed_apps(ctx: Ctx, waba: Waba) -> Body:
    """https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/subscribed_apps"""
    return _subscribed_apps(ctx, waba)


@route("POST", Waba, "subscribed_apps", scope=access.MANAGEMENT)
def post_subscribed_apps(ctx: Ctx, waba: Waba) -> Body | Handshake:
    """Attach the token's app; an override address has to verify itself first, no body removes it."""
    app_id, url = ctx.identity.app_id, ctx.text("override_callback_uri")
    if not url:
        waba.subscribed[app_id] = {}
        return {"success": True}
    if len(url) > 200:
        raise invalid("override_callback_uri may have 200 characters")
    verify_token = ctx.required("verify_token")

    def finish(problem: str) -> Body:
        if problem:
            raise handshake_failed(problem)
        waba.subscribed[app_id] = {"uri": url, "token": verify_token}
        return {"success": True}

    return Handshake(url, verify_token, finish)


@route("DELETE", Waba, "subscribed_apps", scope=access.MANAGEMENT)
def delete_subscribed_apps(ctx: Ctx, waba: Waba) -> Body:
    waba.subscribed.pop(ctx.identity.app_id, None)
    return {"success": True}


@route("GET", Waba, "assigned_users", scope=access.MANAGEMENT)
def get_assigned_users(ctx: Ctx, waba: Waba) -> Body:
    """https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/assigned_users"""
    business_id = ctx.required("business")
    users = [ctx.world.get(SystemUser, user_id) for user_id in waba.assigned]
    mine = [user for user in users if user.business_id == business_id]
    body = page(ctx, [(user.id, partial(_assigned_user, waba, user)) for user in mine])
    return {**body, "summary": {"total_count": len(mine)}} if "total_count" in ctx.text("summary") else body


def _assigned_user(waba: Waba, user: SystemUser) -> Body:
    return {"id": user.id, "name": user.name, "tasks": waba.assigned[user.id]}


def _system_user(ctx: Ctx) -> SystemUser:
    access.require_admin(ctx.identity)
    user = ctx.world.find(SystemUser, ctx.required("user"))
    if user is None or user.business_id != ctx.identity.business_id:
        raise invalid("Parameter user is not a system user of this business")
    return user


@route("POST", Waba, "assigned_users", scope=access.MANAGEMENT)
def post_assigned_users(ctx: Ctx, waba: Waba) -> Body:
    """The ADMIN system user gives a system user tasks on this WABA."""
    user = _system_user(ctx)
    tasks = _tasks(ctx)
    if not tasks or not TASKS.issuperset(tasks):
        raise invalid("Parameter tasks has an unknown task")
    waba.assigned[user.id] = tasks
    return {"success": True}


@route("DELETE", Waba, "assigned_users", scope=access.MANAGEMENT)
def delete_assigned_users(ctx: Ctx, waba: Waba) -> Body:
    waba.assigned.pop(_system_user(ctx).id, None)
    return {"success": True}


def _tasks(ctx: Ctx) -> list[str]:
    """A JSON list, or a bracketed list of bare words as in Meta's own examples."""
    value = ctx.call.params.get("tasks")
    if isinstance(value, str):
        try:
            value = json.loads(value.replace("'", '"'))
        except ValueError:
            value = [task.strip() for task in str(value).strip("[]").split(",")]
    return [str(task) for task in value] if isinstance(value, list) else []


def _onboarded(number: PhoneNumber) -> float:
    return number.onboarded_at or number.created_at


@route("GET", Waba, "phone_numbers", scope=access.MANAGEMENT)
def get_phone_numbers(ctx: Ctx, waba: Waba) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/manage-phone-numbers"""
    every = [ctx.world.get(PhoneNumber, number_id) for number_id in waba.phone_number_ids]
    chosen = filtered(ctx, every, {"account_mode": lambda number: number.account_mode})
    chosen = ordered(ctx, chosen, "last_onboarded_time", _onboarded)
    names = requested(ctx, LIST_FIELDS)
    return page(
        ctx, [(number.id, partial(phone_number_body, ctx, number, default=names)) for number in chosen]
    )


@route("POST", Waba, "phone_numbers", scope=access.MANAGEMENT)
def post_phone_numbers(ctx: Ctx, waba: Waba) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/registering-phone-numbers"""
    # Meta's pages call it `cc`, libraries send `country_code`, and its document takes a whole number too.
    cc = ctx.text("cc") or ctx.text("country_code")
    parsed = numbers.parse(cc + ctx.required("phone_number"))
    if parsed is None:
        raise invalid("Parameter phone_number is not a phone number")
    digits, display = parsed
    moving = ctx.text("migrate_phone_number") in ("true", "1")
    source = _refuse_taken(ctx, waba, digits, moving=moving)
    name = source.verified_name if source else ctx.required("verified_name")
    if not 2 <= len(name) <= 75:
        raise invalid("Parameter verified_name must have 2 to 75 characters")
    number = create_number(ctx, waba, digits=digits, display=display, verified_name=name)
    return {"id": number.id}


def _refuse_taken(ctx: Ctx, waba: Waba, digits: str, *, moving: bool) -> PhoneNumber | None:
    """The same number on another WABA, if it may move from there."""
    same = ctx.world.numbers_of(digits)
    if any(number.waba_id == waba.id for number in same):
        raise GraphError(100, 2388012)
    live = next((number for number in same if number.registered_at is not None), None)
    if live is not None and not moving:
        raise GraphError(100, 2388001)
    if live is None:
        if moving:
            raise GraphError(100, 2388103, user_message=ADD_DIRECTLY)
        _check_cap(ctx, waba)
        return None
    if live.pin:
        raise GraphError(100, 2388001, user_message=TWO_STEP)
    for problem in _obstacles(ctx, waba, live):
        raise GraphError(100, 2388103, user_message=problem)
    return live


def _obstacles(ctx: Ctx, waba: Waba, live: PhoneNumber) -> Iterator[str]:
    """What stands against a move, in Meta's order of asking."""
    if not waba.subscribed:
        yield "Webhooks are not set up for the destination WhatsApp Business Account."
    if live.name_status not in ("APPROVED", "AVAILABLE_WITHOUT_REVIEW"):
        yield "The display name of the phone number is not approved or its review is pending."
    source = ctx.world.get(Waba, live.waba_id)
    if source.owner_business_id != waba.owner_business_id:
        yield "The phone number belongs to a different business than the destination account."
    if waba.account_review_status != "APPROVED":
        yield "The destination WhatsApp Business Account has not been approved yet."


def _check_cap(ctx: Ctx, waba: Waba) -> None:
    business = ctx.world.get(Business, waba.owner_business_id)
    count = sum(len(ctx.world.get(Waba, waba_id).phone_number_ids) for waba_id in business.waba_ids)
    if count >= ctx.world.settings.numbers_per_portfolio:
        raise GraphError(200000, message="(#200000) Cannot add phone number to WhatsApp Business Account")


def create_number(ctx: Ctx, waba: Waba, *, digits: str, display: str, verified_name: str) -> PhoneNumber:
    return ctx.world.add_number(
        PhoneNumber(
            id=ctx.world.new_id("phone_number", "43"),
            waba_id=waba.id,
            digits=digits,
            display_phone_number=display,
            verified_name=verified_name,
            created_at=ctx.now,
        )
    )


@route("GET", Waba, "activities", scope=access.MANAGEMENT)
def get_activities(ctx: Ctx, waba: Waba) -> Body:
    """What happened to this account, newest first."""
    rows = ctx.world.activities.get(waba.id, [])[::-1]
    return page(ctx, [(row.id, partial(activities.row, row)) for row in rows])
