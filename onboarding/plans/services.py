"""What people and integrators may do with a migration plan until it begins, inside the scope."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from onboarding.models import (
    AnswerSource,
    MigrationPlan,
    Path,
    PlanAnswer,
    PlanDependency,
    PlanLine,
    PlanWish,
    Risk,
    WishKind,
)
from onboarding.plans.assessing import assessment, questions
from onboarding.plans.dependencies import check_dependency, lock_dependencies
from onboarding.plans.locks import lock_not_begun, lock_open, touch
from onboarding.plans.numbers import attach_numbers, check_accounts, e164, ordered
from onboarding.plans.refusals import (
    BadHours,
    BadPriority,
    LineBegun,
    LineTaken,
    NotAssessed,
    NothingAssessed,
    PlanBegun,
    PlanClosed,
    PlanTaken,
    TestNumberTaken,
    WishTaken,
    WishWithdrawn,
)
from onboarding.states import LineState, PlanState
from portal.kernel import audit, work
from portal.kernel.states import born, transition
from tenants.models import Customer, Membership, MetaApp, Waba

# What update_plan and update_line change; everything else has a service of its own.
PLAN_FIELDS = frozenset({"owner", "priority", "risk", "moves_from", "moves_until"})
LINE_FIELDS = frozenset(
    {"is_test_number", "daily_volume", "locked_until", "source_waba_id", "destination_waba"}
)


def create_plan(
    *,
    customer: Customer,
    app: MetaApp,
    path: str,
    now: datetime,
    by: str,
    owner: Membership | None = None,
    priority: int = 3,
    risk: str = Risk.MEDIUM,
    moves_from: time = time(8),
    moves_until: time = time(18),
) -> MigrationPlan:
    """Open a plan for a customer and a path; its numbers, answers and wishes follow."""
    plan = MigrationPlan(
        partner_id=customer.partner_id,
        customer=customer,
        app=app,
        path=Path(path),
        owner=owner,
        priority=priority,
        risk=Risk(risk),
        moves_from=moves_from,
        moves_until=moves_until,
        changed_at=now,
        created_at=now,
        created_by=by,
    )
    check_plan(plan)
    try:
        with transaction.atomic():
            plan.save(force_insert=True)
    except IntegrityError as error:
        raise PlanTaken from error
    born(row=plan, now=now, by=by)
    audit.record(row=plan, action="plan.created", now=now, by=by, path=plan.path)
    return plan


def update_plan(*, plan: MigrationPlan, now: datetime, by: str, **changes: Any) -> MigrationPlan:
    """Change who is responsible, how urgent and risky it is, or the hours in which the customer may move."""
    if unknown := set(changes) - PLAN_FIELDS:
        raise TypeError(f"update_plan changes no {', '.join(sorted(unknown))}")
    lock_open(plan)
    if plan.state == PlanState.IN_PROGRESS and {"moves_from", "moves_until"} & set(changes):
        raise PlanBegun
    for name, value in changes.items():
        setattr(plan, name, value)
    check_plan(plan)
    plan.changed_at = now
    plan.save(update_fields=[*changes, "changed_at"])
    audit.record(row=plan, action="plan.changed", now=now, by=by, fields=" ".join(sorted(changes)))
    return plan


def check_plan(plan: MigrationPlan) -> None:
    """Refuse values that no plan may have."""
    if not 1 <= plan.priority <= 5:
        raise BadPriority
    if plan.moves_from >= plan.moves_until:
        raise BadHours


def add_line(
    *,
    plan: MigrationPlan,
    display_phone_number: str,
    now: datetime,
    by: str,
    is_test_number: bool = False,
    daily_volume: int | None = None,
    locked_until: date | None = None,
    source_waba_id: str = "",
    destination_waba: Waba | None = None,
) -> PlanLine:
    """Add a number to a plan that has not begun, at its place in the order of moving."""
    number = e164(display_phone_number)
    lock_not_begun(plan)
    check_accounts(plan, source_waba_id, destination_waba)
    last = PlanLine.objects.filter(plan=plan).aggregate(last=Max("position"))["last"] or 0
    line = PlanLine(
        partner_id=plan.partner_id,
        plan=plan,
        position=last + 1,
        display_phone_number=number,
        is_test_number=is_test_number,
        daily_volume=daily_volume,
        locked_until=locked_until,
        source_waba_id=source_waba_id,
        destination_waba=destination_waba,
    )
    try:
        with transaction.atomic():
            line.save(force_insert=True)
    except IntegrityError as error:
        raise LineTaken from error
    born(row=line, now=now, by=by)
    audit.record(row=line, action="plan_line.added", now=now, by=by, plan=str(plan.pk))
    _lines_changed(plan, now=now)
    line.refresh_from_db()
    return line


def update_line(*, line: PlanLine, now: datetime, by: str, **changes: Any) -> PlanLine:
    """Change what is known of a number that has not begun to move."""
    if unknown := set(changes) - LINE_FIELDS:
        raise TypeError(f"update_line changes no {', '.join(sorted(unknown))}")
    lock_open(line.plan)
    line.refresh_from_db(fields=["state"])
    if line.state != LineState.PENDING:
        raise LineBegun
    check_accounts(line.plan, changes.get("source_waba_id", ""), changes.get("destination_waba"))
    for name, value in changes.items():
        setattr(line, name, value)
    line.save(update_fields=list(changes))
    audit.record(row=line, action="plan_line.changed", now=now, by=by, fields=" ".join(sorted(changes)))
    _lines_changed(line.plan, now=now)
    line.refresh_from_db()
    return line


def add_wish(
    *, plan: MigrationPlan, kind: str, day: date, now: datetime, by: str, reason: str = ""
) -> PlanWish:
    """Note on which days the customer does or does not want to move."""
    lock_not_begun(plan)
    wish = PlanWish(
        partner_id=plan.partner_id,
        plan=plan,
        kind=WishKind(kind),
        day=day,
        reason=reason,
        created_at=now,
        created_by=by,
    )
    try:
        with transaction.atomic():
            wish.save(force_insert=True)
    except IntegrityError as error:
        raise WishTaken from error
    audit.record(row=plan, action="plan.wish_added", now=now, by=by, kind=wish.kind, day=str(day))
    touch(plan, now=now)
    return wish


def withdraw_wish(*, wish: PlanWish, now: datetime, by: str) -> None:
    """The customer no longer asks for it; schedules from now on do not know it."""
    if not PlanWish.objects.filter(pk=wish.pk, withdrawn_at=None).update(withdrawn_at=now):
        raise WishWithdrawn
    wish.withdrawn_at = now
    audit.record(
        row=wish.plan, action="plan.wish_withdrawn", now=now, by=by, kind=wish.kind, day=str(wish.day)
    )
    touch(wish.plan, now=now)


def add_dependency(*, plan: MigrationPlan, after: MigrationPlan, now: datetime, by: str) -> PlanDependency:
    """Have `plan` move on a later day than `after`."""
    lock_dependencies(plan.partner_id)
    lock_not_begun(plan)
    if after.state == PlanState.ABANDONED:
        raise PlanClosed
    check_dependency(plan, after)
    dependency = PlanDependency.objects.create(
        partner_id=plan.partner_id, plan=plan, after=after, created_at=now, created_by=by
    )
    audit.record(row=plan, action="plan.dependency_added", now=now, by=by, after=str(after.pk))
    touch(plan, now=now)
    return dependency


def remove_dependency(*, dependency: PlanDependency, now: datetime, by: str) -> None:
    """The plan may move on any day again, whatever the other one does."""
    plan = dependency.plan
    lock_not_begun(plan)
    audit.record(row=plan, action="plan.dependency_removed", now=now, by=by, after=str(dependency.after_id))
    dependency.delete()
    touch(plan, now=now)


def set_answers(
    *, plan: MigrationPlan, answers: Mapping[str, object], source: str, now: datetime, by: str
) -> None:
    """Store answers to questions of the assessment; None takes an answer back. What is wrong is refused."""
    cleaned = {key: questions.clean(key, value, path=plan.path) for key, value in answers.items()}
    lock_open(plan)
    known = dict(PlanAnswer.objects.filter(plan=plan).values_list("key", "value"))
    changed = {key: value for key, value in cleaned.items() if known.get(key) != value}
    if not changed:
        return
    PlanAnswer.objects.filter(plan=plan, key__in=[key for key in changed if changed[key] is None]).delete()
    PlanAnswer.objects.bulk_create(
        (
            PlanAnswer(
                partner_id=plan.partner_id,
                plan=plan,
                key=key,
                value=value,
                source=AnswerSource(source),
                answered_at=now,
                answered_by=by,
            )
            for key, value in changed.items()
            if value is not None
        ),
        update_conflicts=True,
        unique_fields=["plan", "key"],
        update_fields=["value", "source", "answered_at", "answered_by"],
    )
    audit.record(row=plan, action="plan.answered", now=now, by=by, questions=" ".join(sorted(changed)))
    assessment.refresh([plan])
    touch(plan, now=now)


def finish_assessment(*, plan: MigrationPlan, now: datetime, by: str) -> None:
    """Declare the plan ready for a date; what is still unknown stands in its conditions."""
    lock_open(plan)
    if not (plan.recommendation and PlanLine.objects.filter(plan=plan, state=LineState.PENDING).exists()):
        raise NothingAssessed
    if plan.state != PlanState.DRAFT:
        raise PlanBegun
    transition(row=plan, to=PlanState.ASSESSED, now=now, by=by, changed_at=now)
    audit.record(row=plan, action="plan.assessed", now=now, by=by, recommendation=plan.recommendation)


def reopen_assessment(*, plan: MigrationPlan, now: datetime, by: str, reason: str = "") -> None:
    """Take an assessed plan out of the planning of waves until it is assessed again."""
    lock_open(plan)
    if plan.state != PlanState.ASSESSED:
        raise NotAssessed
    transition(row=plan, to=PlanState.DRAFT, now=now, by=by, reason=reason, changed_at=now)
    audit.record(row=plan, action="plan.reopened", now=now, by=by)


def _lines_changed(plan: MigrationPlan, *, now: datetime) -> None:
    lines = list(PlanLine.objects.filter(plan=plan).order_by("position"))
    if sum(line.is_test_number and line.state == LineState.PENDING for line in lines) > 1:
        raise TestNumberTaken
    for position, line in enumerate(ordered(lines), start=1):
        line.position = position
    PlanLine.objects.bulk_update(lines, ["position"])
    attach_numbers(plans=[plan.pk])
    assessment.refresh([plan])
    touch(plan, now=now)
    if plan.state in (PlanState.SCHEDULED, PlanState.IN_PROGRESS):
        work.schedule(plan, due_at=now, now=now)  # its journeys may be due, or have waited for this
