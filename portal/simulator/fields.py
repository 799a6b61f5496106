"""`fields` and cursor paging, the same on every node.

https://developers.facebook.com/docs/graph-api/results
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from .errors import GraphError, invalid
from .graph import Body, Ctx

T = TypeVar("T")
Reader = Callable[[Ctx, T], Any]
MISSING = object()


def requested(ctx: Ctx, default: Sequence[str]) -> list[str]:
    """The names in `fields`, without the sub-selections in braces and modifiers after a dot."""
    text, names, name, depth = ctx.text("fields"), [], "", 0
    for letter in text + ",":
        depth += (letter in "({") - (letter in ")}")
        if letter == "," and depth == 0:
            names.append(re.split(r"[{(.]", name, maxsplit=1)[0].strip())
            name = ""
        else:
            name += letter
    return [name for name in names if name] or list(default)


def select(
    ctx: Ctx, node: T, readers: Mapping[str, Reader[T]], *, default: Sequence[str], node_type: str, id: str
) -> Body:
    """The fields asked for, in that order, and `id`; a reader leaves a field out by returning MISSING."""
    body: Body = {}
    for name in requested(ctx, default):
        if name == "id":
            continue
        reader = readers.get(name)
        if reader is None:
            raise GraphError(
                100, message=f"(#100) Tried accessing nonexisting field ({name}) on node type ({node_type})"
            )
        value = reader(ctx, node)
        if value is not MISSING:
            body[name] = value
    return {**body, "id": id}


def cursor(key: str) -> str:
    return base64.urlsafe_b64encode(f"c:{key}".encode()).decode()


def _position(keys: Sequence[str], value: str) -> int:
    try:
        key = base64.urlsafe_b64decode(value.encode()).decode().removeprefix("c:")
        return keys.index(key)
    except (ValueError, binascii.Error):
        raise invalid("Invalid cursor") from None


def page(ctx: Ctx, items: Sequence[tuple[str, Callable[[], Body]]], *, limit: int = 25) -> Body:
    """One page of (key, row) pairs with cursors, and `next` only while more follows."""
    keys = [key for key, _ in items]
    size = ctx.integer("limit", limit, low=1, high=5000)
    start, stop = 0, len(items)
    if after := ctx.text("after"):
        start = _position(keys, after) + 1
    elif before := ctx.text("before"):
        stop = _position(keys, before)
        start = max(0, stop - size)
    chosen = items[start : min(stop, start + size)]
    if not chosen:
        return {"data": []}
    cursors = {"before": cursor(chosen[0][0]), "after": cursor(chosen[-1][0])}
    paging: Body = {"cursors": cursors}
    if start + len(chosen) < len(items):
        paging["next"] = _link(ctx, limit=str(size), after=cursors["after"])
    if start > 0:
        paging["previous"] = _link(ctx, limit=str(size), before=cursors["before"])
    return {"data": [row() for _, row in chosen], "paging": paging}


def _link(ctx: Ctx, **changes: str) -> str:
    hidden = {"access_token", "appsecret_proof", "after", "before", "limit"}
    kept = {key: str(value) for key, value in ctx.call.params.items() if key not in hidden}
    return f"{ctx.call.base_url}{ctx.call.path}?{urlencode({**kept, **changes})}"
