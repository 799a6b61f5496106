from __future__ import annotations

from functools import partial

from portal.simulator import access
from portal.simulator.clock import iso
from portal.simulator.fields import page, requested, select
from portal.simulator.graph import Body, Ctx, route
from portal.simulator.nodes import Business, CreditLine, SystemUser, Waba

from .filters import filtered, ordered
from .waba import waba_body

LIST_FIELDS = ("id", "name", "currency", "timezone_id", "message_template_namespace")


@route("GET", Business)
def get_business(ctx: Ctx, business: Business) -> Body:
    """https://developers.facebook.com/docs/graph-api/reference/business"""
    readers = {
        "name": lambda _, node: node.name,
        "verification_status": lambda _, node: node.verification_status,
        "created_time": lambda _, node: iso(node.created_at),
        "whatsapp_business_manager_messaging_limit": lambda _, node: node.messaging_limit,
    }
    return select(ctx, business, readers, default=("id", "name"), node_type="Business", id=business.id)


@route("GET", Business, "owned_whatsapp_business_accounts", scope=access.MANAGEMENT)
def get_owned_wabas(ctx: Ctx, business: Business) -> Body:
    """https://developers.facebook.com/docs/marketing-api/reference/business/owned_whatsapp_business_accounts"""
    return _wabas(ctx, business.waba_ids)


@route("GET", Business, "client_whatsapp_business_accounts", scope=access.MANAGEMENT)
def get_client_wabas(ctx: Ctx, business: Business) -> Body:
    """https://developers.facebook.com/docs/marketing-api/reference/business/client_whatsapp_business_accounts"""
    return _wabas(ctx, business.client_waba_ids)


def _wabas(ctx: Ctx, waba_ids: list[str]) -> Body:
    wabas = [ctx.world.get(Waba, waba_id) for waba_id in waba_ids]
    visible = [waba for waba in wabas if access.sees_waba(ctx.world, ctx.identity, waba)]
    chosen = filtered(ctx, visible, {"creation_time": _created})
    chosen = ordered(ctx, chosen, "creation_time", _created)
    names = requested(ctx, LIST_FIELDS)
    return page(ctx, [(waba.id, partial(waba_body, ctx, waba, default=names)) for waba in chosen])


def _created(waba: Waba) -> float:
    return waba.created_at


@route("GET", Business, "system_users", scope=access.BUSINESS)
def get_system_users(ctx: Ctx, business: Business) -> Body:
    """https://developers.facebook.com/docs/marketing-api/reference/business/system_users"""
    users = [ctx.world.get(SystemUser, user_id) for user_id in business.system_user_ids]
    return page(ctx, [(user.id, partial(_system_user, user)) for user in users])


def _system_user(user: SystemUser) -> Body:
    return {"id": user.id, "name": user.name, "role": user.role}


@route("GET", Business, "extendedcredits", scope=access.BUSINESS)
def get_extended_credits(ctx: Ctx, business: Business) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/share-and-revoke-credit-lines"""
    lines = [ctx.world.get(CreditLine, line_id) for line_id in business.credit_line_ids]
    return {"data": [{"id": line.id, "legal_entity_name": line.legal_entity_name} for line in lines]}
