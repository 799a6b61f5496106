"""Rows that people keep by hand: facts of the partner that no call to Meta could tell or set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal.kernel import audit


def store(*, row: Any, is_new: bool, fields: Sequence[str], now: datetime, by: str) -> None:
    """Save a row as a person typed it, and note which fields they touched."""
    row.save(force_insert=is_new)
    action = "created" if is_new else "changed"
    audit.record(row=row, action=f"{row._meta.model_name}.{action}", now=now, by=by, fields=", ".join(fields))


def remove(*, row: Any, now: datetime, by: str) -> None:
    """Delete a row, leaving its audit trail."""
    audit.record(row=row, action=f"{row._meta.model_name}.removed", now=now, by=by, name=str(row))
    row.delete()
