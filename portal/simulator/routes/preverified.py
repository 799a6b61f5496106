"""Numbers that the partner verifies before a customer takes them.

https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/pre-verified-numbers
"""

from __future__ import annotations

from functools import partial

from portal.simulator import access, numbers
from portal.simulator.compare import same
from portal.simulator.errors import GraphError, invalid
from portal.simulator.fields import page
from portal.simulator.graph import Body, Ctx, route
from portal.simulator.nodes import Business, PreverifiedNumber
from portal.simulator.world import Sms

DAY = 86_400
REVERIFY_FROM_DAY = 45


def _status(ctx: Ctx, number: PreverifiedNumber) -> str:
    if number.verified_at is None:
        return "PENDING"
    life = ctx.world.settings.preverified_days * DAY
    return "VERIFIED" if ctx.now - number.verified_at < life else "EXPIRED"


def _row(ctx: Ctx, number: PreverifiedNumber) -> Body:
    row: Body = {
        "id": number.id,
        "display_phone_number": number.display_phone_number,
        "verification_status": _status(ctx, number),
    }
    if number.verified_at is not None:
        row["verification_expiry_time"] = int(number.verified_at) + ctx.world.settings.preverified_days * DAY
    return row


@route("POST", Business, "add_phone_numbers", scope=access.BUSINESS)
def post_add_phone_numbers(ctx: Ctx, business: Business) -> Body:
    parsed = numbers.parse(ctx.required("phone_number"))
    if parsed is None:
        raise invalid("Parameter phone_number is not a phone number")
    if any(known.digits == parsed[0] for known in ctx.world.all(PreverifiedNumber)):
        raise GraphError(100, 2388012)
    number = ctx.world.add(
        PreverifiedNumber(
            id=ctx.world.new_id("preverified", "44"),
            business_id=business.id,
            digits=parsed[0],
            display_phone_number=parsed[1],
        )
    )
    business.preverified_ids.append(number.id)
    return {"id": number.id}


@route("GET", Business, "preverified_numbers", scope=access.BUSINESS)
def get_preverified_numbers(ctx: Ctx, business: Business) -> Body:
    every = [ctx.world.get(PreverifiedNumber, number_id) for number_id in business.preverified_ids]
    wanted = ctx.text("code_verification_status").replace("NOT_VERIFIED", "PENDING")
    chosen = [number for number in every if wanted in ("", _status(ctx, number))]
    return page(ctx, [(number.id, partial(_row, ctx, number)) for number in chosen])


@route("GET", PreverifiedNumber, scope=access.BUSINESS)
def get_preverified_number(ctx: Ctx, number: PreverifiedNumber) -> Body:
    prefix = numbers.country_code(number.digits)
    return {**_row(ctx, number), "country_prefix": prefix, "is_input_id_valid": True}


@route("DELETE", PreverifiedNumber, scope=access.BUSINESS)
def delete_preverified_number(ctx: Ctx, number: PreverifiedNumber) -> Body:
    ctx.world.get(Business, number.business_id).preverified_ids.remove(number.id)
    del ctx.world.nodes[number.id]
    return {"success": True}


@route("POST", PreverifiedNumber, "request_code", scope=access.BUSINESS)
def post_request_code(ctx: Ctx, number: PreverifiedNumber) -> Body:
    """A verified number can be verified again only in the last 45 of its 90 days."""
    method = ctx.required("code_method")
    if method not in ("SMS", "VOICE"):
        raise invalid("Parameter code_method must be SMS or VOICE")
    if number.verified_at is not None and ctx.now - number.verified_at < REVERIFY_FROM_DAY * DAY:
        raise GraphError(136024, 2388091)
    code = f"{int.from_bytes(ctx.world.digest('sms')) % 1_000_000:06d}"
    number.sms_code = code
    text = f"WhatsApp code {code[:3]}-{code[3:]}"
    ctx.world.sms.append(Sms(to=number.display_phone_number, text=text, method=method, at=ctx.now))
    return {"success": True}


@route("POST", PreverifiedNumber, "verify_code", scope=access.BUSINESS)
def post_verify_code(ctx: Ctx, number: PreverifiedNumber) -> Body:
    if not number.sms_code or not same(number.sms_code, ctx.required("code")):
        raise GraphError(136025)
    number.sms_code, number.verified_at = "", ctx.now
    return {"success": True}
