"""The one way to call the Graph API.

https://developers.facebook.com/docs/graph-api/overview
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from .answers import Answer, Decode, content_of, decode_object, parse, parse_all, understand
from .errors import GraphError, NotSent, OutcomeUnknown
from .multipart import File, encode
from .secret import Secret
from .signature import appsecret_proof
from .transport import HttpTransport, Outgoing, Reply, Transport, TransportError
from .types import Page

logger = logging.getLogger("portal.graph")

MAX_PAGES = 500
PAGE_SIZE = 100

Query = Mapping[str, str | int | Secret]
Node = TypeVar("Node")

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ID = re.compile(r"[0-9]{1,32}")
# Of lookaside.fbsbx.com and scontent.whatsapp.net the first part changes.
_META = re.compile(r"https://(?:[a-z0-9-]+\.)*(?:facebook\.com|fbsbx\.com|fbcdn\.net|whatsapp\.net)/")
_VISIBLE = re.compile(r"[!-~]+")
_HTTP = HttpTransport()


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What may be logged of a call: never a body, a token, or the value of a query."""

    method: str
    path_template: str
    status: int | None
    code: int | None
    subcode: int | None
    fbtrace_id: str | None
    duration_ms: int
    error: str | None

    def __str__(self) -> str:
        names = ("status", "code", "subcode", "fbtrace_id", "error")
        known = [f"{name}={getattr(self, name)}" for name in names if getattr(self, name) is not None]
        return " ".join([self.method, self.path_template, f"duration_ms={self.duration_ms}", *known])


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The Graph API as one token sees it; cheap enough to make one per use."""

    base_url: str
    version: str
    token: Secret | None
    app_secret: Secret | None = None
    transport: Transport | None = None
    before_send: Callable[[], None] | None = None
    on_call: Callable[[CallRecord], None] | None = None
    timeout: float = 20.0

    def also_on_call(self, observer: Callable[[CallRecord], None]) -> Graph:
        """The same client with one more observer of its calls."""
        first = self.on_call

        def both(record: CallRecord) -> None:
            if first:
                first(record)
            observer(record)

        return replace(self, on_call=both)

    def request(
        self,
        method: str,
        path: str,
        *,
        ids: Mapping[str, str] | None = None,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        file: File | None = None,
        decode: Decode = decode_object,
    ) -> Answer:
        """Send one request and return its answer, or raise a GraphError.

        `path` is a template such as "/{phone_number_id}/register", filled with `ids`. What is secret in
        `query` and `body` comes as a Secret. An exception of `before_send` means that nothing was sent. With
        a `file` the body is a form.
        """
        secrets = _secrets_in([self.token, self.app_secret, query, body])

        def read(reply: Reply, duration_ms: int) -> Answer | GraphError:
            return understand(reply, decode=decode, secrets=secrets, duration_ms=duration_ms)

        outgoing = self._outgoing(method, _fill(path, ids or {}), query or {}, body, file)
        return self._send(outgoing, path, read)

    def download(self, address: str, *, max_bytes: int) -> bytes:
        """The bytes behind an address that Meta gave, which wants the token; only Meta's hosts get it."""
        if not self._trusts(address):
            raise ValueError("the address is none of Meta's")
        secrets = _secrets_in([self.token, self.app_secret])

        def read(reply: Reply, duration_ms: int) -> Answer | GraphError:
            return content_of(reply, secrets=secrets, duration_ms=duration_ms)

        plain = self._outgoing("GET", "", {}, None)
        outgoing = replace(plain, url=Secret(address), accept="*/*", max_answer_bytes=max_bytes)
        return self._send(outgoing, "{url}", read).content

    def _trusts(self, address: str) -> bool:
        """https and a host of Meta's, or where all calls go (a simulator); no parser, so no two readings."""
        ours = address.startswith(f"{self.base_url.rstrip('/')}/")
        return bool(_VISIBLE.fullmatch(address)) and (ours or bool(_META.match(address)))

    def _send(
        self, outgoing: Outgoing, path: str, read: Callable[[Reply, int], Answer | GraphError]
    ) -> Answer:
        if self.before_send:
            self.before_send()
        method, started = outgoing.method, time.monotonic()
        reply: Reply | None = None
        result: Answer | GraphError
        try:
            reply = (self.transport or _HTTP).send(outgoing)
        except TransportError as failure:
            result = (OutcomeUnknown if failure.sent else NotSent)(failure.reason)
        except BaseException as interruption:  # a signal or a time limit: the call goes on without us
            self._report(method, path, started, None, OutcomeUnknown(type(interruption).__name__))
            raise
        else:
            result = read(reply, _since(started))
        self._report(method, path, started, reply, result)
        if isinstance(result, GraphError):
            raise result
        return result

    def every(
        self, path: str, kind: type[Node], *, ids: Mapping[str, str], query: Query | None = None
    ) -> list[Node]:
        """The objects of all pages of an edge; Meta's `next` URL is never followed, only its cursor."""
        found: list[Any] = []
        position: dict[str, str] = {}
        for _ in range(MAX_PAGES):
            answer = self.request(
                "GET", path, ids=ids, query={**(query or {}), "limit": PAGE_SIZE, **position}
            )
            page = parse(answer, Page)
            found += page.data
            if page.paging.next is None:
                return parse_all(found, kind, answer)
            after = page.paging.cursors.after
            if not after or position.get("after") == after:
                break
            position = {"after": after}
        raise OutcomeUnknown("the pages do not end")

    def _outgoing(
        self,
        method: str,
        path: str,
        query: Query,
        body: Mapping[str, Any] | None,
        file: File | None = None,
    ) -> Outgoing:
        if self.token is not None and not _VISIBLE.fullmatch(self.token.reveal()):
            raise ValueError("the token is no header value")
        parameters = dict(query)
        if self.token and self.app_secret:
            parameters["appsecret_proof"] = appsecret_proof(self.token, self.app_secret)
        text = urlencode({name: _clear(value) for name, value in parameters.items()})
        if file is None:
            content_type = "application/json"
            content = None if body is None else Secret(msgspec.json.encode(body, enc_hook=_clear))
        else:
            fields = {name: _clear(value) for name, value in (body or {}).items()}
            content_type, content = encode(fields, file)
        return Outgoing(
            method=method,
            url=Secret(f"{self.base_url.rstrip('/')}/{self.version}{path}" + (f"?{text}" if text else "")),
            token=self.token,
            body=content,
            timeout=self.timeout,
            content_type=content_type,
        )

    def _report(
        self, method: str, path: str, started: float, reply: Reply | None, result: Answer | GraphError
    ) -> None:
        error = result if isinstance(result, GraphError) else None
        record = CallRecord(
            method=method,
            path_template=path,
            status=reply.status if reply else None,
            code=error.code if error else None,
            subcode=error.subcode if error else None,
            fbtrace_id=result.fbtrace_id,
            duration_ms=_since(started),
            error=_name(error) if error else None,
        )
        logger.info("%s", record)
        if self.on_call:
            self.on_call(record)


def _fill(path: str, ids: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        id_ = ids.get(match[1])
        if not isinstance(id_, str) or not _ID.fullmatch(id_):
            raise ValueError(f"{match[1]} is not an id of Meta's")
        return id_

    return _PLACEHOLDER.sub(value, path)


def _clear(value: object) -> str:
    """The text of a query value, and msgspec's hook for a Secret in a body."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"{type(value).__name__} can not be sent")


def _secrets_in(value: object) -> list[Secret]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return [secret for item in value for secret in _secrets_in(item)]
    return [value] if isinstance(value, Secret) else []


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _name(error: GraphError) -> str:
    """The class, and for a failure of transport our own word for it; never a text of Meta's."""
    return type(error).__name__ if error.http_status else f"{type(error).__name__}:{error.message}"
