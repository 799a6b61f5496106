"""`transition()` is the only way a state column changes: guarded, recorded, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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


def born_all(*, rows: Iterable[Any], now: datetime, by: str, reason: str = "") -> None:
    """Write the first line of the history of many rows that were just created, in one statement."""
    Transition.objects.bulk_create(
        _line(row=row, seq=1, source="", now=now, by=by, reason=reason) for row in rows
    )


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


def transition_all(*, rows: Sequence[Any], to: str, now: datetime, by: str, reason: str = "") -> None:
    """Move many rows of one model, all of one state, to another: the same rules in three statements."""
    if not rows:
        return
    model, source = type(rows[0]), rows[0].state
    if to not in model.TRANSITIONS.get(source, ()):
        raise IllegalTransition(f"{model._meta.label} cannot go from {source} to {to}")
    ids = [row.pk for row in rows]
    if model.objects.filter(pk__in=ids, state=source).update(state=to) != len(set(ids)):
        raise StaleState(f"some of {len(ids)} rows of {model._meta.label} are not {source} any more")
    last = Transition.objects.filter(subject_id__in=ids).values("subject_id").annotate(last=Max("seq"))
    numbers = dict(last.values_list("subject_id", "last"))
    for row in rows:
        row.state = to
    Transition.objects.bulk_create(
        _line(row=row, seq=numbers.get(row.pk, 0) + 1, source=source, now=now, by=by, reason=reason)
        for row in rows
    )


def _record(*, row: Any, source: str, now: datetime, by: str, reason: str) -> None:
    # The subject's row is locked by the update before, so the next number cannot be taken twice.
    last = Transition.objects.filter(subject_id=row.pk).aggregate(last=Max("seq"))["last"] or 0
    _line(row=row, seq=last + 1, source=source, now=now, by=by, reason=reason).save(force_insert=True)


def _line(*, row: Any, seq: int, source: str, now: datetime, by: str, reason: str) -> Transition:
    return Transition(
        partner_id=row.partner_id,
        subject_type=row._meta.label,
        subject_id=row.pk,
        seq=seq,
        from_state=source,
        to_state=row.state,
        at=now,
        by=by,
        reason=reason[:300],
    )
