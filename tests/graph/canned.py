"""A transport that answers from memory, and Meta's recorded answers."""

from __future__ import annotations

from pathlib import Path
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
        body = self.sent[-1].body
        return None if body is None else msgspec.json.decode(body.reveal_bytes())


def graph_over(transport: Canned, **given: object) -> Graph:
    fixed = {
        "base_url": "https://graph.example",
        "version": "v26.0",
        "token": Secret("EAAtoken"),
        "transport": transport,
    }
    return Graph(**{**fixed, **given})
