from __future__ import annotations

from portal.simulator import access
from portal.simulator.compare import same
from portal.simulator.errors import GraphError
from portal.simulator.graph import Body, Ctx, route
from portal.simulator.nodes import App
from portal.simulator.world import Token


@route("GET", None, "oauth/access_token", anonymous=True)
def get_access_token(ctx: Ctx, _: None) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/implementation"""
    app = ctx.world.find(App, ctx.text("client_id"))
    if app is None:
        raise GraphError(101)
    if not same(ctx.text("client_secret"), app.secret):
        raise GraphError(1)
    if ctx.text("grant_type") == "client_credentials":
        return {"access_token": f"{app.id}|{app.secret}", "token_type": "bearer"}
    return _exchange(ctx, app)


@route("POST", None, "oauth/access_token", anonymous=True)
def post_access_token(ctx: Ctx, _: None) -> Body:
    """The same exchange with the parameters in the body."""
    return get_access_token(ctx, None)


def _exchange(ctx: Ctx, app: App) -> Body:
    code = ctx.world.codes.get(ctx.required("code"))
    if code is None or code.app_id != app.id or code.used:
        raise GraphError(100, 36009)
    if ctx.now - code.issued_at >= ctx.world.settings.signup_code_seconds:
        raise GraphError(100, 36007)
    code.used = True
    token = ctx.world.tokens[code.token]
    lifetime = {"expires_in": int(token.expires_at - ctx.now)} if token.expires_at else {}
    return {"access_token": token.value, "token_type": "bearer", **lifetime}


@route("GET", None, "debug_token", app_token=True)
def debug_token(ctx: Ctx, _: None) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/manage-accounts"""
    token = access.find_token(ctx.world, ctx.required("input_token"))
    if token is None:
        error = {"code": 190, "message": "Invalid OAuth access token.", "subcode": 0}
        return {"data": {"error": error, "is_valid": False, "scopes": []}}
    if token.app_id != ctx.identity.app_id:
        raise GraphError(100, message="(#100) The App_id in the input_token did not match the Viewing App")
    return {"data": _described(ctx, token)}


def _described(ctx: Ctx, token: Token) -> Body:
    problem = access.token_problem(ctx.world, token, now=ctx.now)
    described: Body = {
        "app_id": token.app_id,
        "type": token.type,
        "application": ctx.world.get(App, token.app_id).name,
        "data_access_expires_at": 0,
    }
    if problem is not None:
        described["error"] = {
            "code": problem.code,
            "message": problem.message,
            "subcode": problem.subcode or 0,
        }
    described |= {"expires_at": int(token.expires_at), "is_valid": problem is None}
    if token.type == "APP":
        return {**described, "scopes": []}
    described |= {"issued_at": int(token.issued_at), "scopes": token.scopes}
    if token.target_ids:
        scopes = [scope for scope in token.scopes if scope in (access.MANAGEMENT, access.MESSAGING)]
        described["granular_scopes"] = [{"scope": scope, "target_ids": token.target_ids} for scope in scopes]
    return {**described, "user_id": token.user_id}
