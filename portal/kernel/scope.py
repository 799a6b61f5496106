"""A Scope is a short transaction in which the rows of one tenant exist and no others.

Three locks hold it: the edge that enters it, `ScopedManager` which raises without one, and PostgreSQL's row
security, which reads the two settings made here. `set_config(..., true)` lives and dies with the transaction,
so nothing leaks to the next user of the connection and transaction-mode poolers work.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection, models, transaction

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Scope:
    """The tenant (a Partner), optionally narrowed to one of its Customers."""

    partner_id: uuid.UUID
    customer_id: uuid.UUID | None = None


class NoScope(RuntimeError):
    """Tenant data was asked for outside a scope."""


class ScopeConflict(RuntimeError):
    """A scope was entered inside the scope of somebody else."""


_current: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current_scope() -> Scope:
    """Return the active scope; raise `NoScope` if there is none."""
    active = _current.get()
    if active is None:
        raise NoScope("tenant data is only reachable inside `with scope(partner_id)`")
    return active


@contextmanager
def scope(partner_id: uuid.UUID, customer_id: uuid.UUID | None = None) -> Iterator[Scope]:
    """Open a transaction bound to one tenant, or join it when the same scope is already open."""
    wanted = Scope(partner_id, customer_id)
    active = _current.get()
    if active is not None:
        if active != wanted:
            raise ScopeConflict("a scope cannot be changed from inside another one")
        yield active
        return
    with transaction.atomic(durable=True):
        _announce(wanted)
        token = _current.set(wanted)
        try:
            yield wanted
        finally:
            _current.reset(token)


def _announce(wanted: Scope) -> None:
    """Tell PostgreSQL whose rows may be seen, until the end of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.tenant_id', %s, true), set_config('app.customer_id', %s, true)",
            [str(wanted.partner_id), str(wanted.customer_id or "")],
        )


class ScopedManager(models.Manager[M]):
    """Filters by the active scope and raises `NoScope` without one."""

    def get_queryset(self) -> models.QuerySet[M]:
        active = current_scope()
        wanted: dict[str, Any] = {"partner_id": active.partner_id}
        if active.customer_id is not None and hasattr(self.model, "customer_id"):
            wanted["customer_id"] = active.customer_id
        return super().get_queryset().filter(**wanted)
