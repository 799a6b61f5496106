"""Who may see and do what: tokens, scopes, roles, sharing.

https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/manage-system-users
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from .compare import same
from .errors import GraphError, missing_object
from .nodes import (
    Allocation,
    App,
    Business,
    CreditLine,
    Media,
    Node,
    PhoneNumber,
    PreverifiedNumber,
    SystemUser,
    Template,
    Waba,
)
from .world import Token, World

MANAGEMENT = "whatsapp_business_management"
MESSAGING = "whatsapp_business_messaging"
BUSINESS = "business_management"


@lru_cache(maxsize=65_536)
def proof_of(token: str, app_secret: str) -> str:
    """https://developers.facebook.com/docs/graph-api/guides/secure-requests (appsecret_proof)."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def token_problem(world: World, token: Token, *, now: float) -> GraphError | None:
    """Why a token is not usable any more, if so."""
    if token.revoked_subcode:
        return GraphError(190, token.revoked_subcode)
    if token.expires_at and now >= token.expires_at:
        return GraphError(190, 463)
    if world.find(App, token.app_id) is None:
        return GraphError(190)
    return None


def find_token(world: World, value: str) -> Token | None:
    """The token of a value; app tokens are "id|secret" and need no registry."""
    app_id, bar, secret = value.partition("|")
    if bar:
        app = world.find(App, app_id)
        if app is None or not same(app.secret, secret):
            return None
        return Token(value=value, type="APP", app_id=app.id, business_id=app.business_id)
    return world.tokens.get(value)


def authenticate(world: World, value: str, *, now: float, proof: str, app_token: bool) -> Token:
    """The identity behind a token, or the error Meta gives."""
    if not value:
        raise GraphError(2500)
    token = find_token(world, value)
    if token is None:
        raise GraphError(190)
    if problem := token_problem(world, token, now=now):
        raise problem
    if proof and not same(proof_of(value, world.get(App, token.app_id).secret), proof):
        raise GraphError(104)
    return token


def check(world: World, token: Token, node: Node | None, *, method: str, scope: str, app_token: bool) -> None:
    """Refuse what this identity may not do with this node."""
    if token.type == "APP":
        if not app_token or (isinstance(node, App) and node.id != token.app_id):
            raise GraphError(200)
        return
    if node is not None:
        _check_node(world, token, node, method=method)
    if scope and scope not in token.scopes:
        raise GraphError(10)


def _check_node(world: World, token: Token, node: Node, *, method: str) -> None:
    waba = waba_of(world, node)
    if waba is not None:
        if sees_waba(world, token, waba):
            return
        raise GraphError(200) if _knows_waba(world, token, waba) else missing_object(method, node.id)
    if not _sees_business_asset(world, token, node):
        raise missing_object(method, node.id)


def waba_of(world: World, node: Node) -> Waba | None:
    """The WABA that a node is, or lies in."""
    match node:
        case Waba():
            return node
        case PhoneNumber() | Template():
            return world.get(Waba, node.waba_id)
        case Media():
            return world.get(Waba, world.get(PhoneNumber, node.phone_number_id).waba_id)
        case _:
            return None


def sees_waba(world: World, token: Token, waba: Waba) -> bool:
    """Granted to a customer's token, or within reach of the partner and allowed to this system user."""
    app = world.get(App, token.app_id)
    owned = waba.owner_business_id == app.business_id
    if not owned and not app.advanced_access:
        return False
    if not token.role:
        return waba.id in token.target_ids and (owned or app.business_id in waba.partner_business_ids)
    if not owned and app.business_id not in waba.partner_business_ids:
        return False
    return token.role == "ADMIN" or token.user_id in waba.assigned


def _knows_waba(world: World, token: Token, waba: Waba) -> bool:
    business = world.get(Business, token.business_id)
    return waba.id in (*business.waba_ids, *business.client_waba_ids, *business.former_waba_ids)


def _sees_business_asset(world: World, token: Token, node: Node) -> bool:
    match node:
        case Business():
            clients = world.get(Business, token.business_id).client_waba_ids
            if not token.role:
                return node.id == token.customer_business_id
            return node.id == token.business_id or any(waba_id in clients for waba_id in node.waba_ids)
        case CreditLine():  # a customer's token attaches the line that was shared with it
            return node.business_id == token.business_id
        case App() | SystemUser() | PreverifiedNumber():
            return node.business_id == token.business_id and bool(token.role)
        case Allocation():
            line = world.get(CreditLine, node.credit_line_id)
            return line.business_id == token.business_id and bool(token.role)
        case _:
            return False


def require_admin(token: Token) -> None:
    """Some edges want the ADMIN system user of the partner."""
    if token.role != "ADMIN":
        raise GraphError(200)
