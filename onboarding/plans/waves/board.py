"""The calendar of a schedule: what each day takes and holds, what has no day yet, and what is in trouble."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import Q

from onboarding.models import MigrationPlan, PlanLine, Risk, Step, WaveSchedule, WaveSlot
from onboarding.plans.drift import DAY_PASSED, drifts
from onboarding.plans.needs import requirement_of
from onboarding.plans.queries import is_late
from onboarding.plans.solver.calendar import is_month_boundary
from onboarding.plans.solver.problem import Rules
from onboarding.plans.waves import problem_rows
from onboarding.requirements import PEOPLE, Requirement, of_step
from onboarding.states import OPEN_PLANS, LineState, PlanState, ScheduleState, StepState

DAY = timedelta(days=1)
WEEK = 7
UNPLANNED = (PlanState.DRAFT, PlanState.ASSESSED)


class Closed(StrEnum):
    """Why nobody moves on a day, or, on a boundary of the month, nobody who shares credit."""

    WEEKDAY = "WEEKDAY"
    BLACKOUT = "BLACKOUT"
    MONTH = "MONTH"


class Trouble(StrEnum):
    """Why a plan needs a look."""

    LATE = "LATE"
    BLOCKED = "BLOCKED"
    PAUSED = "PAUSED"
    DRIFTED = "DRIFTED"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which plans are counted; empty means all of them."""

    path: str = ""
    owner: str = ""
    risk: str = ""

    @property
    def narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.path or self.owner or self.risk)

    def accept(self, plan: MigrationPlan) -> bool:
        """Whether the plan is among those that are looked at."""
        return (
            self.path in ("", plan.path)
            and self.risk in ("", plan.risk)
            and self.owner in ("", str(plan.owner_id))
        )


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One plan on the board."""

    plan: MigrationPlan
    numbers: int
    slot: WaveSlot | None
    trouble: Trouble | None
    requirement: Requirement | None
    # Why an assessed plan gets no day in this schedule.
    left_out: problem_rows.LeftOut | None


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a day holds."""

    customers: int = 0
    numbers: int = 0

    def of(self, schedule: WaveSchedule) -> int:
        """How full that makes a day, in percent of the limit that it comes nearer to."""
        return max(
            100 * self.customers // schedule.customers_per_day, 100 * self.numbers // schedule.numbers_per_day
        )


@dataclass(frozen=True, kw_only=True)
class Day:
    """One field of the calendar; `shown` is what the filters leave of `load`."""

    day: date
    wave: int | None
    load: Load
    shown: Load
    percent: int
    risks: Mapping[str, int]
    # New customers in the 7 days that end here.
    signups: int
    closed: Sequence[Closed]
    troubles: Mapping[Trouble, int]
    is_today: bool
    is_past: bool
    in_range: bool


@dataclass(frozen=True, kw_only=True)
class Board:
    """A schedule as a calendar of whole weeks, and what stands beside it."""

    schedule: WaveSchedule
    days: Sequence[Day]
    # Plans without a day in this schedule, and those whose move needs a look.
    unplanned: Sequence[Entry]
    troubled: Sequence[Entry]

    @property
    def customers(self) -> int:
        return sum(day.shown.customers for day in self.days)

    @property
    def numbers(self) -> int:
        return sum(day.shown.numbers for day in self.days)


def schedule_in_force() -> WaveSchedule | None:
    """The schedule that counts, if one was applied."""
    return WaveSchedule.objects.filter(state=ScheduleState.APPLIED).first()


def board_of(schedule: WaveSchedule, *, filters: Filters, now: datetime) -> Board:
    """The board of a schedule, in as many queries for 500 customers as for one."""
    slots = list(
        schedule.slots.select_related("plan__customer", "plan__owner__user")
        .exclude(plan__state=PlanState.ABANDONED)
        .order_by("starts_at", "plan__priority", "id")
    )
    waiting = MigrationPlan.objects.filter(state__in=UNPLANNED).select_related("customer", "owner__user")
    unplanned = waiting.exclude(pk__in=[slot.plan_id for slot in slots]).order_by(
        "priority", "created_at", "id"
    )
    question = problem_rows.load(schedule, now=now)
    rows = [*((slot.plan, slot) for slot in slots), *((plan, None) for plan in unplanned)]
    entries = _entries(rows, question, now=now)
    planned = [entry for entry in entries if entry.slot]
    rules, signups = question.problem.rules, _signups(question, planned)
    return Board(
        schedule=schedule,
        days=_days(schedule, planned, rules, signups, filters=filters, now=now),
        unplanned=[entry for entry in entries if not entry.slot and filters.accept(entry.plan)],
        troubled=[entry for entry in planned if entry.trouble and filters.accept(entry.plan)],
    )


def lines_of(plans: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, list[PlanLine]]:
    """The numbers of each plan in the order in which they move: the test number first."""
    found: dict[uuid.UUID, list[PlanLine]] = defaultdict(list)
    for line in PlanLine.objects.filter(plan__in=plans).order_by("-is_test_number", "position"):
        found[line.plan_id].append(line)
    return found


def waits_of(lines: Iterable[PlanLine]) -> Mapping[uuid.UUID, Requirement]:
    """What each line waits for from a person, on its way or on its way back; the others are left out."""
    line_of = {way: line.pk for line in lines for way in (line.onboarding_id, line.rollback_id) if way}
    steps = Step.objects.filter(
        Q(state=StepState.FAILED) | Q(state=StepState.WAITING, owner__in=PEOPLE), onboarding__in=line_of
    )
    # The first step that waits is written last, so it stays.
    found = {line_of[step.onboarding_id]: of_step(step) for step in steps.order_by("-position")}
    return {line: need for line, need in found.items() if need}


def _entries(
    rows: Sequence[tuple[MigrationPlan, WaveSlot | None]], question: problem_rows.Question, *, now: datetime
) -> list[Entry]:
    lines = lines_of(plan.pk for plan, _slot in rows)
    open_plans = [plan.pk for plan, _slot in rows if plan.state in OPEN_PLANS]
    needs = waits_of(line for plan in open_plans for line in lines.get(plan, ()))
    # What another schedule proposes instead of the plan's date is judged when it is solved.
    dated = [plan for plan, slot in rows if slot and slot.starts_at == plan.planned_start_at]
    drift = drifts(dated, now=now)
    found = []
    for plan, slot in rows:
        against = drift.get(plan.pk, ())
        own = lines.get(plan.pk, ())
        need = next((needs[line.pk] for line in own if line.pk in needs), None)
        entry = Entry(
            plan=plan,
            numbers=sum(line.state != LineState.ABANDONED for line in own),
            slot=slot,
            trouble=trouble_of(plan, need, against, now=now),
            requirement=requirement_of(plan, against[0]) if against else need,
            left_out=question.left_out.get(plan),
        )
        found.append(entry)
    return found


def trouble_of(
    plan: MigrationPlan, need: Requirement | None, against: Sequence[str], *, now: datetime
) -> Trouble | None:
    """Whether somebody has to look at the plan; `against`: why its date holds no more."""
    if plan.state not in OPEN_PLANS:
        return None
    if plan.paused_at:
        return Trouble.PAUSED
    if against:
        return Trouble.LATE if against[0] == DAY_PASSED else Trouble.DRIFTED
    if need:
        return Trouble.BLOCKED
    return Trouble.LATE if is_late(plan, now=now) else None


def _days(
    schedule: WaveSchedule,
    planned: Sequence[Entry],
    rules: Rules,
    signups: Mapping[date, int],
    *,
    filters: Filters,
    now: datetime,
) -> list[Day]:
    on: dict[date, list[Entry]] = defaultdict(list)
    for entry in planned:
        if entry.slot:
            on[entry.slot.day].append(entry)
    today = now.astimezone(ZoneInfo(schedule.time_zone)).date()
    return [
        Day(
            day=day,
            wave=next((entry.slot.wave for entry in on[day] if entry.slot), None),
            load=(load := _load(on[day])),
            shown=_load(shown := [entry for entry in on[day] if filters.accept(entry.plan)]),
            percent=load.of(schedule),
            risks={risk.value: sum(one.plan.risk == risk for one in shown) for risk in Risk},
            signups=sum(signups.get(day - n * DAY, 0) for n in range(WEEK)),
            closed=_closed(schedule, rules, day),
            troubles=Counter(entry.trouble for entry in shown if entry.trouble),
            is_today=day == today,
            is_past=day < today,
            in_range=schedule.first_day <= day <= schedule.last_day,
        )
        for day in _weeks(schedule, on, today)
    ]


def _signups(question: problem_rows.Question, planned: Sequence[Entry]) -> Mapping[date, int]:
    """New customers by day: those whom Meta has already counted, and those to come."""
    found = Counter(question.problem.rules.recent_signups)
    new = {mover.id for mover in question.problem.movers if mover.needs_signup}
    for entry in planned:
        if entry.slot and str(entry.plan.pk) in new:
            found[entry.slot.day] += 1
    return found


def _load(entries: Sequence[Entry]) -> Load:
    return Load(customers=len(entries), numbers=sum(entry.numbers for entry in entries))


def _weeks(schedule: WaveSchedule, used: Mapping[date, Sequence[Entry]], today: date) -> list[date]:
    """Whole weeks, Monday first: from the first day to the week after the last move, or all without moves."""
    first = min([schedule.first_day, *used])
    last = max([*used, *([today] if used else [])], default=schedule.last_day)
    if used:
        last = max(min(last + WEEK * DAY, schedule.last_day), *used)
    first -= first.weekday() * DAY
    last += (WEEK - 1 - last.weekday()) * DAY
    return [first + n * DAY for n in range((last - first).days + 1)]


def _closed(schedule: WaveSchedule, rules: Rules, day: date) -> list[Closed]:
    found = [Closed.WEEKDAY] if day.isoweekday() not in schedule.weekdays else []
    found += [Closed.BLACKOUT] if day in schedule.blackouts else []
    is_boundary = is_month_boundary(day, ends=rules.month_ends, begins=rules.month_begins)
    return found + ([Closed.MONTH] if is_boundary else [])
