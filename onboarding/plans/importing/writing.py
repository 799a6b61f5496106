"""Writing what a file changes: one statement for each kind of row, however many rows there are."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from onboarding.models import AnswerSource, MigrationPlan, PlanAnswer, PlanDependency, PlanLine, PlanWish
from onboarding.plans.assessing import assessment
from onboarding.plans.importing.changes import (
    CUSTOMER_FIELDS,
    LINE_FIELDS,
    PLAN_FIELDS,
    CustomerChange,
    PlanChange,
)
from onboarding.plans.importing.known import Known
from onboarding.plans.numbers import attach_numbers, ordered
from onboarding.states import PlanState
from portal.kernel import audit, work
from portal.kernel.states import born_all
from tenants.models import Customer

# Rows of one UPDATE: each is a branch that PostgreSQL walks for every row.
BATCH = 500
RUNNING = (PlanState.SCHEDULED, PlanState.IN_PROGRESS)
Rows = Collection[MigrationPlan]
Changes = Mapping[uuid.UUID, PlanChange]


def write(changes: Collection[CustomerChange], known: Known, *, now: datetime, by: str) -> None:
    """Write customers, plans, numbers, wishes, answers and dependencies; none of them may have an error."""
    _customers(changes, now=now, by=by)
    plans = {
        one.plan.pk: one for change in changes for one in change.plans if one.plan is not None and one.is_any
    }
    rows = [one.plan for one in plans.values() if one.plan is not None]
    _plans(rows, plans, now=now, by=by)
    _lines(plans, known, now=now, by=by)
    _wishes(rows, plans, now=now, by=by)
    _answers(rows, plans, now=now, by=by)
    _dependencies(rows, plans, now=now, by=by)
    attach_numbers(plans=list(plans))
    assessment.refresh(rows)
    for row in rows:
        if row.state in RUNNING:
            work.schedule(row, due_at=now, now=now)  # its journeys may be due, or have waited for this


def _customers(changes: Collection[CustomerChange], *, now: datetime, by: str) -> None:
    new = [change.customer for change in changes if change.is_new]
    changed = [change.customer for change in changes if change.fields]
    Customer.objects.bulk_create(new)
    if changed:
        Customer.objects.bulk_update(changed, CUSTOMER_FIELDS.values(), batch_size=BATCH)
    audit.record_all(rows=new, action="customer.created", now=now, by=by)
    audit.record_all(rows=changed, action="customer.changed", now=now, by=by)


def _plans(rows: Rows, plans: Changes, *, now: datetime, by: str) -> None:
    new = [row for row in rows if plans[row.pk].is_new]
    old = [row for row in rows if not plans[row.pk].is_new]
    MigrationPlan.objects.bulk_create(new)
    born_all(rows=new, now=now, by=by)
    if changed := [row for row in old if plans[row.pk].fields]:
        MigrationPlan.objects.bulk_update(changed, [*PLAN_FIELDS, "owner"], batch_size=BATCH)
    MigrationPlan.objects.filter(pk__in=[row.pk for row in old]).update(changed_at=now)
    audit.record_all(rows=new, action="plan.created", now=now, by=by, source="import")
    audit.record_all(rows=old, action="plan.changed", now=now, by=by, source="import")


def _lines(plans: Changes, known: Known, *, now: datetime, by: str) -> None:
    """New numbers in their places; the others of the plan move up."""
    changed = [one.line for plan in plans.values() for one in plan.lines if one.line and one.fields]
    new = [one.line for plan in plans.values() for one in plan.lines if one.line and one.is_new]
    touched = {line.plan_id for line in (*new, *changed)}
    moved = {line.pk: line for line in changed}
    mine: defaultdict[uuid.UUID, list[PlanLine]] = defaultdict(list)
    for line in new:
        mine[line.plan_id].append(line)
    for plan_id in touched:
        for position, line in enumerate(ordered([*known.lines.get(plan_id, ()), *mine[plan_id]]), start=1):
            if line.position != position:
                line.position = position
                moved[line.pk] = line
    if old := [line for line in moved.values() if not line._state.adding]:
        fields = [*LINE_FIELDS.values(), "destination_waba", "position"]
        PlanLine.objects.bulk_update(old, fields, batch_size=BATCH)
    PlanLine.objects.bulk_create(new)
    born_all(rows=new, now=now, by=by)
    audit.record_all(rows=new, action="plan_line.added", now=now, by=by, source="import")
    audit.record_all(rows=changed, action="plan_line.changed", now=now, by=by, source="import")


def _wishes(rows: Rows, plans: Changes, *, now: datetime, by: str) -> None:
    withdrawn = [wish.pk for plan in plans.values() for wish in plan.withdrawn]
    PlanWish.objects.filter(pk__in=withdrawn).update(withdrawn_at=now)
    PlanWish.objects.bulk_create(
        PlanWish(partner_id=row.partner_id, plan=row, kind=kind, day=day, created_at=now, created_by=by)
        for row in rows
        for kind, day in plans[row.pk].wishes
    )


def _answers(rows: Rows, plans: Changes, *, now: datetime, by: str) -> None:
    PlanAnswer.objects.bulk_create(
        (
            PlanAnswer(
                partner_id=row.partner_id,
                plan=row,
                key=key,
                value=value,
                source=AnswerSource.IMPORT,
                answered_at=now,
                answered_by=by,
            )
            for row in rows
            for key, value in plans[row.pk].answers.items()
        ),
        update_conflicts=True,
        unique_fields=["plan", "key"],
        update_fields=["value", "source", "answered_at", "answered_by"],
    )


def _dependencies(rows: Rows, plans: Changes, *, now: datetime, by: str) -> None:
    PlanDependency.objects.bulk_create(
        PlanDependency(partner_id=row.partner_id, plan=row, after=before, created_at=now, created_by=by)
        for row in rows
        for before in plans[row.pk].after
    )
