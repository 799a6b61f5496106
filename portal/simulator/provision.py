"""A partner as it stands before its first customer: portfolio, app, system users, credit line, own WABA."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from .access import BUSINESS, MANAGEMENT, MESSAGING
from .accounts import new_waba
from .nodes import App, Business, Configuration, CreditLine, SystemUser, Waba
from .world import Token, World


class ProvisionRequest(Struct, kw_only=True):
    """Ids that are given are used, so that asking twice gives the same partner twice."""

    partner_name: str = "Nuvola Messaggi S.r.l."
    business_id: str = ""
    app_id: str = ""
    app_name: str = ""
    app_secret: str = ""
    config_id: str = ""
    terms_accepted: bool | None = None
    advanced_access: bool = True
    token_days: int = 0


def provision(world: World, request: ProvisionRequest, *, now: float) -> dict[str, Any]:
    """Make the partner, or complete it, and tell everything that its staff would see in Meta's consoles."""
    business = _business(world, request, now=now)
    app = _app(world, request, business)
    configuration = _configuration(world, request, app)
    admin = _system_user(world, business, app, role="ADMIN", now=now)
    employee = _system_user(world, business, app, role="EMPLOYEE", now=now)
    line = _credit_line(world, business)
    waba = world.get(Waba, business.waba_ids[0]) if business.waba_ids else new_waba(world, business, now=now)
    return {
        "business_id": business.id,
        "app_id": app.id,
        "app_name": app.name,
        "app_secret": app.secret,
        "config_id": configuration.id,
        "waba_id": waba.id,
        "extended_credit_id": line.id,
        "terms_accepted": business.terms_accepted,
        "system_users": [admin, employee],
    }


def _business(world: World, request: ProvisionRequest, *, now: float) -> Business:
    business = world.find(Business, request.business_id)
    if business is None and not request.business_id:
        same = (
            known for known in world.all(Business) if known.app_ids and known.name == request.partner_name
        )
        business = next(same, None)
    if business is None:
        business_id = request.business_id or world.new_id("business", "77")
        business = world.add(Business(id=business_id, name=request.partner_name, created_at=now))
    if request.terms_accepted is not None:
        business.terms_accepted = request.terms_accepted
    return business


def _app(world: World, request: ProvisionRequest, business: Business) -> App:
    app = world.find(App, request.app_id)
    if app is None and not request.app_id and business.app_ids:
        app = world.get(App, business.app_ids[0])
    if app is None:
        app = world.add(
            App(
                id=request.app_id or world.new_id("app", "60"),
                name=request.app_name or request.partner_name,
                business_id=business.id,
                secret=request.app_secret or world.digest("app_secret", 16).hex(),
            )
        )
        business.app_ids.append(app.id)
    app.advanced_access = request.advanced_access
    return app


def _configuration(world: World, request: ProvisionRequest, app: App) -> Configuration:
    known = app.configurations.get(request.config_id) if request.config_id else None
    if known is None and not request.config_id:
        known = next(iter(app.configurations.values()), None)
    if known is None:
        known = Configuration(
            id=request.config_id or world.new_id("config", "39"), token_days=request.token_days
        )
        app.configurations[known.id] = known
    return known


def _system_user(world: World, business: Business, app: App, *, role: str, now: float) -> dict[str, str]:
    users = (world.get(SystemUser, user_id) for user_id in business.system_user_ids)
    user = next((user for user in users if user.role == role), None)
    if user is None:
        user_id = world.new_id("user", "1221", 18)
        name = "Production" if role == "ADMIN" else "Read only"
        user = world.add(SystemUser(id=user_id, name=name, business_id=business.id, role=role))
        business.system_user_ids.append(user.id)
    token = system_token(world, user, app, now=now)
    return {"id": user.id, "name": user.name, "role": role, "token": token.value}


def system_token(world: World, user: SystemUser, app: App, *, now: float) -> Token:
    """The living token of a system user for an app, or a new one that never expires."""
    for token in world.tokens.values():
        if token.user_id == user.id and token.app_id == app.id and not token.revoked_subcode:
            return token
    token = Token(
        value="EAA" + world.secret("token", 60),
        type="SYSTEM_USER",
        app_id=app.id,
        business_id=user.business_id,
        user_id=user.id,
        role=user.role,
        scopes=[MANAGEMENT, MESSAGING, BUSINESS],
        issued_at=now,
    )
    world.tokens[token.value] = token
    return token


def _credit_line(world: World, business: Business) -> CreditLine:
    if business.credit_line_ids:
        return world.get(CreditLine, business.credit_line_ids[0])
    line_id = world.new_id("credit", "1922")
    line = world.add(CreditLine(id=line_id, business_id=business.id, legal_entity_name=business.name))
    business.credit_line_ids.append(line.id)
    return line
