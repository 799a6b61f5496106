"""Audit rows: written by services, in the transaction of what they tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from portal.kernel.models import Audit


def record(*, row: Any, action: str, now: datetime, by: str, **data: str | int | bool | None) -> None:
    """Note that `by` did `action` to `row`; `data` are names and ids, never content or secrets."""
    _audit(row, action, now, by, data).save(force_insert=True)


def record_all(*, rows: Iterable[Any], action: str, now: datetime, by: str, **data: str | int | bool) -> None:
    """Note the same of many rows, in one statement."""
    Audit.objects.bulk_create(_audit(row, action, now, by, data) for row in rows)


def _audit(row: Any, action: str, now: datetime, by: str, data: Mapping[str, object]) -> Audit:
    return Audit(
        partner_id=row.partner_id,
        at=now,
        by=by,
        action=action,
        subject_type=row._meta.label,
        subject_id=row.pk,
        data=dict(data),
    )
