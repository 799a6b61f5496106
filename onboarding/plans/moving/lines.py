"""The lines of migration plans and their journeys: how one is opened, begins to move, and ends.

Who writes to both locks the journeys first, in the order of their ids, then the plan, then its lines.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from onboarding import progress
from onboarding.models import Kind, MigrationPlan, Onboarding, Owner, PlanLine
from onboarding.plans.moving import backups
from onboarding.plans.moving.no_return import points_of_no_return
from onboarding.plans.telling.returned import tell_returned
from onboarding.states import LineState, OnboardingState, PlanState
from onboarding.steps.keys import BY_SIGNUP, KIND_OF_PATH, StepKey, keys_of_path
from portal.kernel import audit, work
from portal.kernel.states import born, transition
from tenants.assets import upsert_waba
from tenants.models import BusinessToken, PhoneNumber, TokenState, Waba

Journeys = QuerySet[Onboarding]
PEOPLE = (Owner.CUSTOMER, Owner.STAFF, Owner.CONSUMER)
SHORT_WAIT = timedelta(minutes=15)


def of(onboarding: Onboarding) -> PlanLine | None:
    """The line that a journey moves, or takes back."""
    is_its = Q(rollback=onboarding) if onboarding.kind == Kind.ROLLBACK else Q(onboarding=onboarding)
    return PlanLine.objects.filter(is_its).select_related("plan", "phone_number").first()


def journeys_of(plan_id: uuid.UUID) -> Journeys:
    """The journeys of a plan's lines, there and back."""
    there, back = Q(plan_lines__plan=plan_id), Q(pk__in=_ways_back(plan_id))
    return Onboarding.objects.filter(there | back)


def _ways_back(plan_id: uuid.UUID) -> QuerySet[PlanLine, uuid.UUID | None]:
    rows = PlanLine.objects.filter(plan=plan_id).exclude(rollback=None)
    return rows.values_list("rollback", flat=True)


def hold(plan_id: uuid.UUID) -> MigrationPlan:
    """Lock a plan with the journeys of its lines, and return it as it is now."""
    ids = list(journeys_of(plan_id).values_list("pk", flat=True))
    list(Onboarding.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    rows = MigrationPlan.objects.select_for_update(of=("self",)).select_related("customer", "app")
    return rows.get(pk=plan_id)


def tell_account(line: PlanLine, onboarding: Onboarding, *, now: datetime, by: str) -> None:
    """Give a journey the account and number that became known after it was opened. Both are locked."""
    account = account_of(line)
    if account is None or onboarding.waba is not None or onboarding.kind in BY_SIGNUP:
        return
    onboarding.waba, onboarding.token = account, onboarding.token or _token(line.plan, account)
    onboarding.save(update_fields=["waba", "token"])
    if onboarding.state == OnboardingState.INVITED:  # no connection is needed any more
        transition(row=onboarding, to=OnboardingState.SIGNED_UP, now=now, by=by, signed_up_at=now)


def account_of(line: PlanLine) -> Waba | None:
    """The account in which the journey of a line works, as far as the plan tells."""
    path = line.plan.path
    destination: Waba | None = line.destination_waba
    number: PhoneNumber | None = line.phone_number
    if KIND_OF_PATH[path] in BY_SIGNUP:
        return None  # the customer chooses it in Meta's window
    if KIND_OF_PATH[path] == Kind.NUMBER_MOVE:
        return destination
    if number is not None:
        waba: Waba = number.waba
        return waba
    known = Waba.objects.filter(waba_id=line.source_waba_id).first()
    is_anothers = known is not None and known.customer_id not in (None, line.plan.customer_id)
    if not line.source_waba_id or is_anothers:
        return None
    return upsert_waba(partner_id=line.partner_id, waba_id=line.source_waba_id, customer=line.plan.customer)


def open_journey(line: PlanLine, *, now: datetime, by: str) -> Onboarding | None:
    """Open the journey that moves a line; None while another open journey has its number."""
    plan, kind = line.plan, KIND_OF_PATH[line.plan.path]
    account = account_of(line)
    # A number that moves to an account which nobody has named goes there by embedded signup too.
    by_signup = kind in BY_SIGNUP or (kind == Kind.NUMBER_MOVE and account is None)
    moves_in_place = kind == Kind.ON_PREMISES
    onboarding = Onboarding(
        partner_id=line.partner_id,
        customer=plan.customer,
        app=plan.app,
        kind=kind,
        state=OnboardingState.INVITED if by_signup else OnboardingState.SIGNED_UP,
        token=None if by_signup else _token(plan, account),
        waba=account,
        phone_number=line.phone_number if moves_in_place else None,
        signed_up_at=None if by_signup else now,
        created_at=now,
        created_by=by,
    )
    try:
        with transaction.atomic():
            onboarding.save(force_insert=True)
    except IntegrityError:
        return None
    born(row=onboarding, now=now, by=by)
    progress.create_steps(onboarding, now=now, keys=keys_of_path(plan.path))
    PlanLine.objects.filter(pk=line.pk).update(onboarding=onboarding)
    line.onboarding = onboarding
    audit.record(row=onboarding, action="onboarding.planned", now=now, by=by, line=str(line.pk))
    progress.wake(onboarding, now=now)
    return onboarding


def _token(plan: MigrationPlan, account: Waba | None) -> BusinessToken | None:
    """The token that the customer gave for the account; without one our system user speaks for it."""
    tokens = BusinessToken.objects.filter(customer=plan.customer, app=plan.app, state=TokenState.VALID)
    if account is not None:
        tokens = tokens.filter(waba_ids__contains=[account.waba_id])
    return tokens.order_by("-obtained_at").first()


def lets_others_go(owner: str, until: datetime | None, *, now: datetime) -> bool:
    """Whether a number that waits so does not hold back the ones after it: for people, or long for Meta."""
    return owner in PEOPLE or (until is not None and until > now + SHORT_WAIT)


def wake_plan(line: PlanLine, *, now: datetime) -> None:
    """Have the plan look whose turn it is now. The line's journey is locked."""
    plan = MigrationPlan.objects.select_for_update().get(pk=line.plan_id)
    work.schedule(plan, due_at=now, now=now)


def begin(line: PlanLine, plan: MigrationPlan, *, now: datetime, by: str) -> None:
    """The line's turn has come: it moves, and so does its plan. The plan is locked."""
    if plan.state == PlanState.SCHEDULED:
        transition(row=plan, to=PlanState.IN_PROGRESS, now=now, by=by, started_at=now, changed_at=now)
        audit.record(row=plan, action="plan.started", now=now, by=by)
    transition(row=line, to=LineState.MOVING, now=now, by=by)


def close(onboarding: Onboarding, *, now: datetime, by: str) -> None:
    """A journey ended where it was to go, and so did its line. In the transaction of that end."""
    line = of(onboarding)
    if line is None:
        return
    wake_plan(line, now=now)
    line.refresh_from_db(fields=["state"])
    backups.spend(line, now=now)
    if onboarding.kind == Kind.ROLLBACK:
        transition(row=line, to=LineState.ROLLED_BACK, now=now, by=by)
        tell_returned(line.plan, now=now, by=by)
    elif line.state == LineState.MOVING:
        transition(row=line, to=LineState.MOVED, now=now, by=by, moved_at=now)


def pass_no_return(line: PlanLine, step: StepKey, *, now: datetime) -> None:
    """Keep when the line did what cannot be undone, if this step is that. Inside the scope."""
    if step in points_of_no_return(line) and line.passed_no_return_at is None:
        line.passed_no_return_at = now
        line.save(update_fields=["passed_no_return_at"])


def note_downtime(line: PlanLine, *, since: datetime | None = None, until: datetime | None = None) -> None:
    """Keep from when until when a number could neither send nor receive; the first beginning counts."""
    if since is not None and line.downtime_started_at is None:
        line.downtime_started_at = since
    if until is not None and line.downtime_started_at is not None and line.downtime_ended_at is None:
        line.downtime_ended_at = until
    line.save(update_fields=["downtime_started_at", "downtime_ended_at"])
