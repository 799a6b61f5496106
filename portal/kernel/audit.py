"""Audit rows: written by services, in the transaction of what they tell."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.kernel.models import Audit


def record(*, row: Any, action: str, now: datetime, by: str, **data: str | int | bool | None) -> None:
    """Note that `by` did `action` to `row`; `data` are names and ids, never content or secrets."""
    Audit.objects.create(
        partner_id=row.partner_id,
        at=now,
        by=by,
        action=action,
        subject_type=row._meta.label,
        subject_id=row.pk,
        data=data,
    )
