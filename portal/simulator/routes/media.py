from __future__ import annotations

from portal.simulator import access, media
from portal.simulator.errors import GraphError, missing_object
from portal.simulator.graph import Body, Ctx, route
from portal.simulator.nodes import Media, PhoneNumber


@route("POST", PhoneNumber, "media", scope=access.MESSAGING)
def post_media(ctx: Ctx, number: PhoneNumber) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media"""
    if ctx.required("messaging_product") != "whatsapp" or ctx.call.upload is None:
        raise GraphError(100, details="messaging_product and file are required.")
    file = ctx.call.upload
    stored = media.upload(
        ctx.world,
        number,
        mime_type=ctx.text("type") or file.mime_type,
        filename=file.filename,
        content=file.content,
        days=ctx.world.settings.media_days,
        now=ctx.now,
    )
    return {"id": stored.id}


def _check(ctx: Ctx, file: Media) -> None:
    if (
        ctx.text("phone_number_id", file.phone_number_id) != file.phone_number_id
        or ctx.now >= file.expires_at
    ):
        raise missing_object(ctx.call.method, file.id)


@route("GET", Media, scope=access.MESSAGING)
def get_media(ctx: Ctx, file: Media) -> Body:
    """The address of the file, good for five minutes."""
    _check(ctx, file)
    return {
        "messaging_product": "whatsapp",
        "url": media.address(ctx.world, file, base_url=ctx.call.base_url, now=ctx.now),
        "mime_type": file.mime_type,
        "sha256": file.sha256,
        "file_size": str(len(file.content)),
        "id": file.id,
    }


@route("DELETE", Media, scope=access.MESSAGING)
def delete_media(ctx: Ctx, file: Media) -> Body:
    _check(ctx, file)
    del ctx.world.nodes[file.id]
    return {"success": True}
