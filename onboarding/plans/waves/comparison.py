"""Two schedules side by side: what differs in their rules, their figures, and the day of each plan."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q

from onboarding.models import MigrationPlan, PlanLine, PlanWish, WaveSchedule, WaveSlot
from onboarding.plans.waves.plan_rows import told_starts
from onboarding.plans.waves.schedule_rules import RULES
from onboarding.states import LineState

COMPARED = ("first_day", "last_day", *RULES)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A schedule in numbers; what the planner has not said yet is None."""

    first_move: date | None
    last_move: date | None
    waves: int
    customers: int
    numbers: int
    most_numbers_a_day: int
    weighted_days: int | None
    is_optimal: bool | None
    wishes_left_out: int


@dataclass(frozen=True, kw_only=True)
class PlanChange:
    """A plan that moves at another time, or only in one of the two schedules."""

    plan: MigrationPlan
    before: WaveSlot | None
    after: WaveSlot | None
    # The start of which the customer was told last.
    told_start_at: datetime | None

    @property
    def days(self) -> int | None:
        """How many days later it moves; None if it moves in one schedule only."""
        return (self.after.day - self.before.day).days if self.before and self.after else None

    @property
    def must_correct(self) -> bool:
        """Whether the customer was told something that would no longer be true."""
        starts_at = self.after.starts_at if self.after else None
        return self.told_start_at is not None and self.told_start_at != starts_at


@dataclass(frozen=True, kw_only=True)
class RuleChange:
    """One rule that the schedules do not share; the names are those of the schedule's fields."""

    name: str
    label: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What would be different with the second schedule."""

    before: Figures
    after: Figures
    rules: list[RuleChange]
    # Wishes that only the second schedule leaves out, and those that it keeps again.
    dropped: list[PlanWish]
    kept: list[PlanWish]
    changes: list[PlanChange]
    unchanged: int

    @property
    def to_correct(self) -> list[PlanChange]:
        """Whose customers were told a date that would no longer be true."""
        return [change for change in self.changes if change.must_correct]

    @property
    def days_saved(self) -> int | None:
        """How many days earlier everybody has moved."""
        before, after = self.before.last_move, self.after.last_move
        return (before - after).days if before and after else None


def compare(before: WaveSchedule | None, after: WaveSchedule) -> Comparison:
    """Compare a schedule with another one, or with none, in as many queries for one plan as for 500."""
    found = {side.pk: _slots(side) for side in (before, after) if side is not None}
    old, new = found[before.pk] if before else {}, found[after.pk]
    plans = {slot.plan_id: slot.plan for slot in (*old.values(), *new.values())}
    numbers = _numbers(plans)
    told = told_starts()
    changes = [
        PlanChange(plan=plan, before=old.get(pk), after=new.get(pk), told_start_at=told.get(pk))
        for pk, plan in plans.items()
        if _start(old.get(pk)) != _start(new.get(pk))
    ]
    changes.sort(key=lambda change: (_first(change), change.plan.customer.name, change.plan.pk))
    dropped = set(before.dropped_wishes if before else ()), set(after.dropped_wishes)
    return Comparison(
        before=_figures(before, old, numbers),
        after=_figures(after, new, numbers),
        rules=_rules(before, after) if before else [],
        dropped=_wishes(dropped[1] - dropped[0]),
        kept=_wishes(dropped[0] - dropped[1]),
        changes=changes,
        unchanged=len(plans) - len(changes),
    )


def _slots(schedule: WaveSchedule) -> dict[uuid.UUID, WaveSlot]:
    rows = WaveSlot.objects.filter(schedule=schedule).select_related("plan__customer")
    return {slot.plan_id: slot for slot in rows}


def _start(slot: WaveSlot | None) -> datetime | None:
    return slot.starts_at if slot else None


def _first(change: PlanChange) -> datetime:
    return min(slot.starts_at for slot in (change.before, change.after) if slot is not None)


def _numbers(plans: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many numbers each plan moves."""
    rows = PlanLine.objects.filter(plan__in=plans).order_by().values("plan_id")
    counted = rows.annotate(n=Count("pk", filter=~Q(state=LineState.ABANDONED)))
    return dict(counted.values_list("plan_id", "n"))


def _figures(
    schedule: WaveSchedule | None, slots: Mapping[uuid.UUID, WaveSlot], numbers: Mapping[uuid.UUID, int]
) -> Figures:
    on: dict[date, int] = {}
    for slot in slots.values():
        on[slot.day] = on.get(slot.day, 0) + numbers.get(slot.plan_id, 0)
    result: Mapping[str, Any] = schedule.result if schedule else {}
    return Figures(
        first_move=min(on, default=None),
        last_move=max(on, default=None),
        waves=len(on),
        customers=len(slots),
        numbers=sum(on.values()),
        most_numbers_a_day=max(on.values(), default=0),
        weighted_days=result.get("weighted_days"),
        is_optimal=result.get("is_optimal"),
        wishes_left_out=len(schedule.dropped_wishes) if schedule else 0,
    )


def _rules(before: WaveSchedule, after: WaveSchedule) -> list[RuleChange]:
    fields = [field for field in WaveSchedule._meta.fields if field.name in COMPARED]
    found = [(field, getattr(before, field.name), getattr(after, field.name)) for field in fields]
    return [
        RuleChange(name=field.name, label=str(field.verbose_name), before=old, after=new)
        for field, old, new in found
        if old != new
    ]


def _wishes(ids: set[uuid.UUID]) -> list[PlanWish]:
    rows = PlanWish.objects.filter(pk__in=ids, withdrawn_at=None).select_related("plan__customer")
    return list(rows.order_by("plan__customer__name", "day", "pk"))
