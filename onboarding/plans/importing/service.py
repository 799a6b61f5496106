"""Checking a CSV of many customers, and applying what was checked. Inside the scope."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from onboarding.models import Effect, PlanImport, PlanImportRow
from onboarding.plans.dependencies import lock_dependencies
from onboarding.plans.importing import reading, writing
from onboarding.plans.importing.changes import Comparison, CustomerChange, PlanChange
from onboarding.plans.importing.columns import CONTROL
from onboarding.plans.importing.drafts import RowDraft, draft
from onboarding.plans.importing.known import Known, look_up
from onboarding.plans.importing.order import Order
from onboarding.reasons import Text
from onboarding.services import Refused
from onboarding.states import ImportState
from portal.kernel import audit
from portal.kernel.scope import current_scope
from portal.kernel.states import born, transition


class ImportApplied(Refused):
    code = "import_applied"
    message = _("This import has already been applied.")


class ImportDiscarded(Refused):
    code = "import_discarded"
    message = _("This import was discarded: upload the file again.")


class ImportOvertaken(Refused):
    code = "import_overtaken"
    message = _("Somebody changed the same customers at this moment. Nothing was written: apply it again.")


# What a row does, beside its effect: each is a line of the dry run.
CHANGES: dict[str, Text] = {
    "customer_new": _("new customer"),
    "customer_changed": _("customer changes"),
    "plan_new": _("new migration plan"),
    "plan_changed": _("plan changes"),
    "answers": _("answers"),
    "wishes": _("wishes"),
    "dependencies": _("order of customers"),
    "number_new": _("new number"),
    "number_changed": _("number changes"),
}


@dataclass(frozen=True)
class _Result:
    """The rows of a file as they would be stored, and what they would change."""

    changes: list[CustomerChange]
    rows: list[PlanImportRow]
    known: Known

    @property
    def writable(self) -> list[CustomerChange]:
        return [change for change in self.changes if change.draft.wrong_row is None]

    @property
    def wrong(self) -> int:
        return sum(row.effect == Effect.ERROR for row in self.rows)


def check_csv(*, name: str, data: bytes, now: datetime, by: str) -> PlanImport:
    """Read a file and store what each row would do and what is wrong with it; nothing else is written."""
    table = reading.read(data)
    result = _compare(table.rows, now=now, by=by)
    upload = PlanImport(
        partner_id=current_scope().partner_id,
        name=CONTROL.sub(" ", name.encode(errors="replace").decode())[:200],
        sha256=hashlib.sha256(data).hexdigest(),
        is_western=table.is_western,
        rows_total=len(result.rows),
        rows_wrong=result.wrong,
        customers=len(result.changes),
        numbers=len({row.cells["phone_number"] for row in table.rows if "phone_number" in row.cells}),
        created_at=now,
        created_by=by,
    )
    upload.save(force_insert=True)
    for row in result.rows:
        row.plan_import = upload
    PlanImportRow.objects.bulk_create(result.rows)
    born(row=upload, now=now, by=by)
    audit.record(row=upload, action="plan_import.checked", now=now, by=by, rows=upload.rows_total)
    return upload


def apply_import(*, plan_import: PlanImport, now: datetime, by: str) -> PlanImport:
    """Write all customers without an error, once; the file is compared again with what is there now."""
    _lock_checked(plan_import)
    lock_dependencies(plan_import.partner_id)
    stored = list(PlanImportRow.objects.filter(plan_import=plan_import).order_by("row_no"))
    table = [reading.Row(row.row_no, row.data["cells"], row.data["has_too_many"]) for row in stored]
    try:
        with transaction.atomic():
            result = _compare(table, now=now, by=by, is_locked=True)
            writing.write(result.writable, result.known, now=now, by=by)
    except IntegrityError as error:
        raise ImportOvertaken from error
    _store_again(stored, result.rows)
    transition(
        row=plan_import,
        to=ImportState.APPLIED,
        now=now,
        by=by,
        rows_wrong=result.wrong,
        applied_at=now,
        applied_by=by,
    )
    audit.record(
        row=plan_import, action="plan_import.applied", now=now, by=by, customers=len(result.writable)
    )
    return plan_import


def discard_import(*, plan_import: PlanImport, now: datetime, by: str) -> None:
    """The file is not wanted; it stays on record with what it said."""
    _lock_checked(plan_import)
    transition(row=plan_import, to=ImportState.DISCARDED, now=now, by=by)
    audit.record(row=plan_import, action="plan_import.discarded", now=now, by=by)


def changes_of(row: PlanImportRow) -> list[str]:
    """What a row does, in words."""
    return [str(CHANGES[code]) for code in row.data["changes"]]


def _compare(rows: Iterable[reading.Row], *, now: datetime, by: str, is_locked: bool = False) -> _Result:
    partner_id = current_scope().partner_id
    drafts = draft(rows)
    known = look_up(drafts, is_locked=is_locked)
    changes = Comparison(known, partner_id=partner_id, now=now, by=by).compare(drafts)
    Order(known, changes).resolve()
    found = [row for change in changes for row in _rows(change, partner_id)]
    return _Result(changes, sorted(found, key=lambda row: row.row_no), known)


def _rows(change: CustomerChange, partner_id: uuid.UUID) -> Iterable[PlanImportRow]:
    does = _what_rows_do(change)
    for row in change.draft.rows:
        changes = does[row] if not row.errors else []
        yield PlanImportRow(
            partner_id=partner_id,
            row_no=row.number,
            customer_ref=change.draft.label[:100],
            data={"cells": row.cells, "has_too_many": row.has_too_many, "changes": changes},
            effect=_effect(row, changes),
            errors=[one.stored() for one in row.errors],
        )


def _effect(row: RowDraft, changes: Collection[str]) -> str:
    if row.errors:
        return Effect.ERROR
    if "number_new" in changes:
        return Effect.CREATE
    return Effect.UPDATE if changes else Effect.UNCHANGED


def _what_rows_do(change: CustomerChange) -> Mapping[RowDraft, list[str]]:
    """What is of the customer or of the plan stands in the first row that is about it."""
    does: dict[RowDraft, list[str]] = {row: [] for row in change.draft.rows}
    if change.is_new or change.fields:
        does[change.draft.rows[0]].append("customer_new" if change.is_new else "customer_changed")
    for plan in change.plans:
        does[plan.draft.rows[0]] += _what_a_plan_does(plan)
        for line in plan.lines:
            if line.is_new or line.fields:
                does[line.draft].append("number_new" if line.is_new else "number_changed")
    return does


def _what_a_plan_does(plan: PlanChange) -> Iterable[str]:
    if plan.is_new or plan.fields:
        yield "plan_new" if plan.is_new else "plan_changed"
    if plan.answers:
        yield "answers"
    if plan.wishes:
        yield "wishes"
    if plan.after:
        yield "dependencies"


def _store_again(stored: list[PlanImportRow], found: list[PlanImportRow]) -> None:
    """What a row did, where it is not what the check said."""
    changed = []
    for old, new in zip(stored, found, strict=True):
        if (old.effect, old.errors, old.data) != (new.effect, new.errors, new.data):
            old.effect, old.errors, old.data = new.effect, new.errors, new.data
            changed.append(old)
    if changed:
        PlanImportRow.objects.bulk_update(changed, ["effect", "errors", "data"], batch_size=500)


def _lock_checked(plan_import: PlanImport) -> None:
    held: Any = PlanImport.objects.select_for_update().get(pk=plan_import.pk)
    plan_import.state = held.state
    if held.state == ImportState.APPLIED:
        raise ImportApplied
    if held.state == ImportState.DISCARDED:
        raise ImportDiscarded
