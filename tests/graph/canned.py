"""A transport that answers from memory, and Meta's recorded answers."""

from __future__ import annotations

from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from portal.graph.client import Graph
from portal.graph.secret import Secret
from portal.graph.transport import Outgoing, Reply

SAMPLES = Path(__file__).parents[1] / "samples"


def sample(name: str) -> bytes:
    return (SAMPLES / f"response.{name}.json").read_bytes()


class Canned:
    """Gives the replies in turn, the last one for ever, and keeps what was sent."""

    def __init__(self, *replies: Reply | bytes) -> None:
        self._replies = [reply if isinstance(reply, Reply) else Reply(200, {}, reply) for reply in replies]
        self.sent: list[Outgoing] = []

    def send(self, outgoing: Outgoing) -> Reply:
        self.sent.append(outgoing)
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    @property
    def path(self) -> str:
        return urlsplit(self.sent[-1].url.reveal()).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.sent[-1].url.reveal()).query, strict_parsing=False))

    @property
    def body(self) -> object:
        outgoing = self.sent[-1]
        if outgoing.body is None:
            return None
        if outgoing.content_type == "application/json":
            return msgspec.json.decode(outgoing.body.reveal_bytes())
        return form_of(outgoing.content_type, outgoing.body.reveal_bytes())


def form_of(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of a form as another parser than ours sees them."""
    whole = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    fields: dict[str, str] = {}
    for part in whole.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            fields[str(part.get_param("name", header="content-disposition"))] = content.decode()
    return fields


def graph_over(transport: Canned, **given: Any) -> Graph:
    fixed: dict[str, Any] = {
        "base_url": "https://graph.example",
        "version": "v26.0",
        "token": Secret("EAAtoken"),
        "transport": transport,
    }
    return Graph(**{**fixed, **given})
