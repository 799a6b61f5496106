"""Plans on an ordinary day of the desk: every state, with what stops each of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from onboarding import models, progress
from onboarding.plans import services
from onboarding.states import LineState, OnboardingState, PlanState
from onboarding.steps.keys import KIND_OF_PATH, StepKey, keys_of_path
from portal.kernel.states import born, transition
from tenants.models import PhoneNumber
from tests.factories.plans import NoticeTextFactory
from tests.factories.tenants import CustomerFactory, PhoneNumberFactory, WabaFactory
from tests.factories.waves import ROME
from tests.factories.world import World

ANNA = "anna@nuvola.example"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NUMBERS = count(5550_1000)
STATES = (PlanState.ASSESSED, PlanState.SCHEDULED, PlanState.IN_PROGRESS)


@dataclass
class Made:
    """The plans that tests ask for by name."""

    draft: models.MigrationPlan
    assessed: models.MigrationPlan
    advised_against: models.MigrationPlan
    scheduled: models.MigrationPlan
    late: models.MigrationPlan
    running: models.MigrationPlan
    paused: models.MigrationPlan


def plan_of(
    world: World,
    name: str,
    *,
    now: datetime,
    path: str = "ONPREM_TO_CLOUD",
    state: str = "DRAFT",
    start: datetime | None = None,
    numbers: int = 1,
    **values: Any,
) -> models.MigrationPlan:
    """A customer of this name with a plan in this state; its first number is the test number."""
    customer = CustomerFactory(name=name, contact_name="Giulia Ferri", contact_email="giulia@aurora.example")
    plan = services.create_plan(
        customer=customer, app=world.app, path=path, now=now - 20 * DAY, by=ANNA, **values
    )
    for index in range(numbers):
        services.add_line(
            plan=plan,
            display_phone_number=f"+39 06 {next(NUMBERS)}",
            is_test_number=index == 0 and numbers > 1,
            daily_volume=100 * 4**index,
            now=now - 20 * DAY,
            by=ANNA,
        )
    if state in STATES:
        for each in STATES[: STATES.index(PlanState(state)) + 1]:
            dated = (
                {"planned_start_at": start, "planned_end_at": start + 2 * HOUR, "wave": 2} if start else {}
            )
            moved = {PlanState.SCHEDULED: dated, PlanState.IN_PROGRESS: {"started_at": start}}
            transition(row=plan, to=each, now=now - DAY, by=ANNA, **moved.get(each, {}))
    return plan


def _dates(state: PlanState, start: datetime | None) -> dict[str, Any]:
    if start is None or state == PlanState.ASSESSED:
        return {}
    if state == PlanState.IN_PROGRESS:
        return {"started_at": start}
    return {"planned_start_at": start, "planned_end_at": start + 2 * HOUR, "wave": 2}


def inform(plan: models.MigrationPlan, *, now: datetime, choice: bool = False) -> None:
    """The decision whether to inform the customer."""
    models.PlanDecision.objects.create(
        partner_id=plan.partner_id,
        plan=plan,
        key="INFORM",
        choice=choice,
        text_name="move" if choice else "",
        days_before=14 if choice else None,
        decided_at=now,
        decided_by=ANNA,
    )


def open_line(line: models.PlanLine, *, now: datetime, done: tuple[StepKey, ...] = ()) -> models.Onboarding:
    """The journey of a line, with these steps done."""
    number: PhoneNumber = PhoneNumberFactory(
        waba=WabaFactory(customer=line.plan.customer),
        customer=line.plan.customer,
        display_phone_number=line.display_phone_number,
    )
    onboarding = models.Onboarding(
        partner_id=line.partner_id,
        customer=line.plan.customer,
        app=line.plan.app,
        kind=KIND_OF_PATH[line.plan.path],
        state=OnboardingState.SIGNED_UP,
        waba=number.waba,
        phone_number=number,
        signed_up_at=now,
        created_at=now,
        created_by="portal",
    )
    onboarding.save(force_insert=True)
    born(row=onboarding, now=now, by="portal")
    progress.create_steps(onboarding, now=now, keys=keys_of_path(line.plan.path))
    models.PlanLine.objects.filter(pk=line.pk).update(onboarding=onboarding, phone_number=number)
    line.onboarding, line.phone_number = onboarding, number
    for key in done:
        progress.done(models.Step.objects.get(onboarding=onboarding, key=key), now=now, by="portal")
    return onboarding


def wait(line: models.PlanLine, key: str, reason: str, *, now: datetime, **values: Any) -> None:
    """What a step of the line's journey waits for."""
    step = models.Step.objects.get(onboarding=line.onboarding, key=key)
    progress.wait(step, reason=reason, now=now, by="portal", **values)


def check(line: models.PlanLine, key: str, result: str, *, now: datetime, **evidence: Any) -> None:
    models.PlanCheck.objects.create(
        partner_id=line.partner_id,
        line=line,
        key=key,
        result=result,
        evidence=evidence,
        checked_at=now,
        checked_by="portal",
    )


BEFORE_BACKUP = (
    StepKey.TOKEN,
    StepKey.WEBHOOKS,
    StepKey.SUBSCRIBE,
    StepKey.CREDIT_LINE,
    StepKey.PHONE_NUMBER_ID,
    StepKey.PREFLIGHT,
    StepKey.APPOINTMENT,
)


def running_plan(world: World, *, now: datetime) -> models.MigrationPlan:
    """One number moved, one stopped by a wrong PIN and down, one whose turn has not come."""
    start = now - HOUR
    plan = plan_of(
        world,
        "Panificio Aurora",
        now=now,
        state="IN_PROGRESS",
        start=start,
        numbers=3,
        priority=1,
        risk="HIGH",
    )
    inform(plan, now=now - 19 * DAY)
    moved, stopped, later = plan.lines.order_by("position")
    open_line(moved, now=start, done=(*BEFORE_BACKUP, StepKey.BACKUP, StepKey.REGISTER))
    transition(row=moved, to=LineState.MOVING, now=start, by="portal")
    down = {"downtime_started_at": start + MINUTE, "downtime_ended_at": start + 3 * MINUTE + MINUTE / 2}
    transition(row=moved, to=LineState.MOVED, now=start + 5 * MINUTE, by="portal", moved_at=now, **down)
    open_line(stopped, now=start, done=(*BEFORE_BACKUP, StepKey.BACKUP))
    transition(
        row=stopped, to=LineState.MOVING, now=start, by="portal", downtime_started_at=now - 12 * MINUTE
    )
    wait(stopped, StepKey.REGISTER, "wrong_pin", now=now, failed=True, code=133005, fbtrace_id="AXq8vN0bT2")
    check(stopped, "terms", "OK", now=start, accepted_at="2026-10-01")
    check(stopped, "media", "UNKNOWN", now=start)
    open_line(later, now=start, done=BEFORE_BACKUP[:-1])
    wait(later, StepKey.APPOINTMENT, "test_number_first", now=now)
    return plan


def fill(world: World, *, now: datetime) -> Made:
    """Fill the desk inside the world's scope."""
    for language, text in (("it", "Ciao {contact}, il {date} spostiamo {numbers}."), ("en", "On {date}.")):
        NoticeTextFactory(language=language, body=text, subject="Il vostro passaggio del {date}")
    draft = plan_of(world, "Cantina Bruni", now=now, path="NEW_CUSTOMER")
    assessed = plan_of(world, "Hotel Miramare", now=now, path="NUMBER_WABA_TO_WABA", state="ASSESSED")
    against = plan_of(world, "Clinica Fabbri", now=now, state="ASSESSED")
    models.MigrationPlan.objects.filter(pk=against.pk).update(recommendation="DO_NOT_MOVE")
    models.MigrationPlan.objects.filter(pk=assessed.pk).update(recommendation="MOVE_LATER")
    scheduled = plan_of(
        world, "Libreria Corsara", now=now, state="SCHEDULED", start=now + 5 * DAY, numbers=2, risk="LOW"
    )
    inform(scheduled, now=now, choice=True)
    # Late, and still on its day: the day after it would need another one.
    midnight = now.astimezone(ROME).replace(hour=0, minute=0, second=0, microsecond=0)
    start = max(now - 2 * HOUR, midnight)
    late = plan_of(world, "Officina Bellini", now=now, state="SCHEDULED", start=start)
    inform(late, now=now)
    first = late.lines.get()
    open_line(first, now=now - 3 * DAY, done=BEFORE_BACKUP[:-2])
    wait(first, StepKey.PREFLIGHT, "pin_needed", now=now)
    running = running_plan(world, now=now)
    paused = plan_of(world, "Vivai del Sole", now=now, state="IN_PROGRESS", start=now - DAY)
    models.MigrationPlan.objects.filter(pk=paused.pk).update(paused_at=now - HOUR)
    done = plan_of(world, "Autoscuola Rossi", now=now, state="IN_PROGRESS", start=now - 9 * DAY)
    transition(row=done, to=PlanState.COMPLETED, now=now - 9 * DAY, by="portal", ended_at=now - 9 * DAY)
    services.add_wish(
        plan=scheduled, kind="NOT_BEFORE", day=(now + 3 * DAY).date(), reason="inventario", now=now, by=ANNA
    )
    services.add_dependency(plan=scheduled, after=late, now=now, by=ANNA)
    made = Made(draft, assessed, against, scheduled, late, running, paused)
    for plan in vars(made).values():
        plan.refresh_from_db()
    return made


def many(world: World, *, wanted: int, now: datetime) -> None:
    """A longer list of the same kind of plans."""
    for index in range(wanted):
        start = now + timedelta(days=1 + index % 20)
        plan = plan_of(world, f"Cliente {index:03d}", now=now, state="SCHEDULED", start=start, numbers=2)
        line = plan.lines.order_by("position").first()
        assert line is not None
        open_line(line, now=now, done=BEFORE_BACKUP[:-2])
        wait(line, StepKey.PREFLIGHT, "meta_unavailable", now=now)
