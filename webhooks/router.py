"""Who is told about which webhook field, lowest floor first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from webhooks.models import Change


class Handler(Protocol):
    """What reacts to the changes of some fields.

    It runs inside the tenant's scope and transaction, gets several changes at once, and must not mind their
    order or one that tells what is known already. An exception undoes what it did; the changes are then
    handed over one by one, so that only those fail which can not be handled.
    """

    def __call__(self, changes: Sequence[Change], *, now: datetime) -> None: ...


_handlers: list[tuple[frozenset[str], Handler]] = []


def on(*fields: str) -> Callable[[Handler], Handler]:
    """Register a handler for these fields.

    Apps do it in their `handlers.py`, imported when the app is ready: INSTALLED_APPS names the floors from
    the ground up, so the order of registration is the order of the floors.
    """

    def register(handler: Handler) -> Handler:
        _handlers.append((frozenset(fields), handler))
        return handler

    return register


def is_handled(field: str) -> bool:
    """Whether anything reacts to this field."""
    return any(field in fields for fields, _handler in _handlers)


def dispatch(changes: Sequence[Change], *, now: datetime) -> None:
    """Hand each handler its part of the changes. Inside the tenant's scope."""
    for fields, handler in _handlers:
        if part := [change for change in changes if change.field in fields]:
            handler(part, now=now)
