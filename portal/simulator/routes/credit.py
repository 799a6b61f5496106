from __future__ import annotations

from portal.simulator import access
from portal.simulator.errors import GraphError, invalid
from portal.simulator.graph import Body, Ctx, route
from portal.simulator.nodes import Allocation, Business, CreditLine, Waba
from portal.simulator.partners import next_month, sharing_is_closed

CURRENCIES = frozenset(["AUD", "EUR", "GBP", "IDR", "INR", "USD"])


def _allocate(ctx: Ctx, line: CreditLine, business_id: str) -> Allocation:
    """The allocation for a customer: the one it has, or a new one."""
    for allocation in (ctx.world.get(Allocation, other) for other in line.allocation_ids):
        if allocation.receiving_business_id == business_id and allocation.request_status != "DELETED":
            return allocation
    allocation = ctx.world.add(
        Allocation(
            id=ctx.world.new_id("allocation", "58", 12),
            credit_line_id=line.id,
            receiving_business_id=business_id,
            receiving_credential_id=ctx.world.new_id("credential", "255"),
        )
    )
    line.allocation_ids.append(allocation.id)
    return allocation


def _attach(ctx: Ctx, waba: Waba, allocation: Allocation) -> None:
    currency = ctx.required("waba_currency")
    if currency not in CURRENCIES:
        raise invalid("Parameter waba_currency is not supported")
    if waba.primary_funding_id not in ("", allocation.receiving_credential_id):
        raise invalid("A credit line is already attached to this WhatsApp Business Account")
    if waba.left_partner:
        if sharing_is_closed(ctx.now):
            raise invalid("A customer who changes partner gets no credit line at the turn of the month")
        waba.left_partner, waba.funded_from = False, next_month(ctx.now)
    waba.primary_funding_id, waba.currency = allocation.receiving_credential_id, currency


def _waba(ctx: Ctx) -> Waba:
    waba_id = ctx.required("waba_id")
    waba = ctx.world.find(Waba, waba_id)
    if waba is None:
        raise invalid(f"Parameter waba_id {waba_id} is not a WhatsApp Business Account")
    if not access.sees_waba(ctx.world, ctx.identity, waba):
        raise GraphError(200)
    return waba


@route("POST", CreditLine, "whatsapp_credit_sharing_and_attach", scope=access.BUSINESS)
def post_sharing_and_attach(ctx: Ctx, line: CreditLine) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/share-and-revoke-credit-lines"""
    waba = _waba(ctx)
    if ctx.identity.user_id not in waba.assigned:
        raise GraphError(200)
    allocation = _allocate(ctx, line, waba.owner_business_id)
    _attach(ctx, waba, allocation)
    return {"allocation_config_id": allocation.id, "waba_id": waba.id}


@route("POST", CreditLine, "whatsapp_credit_sharing", scope=access.BUSINESS)
def post_sharing(ctx: Ctx, line: CreditLine) -> Body:
    """Share only; whatsapp_credit_attach follows with the customer's token."""
    business = ctx.world.find(Business, ctx.required("receiving_business_id"))
    if business is None:
        raise invalid("Parameter receiving_business_id is not a business")
    return {"success": True, "allocation_config_id": _allocate(ctx, line, business.id).id}


@route("POST", CreditLine, "whatsapp_credit_attach", scope=access.MANAGEMENT)
def post_attach(ctx: Ctx, line: CreditLine) -> Body:
    """Attach the line that was shared with the customer before."""
    waba = _waba(ctx)
    shared = [ctx.world.get(Allocation, allocation_id) for allocation_id in line.allocation_ids]
    for allocation in shared:
        if (
            allocation.receiving_business_id == waba.owner_business_id
            and allocation.request_status != "DELETED"
        ):
            _attach(ctx, waba, allocation)
            return {"success": True, "waba_id": waba.id, "allocation_config_id": allocation.id}
    raise invalid("The credit line is not shared with the owner of this WhatsApp Business Account")


@route("GET", CreditLine, "owning_credit_allocation_configs", scope=access.BUSINESS)
def get_allocation_configs(ctx: Ctx, line: CreditLine) -> Body:
    """The allocations of a line, of one receiving business when asked."""
    business_id = ctx.text("receiving_business_id")
    rows = [ctx.world.get(Allocation, allocation_id) for allocation_id in line.allocation_ids]
    return {
        "data": [
            {"id": row.id, "receiving_business": _receiver(ctx, row)}
            for row in rows
            if row.request_status != "DELETED" and business_id in ("", row.receiving_business_id)
        ]
    }


def _receiver(ctx: Ctx, allocation: Allocation) -> Body:
    business = ctx.world.get(Business, allocation.receiving_business_id)
    return {"name": business.name, "id": business.id}


@route("GET", Allocation, scope=access.BUSINESS)
def get_allocation(ctx: Ctx, allocation: Allocation) -> Body:
    """https://developers.facebook.com/docs/marketing-api/reference/extended-credit-allocation-config"""
    body: Body = {}
    names = ctx.text("fields", "receiving_business,request_status").split(",")
    if "receiving_credential" in names:
        body["receiving_credential"] = {"id": allocation.receiving_credential_id}
    if "receiving_business" in names:
        body["receiving_business"] = _receiver(ctx, allocation)
    if "request_status" in names:
        body["request_status"] = allocation.request_status
    return {**body, "id": allocation.id}


@route("DELETE", Allocation, scope=access.BUSINESS)
def delete_allocation(ctx: Ctx, allocation: Allocation) -> Body:
    """Revoking takes the line from every WABA of that customer."""
    allocation.request_status = "DELETED"
    for waba_id in ctx.world.get(Business, allocation.receiving_business_id).waba_ids:
        waba = ctx.world.get(Waba, waba_id)
        if waba.primary_funding_id == allocation.receiving_credential_id:
            waba.primary_funding_id = ""
    return {"success": True}
