from __future__ import annotations

from portal.simulator.errors import GraphError, invalid
from portal.simulator.events import FIELDS
from portal.simulator.graph import Body, Ctx, Handshake, route
from portal.simulator.nodes import App

OBJECT = "whatsapp_business_account"


@route("GET", App)
def get_app(ctx: Ctx, app: App) -> Body:
    """https://developers.facebook.com/docs/graph-api/reference/application"""
    return {"name": app.name, "id": app.id}


@route("GET", App, "subscriptions", app_token=True)
def get_subscriptions(ctx: Ctx, app: App) -> Body:
    """https://developers.facebook.com/docs/graph-api/reference/application/subscriptions"""
    _require_app_token(ctx)
    if not app.callback_url:
        return {"data": []}
    version = f"v{ctx.world.settings.newest_version:.1f}"
    fields = [{"name": name, "version": version} for name in app.fields]
    return {
        "data": [{"object": OBJECT, "callback_url": app.callback_url, "active": True, "fields": fields}],
    }


@route("POST", App, "subscriptions", app_token=True)
def post_subscriptions(ctx: Ctx, app: App) -> Handshake:
    """Verify the callback first, then take the address and the fields."""
    _require_app_token(ctx)
    if ctx.required("object") != OBJECT:
        raise invalid(f"Parameter object must be {OBJECT}")
    url, verify_token = ctx.required("callback_url"), ctx.required("verify_token")
    fields = _fields(ctx)

    def finish(problem: str) -> Body:
        if problem:
            raise handshake_failed(problem)
        app.callback_url, app.verify_token, app.fields = url, verify_token, fields
        return {"success": True}

    return Handshake(url, verify_token, finish)


@route("DELETE", App, "subscriptions", app_token=True)
def delete_subscriptions(ctx: Ctx, app: App) -> Body:
    """Without fields the whole subscription goes, with fields only those."""
    _require_app_token(ctx)
    gone = _fields(ctx) if ctx.call.params.get("fields") else app.fields
    app.fields = [name for name in app.fields if name not in gone]
    if not app.fields:
        app.callback_url = app.verify_token = ""
    return {"success": True}


def handshake_failed(problem: str) -> GraphError:
    return GraphError(
        2200, status=400, message=f"(#2200) Callback verification failed with the following errors: {problem}"
    )


def _require_app_token(ctx: Ctx) -> None:
    if ctx.identity.type != "APP":
        raise GraphError(15, message="(#15) This method must be called with an app access_token.")


def _fields(ctx: Ctx) -> list[str]:
    given = ctx.call.params.get("fields")
    names = given if isinstance(given, list) else str(given or "").split(",")
    fields = [str(name).strip() for name in names if str(name).strip()]
    if not fields:
        ctx.missing("fields")
    for name in fields:
        if name not in FIELDS:
            raise invalid(f"Param fields has an unknown field: {name}")
    return list(dict.fromkeys(fields))
