"""What a reply means; no I/O here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from .errors import (
    Envelope,
    GraphError,
    NotVisible,
    OutcomeUnknown,
    RateLimited,
    default_retry_after,
    envelope_of,
    kind_of,
)
from .secret import MASK, Secret
from .transport import Reply

Node = TypeVar("Node")
Decode = Callable[[bytes], dict[str, Any]]

_SHORTEST_SECRET = 4  # less would only riddle the text with stars
_WEEK = 7 * 24 * 3600
_TRACE_ID = re.compile(r"[\w+/=-]{1,64}", re.ASCII)
_WAIT = re.compile(r"\b([0-9]{1,6}) (second|minute|hour)")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_DECODING = (msgspec.MsgspecError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Graph answered when all went well."""

    json: dict[str, Any] = field(repr=False)
    status: int
    headers: Mapping[str, str] = field(repr=False)
    fbtrace_id: str | None
    duration_ms: int
    content: bytes = field(default=b"", repr=False)


def decode_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body, else ValueError."""
    value = msgspec.json.decode(body)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def understand(
    reply: Reply, *, decode: Decode, secrets: Iterable[Secret], duration_ms: int
) -> Answer | GraphError:
    """The answer in a reply, or the error that it is; anything that makes no sense has an unknown outcome."""
    trace_id = _trace_id(reply.headers.get("x-fb-trace-id"))
    try:
        json = decode(reply.body)
    except _DECODING:
        return _not_graph(reply, trace_id)
    envelope = envelope_of(json)
    if envelope is not None:
        return _refusal(envelope, reply, trace_id, secrets)
    if not 200 <= reply.status < 300 or "error" in json:
        return _not_graph(reply, trace_id)
    return Answer(json, reply.status, reply.headers, trace_id, duration_ms)


def content_of(reply: Reply, *, secrets: Iterable[Secret], duration_ms: int) -> Answer | GraphError:
    """The file in a reply, or the error that came in its place; an address that has ended is not found."""
    if reply.status == 200:
        trace_id = _trace_id(reply.headers.get("x-fb-trace-id"))
        return Answer({}, reply.status, reply.headers, trace_id, duration_ms, reply.body)
    if reply.status == 404:
        return NotVisible("the file is not there, or its address has ended", http_status=404)
    result = understand(reply, decode=decode_object, secrets=secrets, duration_ms=duration_ms)
    return result if isinstance(result, GraphError) else _not_graph(reply, result.fbtrace_id)


def parse(answer: Answer, kind: type[Node]) -> Node:
    """The answer as one of the types, or OutcomeUnknown if it lacks what that type needs."""
    return _convert(answer.json, kind, kind.__name__, answer)


def parse_all(items: list[Any], kind: type[Node], answer: Answer) -> list[Node]:
    """The collected items of pages, of which `answer` was the last."""
    return _convert(items, list[kind], kind.__name__, answer)  # type: ignore[valid-type]


def confirm(answer: Answer) -> None:
    """Return if Meta says success, which old pages show as a string; else the outcome is unknown."""
    if answer.json.get("success") not in (True, "true"):
        raise OutcomeUnknown(
            "Meta did not confirm success", http_status=answer.status, fbtrace_id=answer.fbtrace_id
        )


def _convert(value: object, kind: type[Node], name: str, answer: Answer) -> Node:
    try:
        return msgspec.convert(_without_nulls(value), kind, strict=False, dec_hook=_secret)
    except _DECODING:
        pass  # raised below, since the context of this exception may quote the answer
    raise OutcomeUnknown(f"the answer is not {name}", http_status=answer.status, fbtrace_id=answer.fbtrace_id)


def _not_graph(reply: Reply, trace_id: str | None) -> GraphError:
    """Something between us and Graph answered, or Graph's answer was cut."""
    if reply.status == 429:
        return RateLimited(
            "too many requests",
            http_status=429,
            fbtrace_id=trace_id,
            retry_after_seconds=_retry_after(reply.headers, ""),
        )
    return OutcomeUnknown("the answer makes no sense", http_status=reply.status, fbtrace_id=trace_id)


def _refusal(envelope: Envelope, reply: Reply, trace_id: str | None, secrets: Iterable[Secret]) -> GraphError:
    kind = kind_of(reply.status, envelope.code, envelope.error_subcode)
    message, details, title = _scrub(
        secrets, envelope.message, envelope.details, envelope.error_user_title or ""
    )
    return kind(
        message,
        code=envelope.code,
        subcode=envelope.error_subcode,
        http_status=reply.status,
        details=details,
        title=title,
        fbtrace_id=_trace_id(envelope.fbtrace_id) or trace_id,
        retry_after_seconds=_retry_after(reply.headers, envelope.details)
        or default_retry_after(envelope.code),
    )


def _scrub(secrets: Iterable[Secret], *texts: str) -> list[str]:
    """Meta quotes malformed tokens and values in its messages."""
    cleaned = list(texts)
    for value in [secret.reveal() for secret in secrets]:
        if len(value) >= _SHORTEST_SECRET:
            cleaned = [text.replace(value, MASK).replace(quote(value, safe=""), MASK) for text in cleaned]
    return cleaned


def _trace_id(value: str | None) -> str | None:
    """It ends in log lines, so only what can not break one."""
    return value if value and _TRACE_ID.fullmatch(value) else None


def _retry_after(headers: Mapping[str, str], details: str) -> int | None:
    """Seconds to wait: from the header, from the usage that Meta reports, or from the text of the error."""
    header = headers.get("retry-after", "")
    if header.isascii() and header.isdigit():
        return min(int(header[:9]), _WEEK)
    minutes = _minutes_to_regain_access(headers.get("x-business-use-case-usage", ""))
    if minutes:
        return min(minutes * 60, _WEEK)
    found = _WAIT.search(details)
    return min(int(found[1]) * _SECONDS[found[2]], _WEEK) if found else None


class _Usage(msgspec.Struct):
    estimated_time_to_regain_access: int = 0


def _minutes_to_regain_access(header: str) -> int:
    """https://developers.facebook.com/docs/graph-api/overview/rate-limiting"""
    try:
        usages = msgspec.json.decode(header, type=dict[str, list[_Usage]])
    except _DECODING:
        return 0
    return max(
        (usage.estimated_time_to_regain_access for list_ in usages.values() for usage in list_), default=0
    )


def _without_nulls(value: Any) -> Any:
    """To Meta an absent field and a null are the same."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _secret(kind: type, value: object) -> object:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise NotImplementedError(f"{kind.__name__} from {type(value).__name__}")
