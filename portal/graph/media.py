"""The media node, and the edge that makes one."""

from __future__ import annotations

import msgspec

from .answers import confirm, parse
from .client import Graph
from .multipart import File
from .types import Created

MAX_BYTES = 100 * 1024 * 1024  # Meta's largest kind, the document


class Media(msgspec.Struct, frozen=True):
    """A file at Meta; its `url` is good for five minutes and wants the token."""

    id: str
    url: str
    mime_type: str = ""
    sha256: str = ""
    file_size: int | None = None


def upload(graph: Graph, *, phone_number_id: str, file: File) -> str:
    """POST /{phone_number_id}/media: store a file for 30 days and return its media_id.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
    """
    body = {"messaging_product": "whatsapp", "type": file.mime_type}
    ids = {"phone_number_id": phone_number_id}
    return parse(graph.request("POST", "/{phone_number_id}/media", ids=ids, body=body, file=file), Created).id


def get(graph: Graph, *, media_id: str, phone_number_id: str) -> Media:
    """GET /{media_id}: what it is and where; only if it belongs to that number.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
    """
    query = {"phone_number_id": phone_number_id}
    return parse(graph.request("GET", "/{media_id}", ids={"media_id": media_id}, query=query), Media)


def download(graph: Graph, *, media: Media, max_bytes: int = MAX_BYTES) -> bytes:
    """GET the url of a media node: its content, of which no more than `max_bytes` are read.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
    """
    return graph.download(media.url, max_bytes=max_bytes)


def delete(graph: Graph, *, media_id: str, phone_number_id: str) -> None:
    """DELETE /{media_id}: only if it belongs to that number.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
    """
    query = {"phone_number_id": phone_number_id}
    confirm(graph.request("DELETE", "/{media_id}", ids={"media_id": media_id}, query=query))
