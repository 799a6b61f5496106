from __future__ import annotations

from portal.simulator import access, coexistence
from portal.simulator.graph import Body, Ctx, route
from portal.simulator.nodes import PhoneNumber


@route("POST", PhoneNumber, "smb_app_data", scope=access.MANAGEMENT)
def post_smb_app_data(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/onboarding-business-app-users"""
    ctx.required("messaging_product")
    request_id = coexistence.request_sync(ctx.world, number, sync_type=ctx.required("sync_type"), now=ctx.now)
    return {"messaging_product": "whatsapp", "request_id": request_id}
