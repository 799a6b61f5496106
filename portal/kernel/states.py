"""`transition()` is the only way a state column changes: guarded, recorded, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Max

from portal.kernel.models import Transition

Table = Mapping[Any, Iterable[str]]


class IllegalTransition(RuntimeError):
    """The table of states has no such way."""


class StaleState(RuntimeError):
    """Somebody else changed the state first."""


def machine(table: Table) -> pgtrigger.FSM:
    """The trigger with which the database itself refuses a way that the table does not have."""
    ways = [(source, target) for source, targets in table.items() for target in targets]
    return pgtrigger.FSM(name="state_machine", field="state", transitions=ways)


def born(*, row: Any, now: datetime, by: str, reason: str = "") -> None:
    """Write the first line of the history of a row that was just created."""
    _record(row=row, source="", now=now, by=by, reason=reason)


def transition(*, row: Any, to: str, now: datetime, by: str, reason: str = "", **values: object) -> None:
    """Move `row` to state `to`, set the other values with it, and write the history row.

    The model names its table of ways in `TRANSITIONS`. Raises `IllegalTransition`, or `StaleState` if the
    state is no longer what `row` says.
    """
    source: str = row.state
    if to not in row.TRANSITIONS.get(source, ()):
        raise IllegalTransition(f"{row._meta.label} cannot go from {source} to {to}")
    manager: models.Manager[Any] = type(row).objects
    if not manager.filter(pk=row.pk, state=source).update(state=to, **values):
        raise StaleState(f"{row._meta.label} {row.pk} is not {source} any more")
    row.state = to
    for name, value in values.items():
        setattr(row, name, value)
    _record(row=row, source=source, now=now, by=by, reason=reason)


def _record(*, row: Any, source: str, now: datetime, by: str, reason: str) -> None:
    # The subject's row is locked by the update before, so the next number cannot be taken twice.
    last = Transition.objects.filter(subject_id=row.pk).aggregate(last=Max("seq"))["last"] or 0
    Transition.objects.create(
        partner_id=row.partner_id,
        subject_type=row._meta.label,
        subject_id=row.pk,
        seq=last + 1,
        from_state=source,
        to_state=row.state,
        at=now,
        by=by,
        reason=reason[:300],
    )
