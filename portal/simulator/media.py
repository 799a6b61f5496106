"""Media ids, their addresses and their lives.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from .compare import same
from .errors import GraphError
from .nodes import Media, PhoneNumber
from .world import World

KIB, MIB = 1024, 1024 * 1024
LIMITS = {"image": 5 * MIB, "audio": 16 * MIB, "video": 16 * MIB, "document": 100 * MIB, "sticker": 500 * KIB}
TYPES = {
    "image": {"image/jpeg", "image/png"},
    "sticker": {"image/webp"},
    "audio": {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"},
    "video": {"video/mp4", "video/3gpp"},
    "document": {
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "text/plain",
    },
}
KEPT = 200  # files; the oldest go first, since the whole world is one document


def upload(
    world: World, number: PhoneNumber, *, mime_type: str, filename: str, content: bytes, days: int, now: float
) -> Media:
    """Store a file of a supported type and size; its id lives for some days."""
    plain = mime_type.partition(";")[0].strip()
    kind = next((name for name, types in TYPES.items() if plain in types), None)
    if kind is None:
        raise GraphError(131053, details=f"Media type {plain} is not supported.")
    if not content or len(content) > LIMITS[kind]:
        raise GraphError(131053, details=f"A file of kind {kind} may have {LIMITS[kind]} bytes.")
    forget(world, now=now)
    return world.add(
        Media(
            id=world.new_id("media", "17", 16),
            phone_number_id=number.id,
            mime_type=mime_type,
            sha256=base64.b64encode(hashlib.sha256(content).digest()).decode(),
            content=content,
            created_at=now,
            expires_at=now + days * 86_400,
            filename=filename,
        )
    )


def forget(world: World, *, now: float) -> None:
    """Drop what has expired, and the oldest when there is too much."""
    every = sorted(world.all(Media), key=lambda media: media.created_at)
    for position, media in enumerate(every):
        if media.expires_at <= now or position <= len(every) - KEPT:
            del world.nodes[media.id]


def address(world: World, media: Media, *, base_url: str, now: float) -> str:
    """A download address that works for five minutes."""
    ends = int(now + world.settings.media_url_seconds)
    query = f"mid={media.id}&ext={ends}&hash={_seal(world, media.id, ends)}"
    return f"{base_url}/whatsapp_business/attachments/?{query}"


def _seal(world: World, media_id: str, ends: int) -> str:
    return hmac.new(str(world.seed).encode(), f"{media_id}:{ends}".encode(), hashlib.sha256).hexdigest()[:24]


def fetch(world: World, *, media_id: str, ends: str, seal: str, now: float) -> Media | None:
    """The file behind an address, while both live."""
    if not ends.isascii() or not ends.isdigit() or now >= int(ends):
        return None
    if not same(_seal(world, media_id, int(ends)), seal):
        return None
    media = world.find(Media, media_id)
    return media if media is not None and now < media.expires_at else None
