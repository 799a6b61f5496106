"""What a customer reads of its move: the date, what happens, what is asked, what came of it. No queries."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from onboarding import dates, words
from onboarding.models import Owner, Path, PlanLine, PlanWish, WishKind
from onboarding.page import Line, Rail
from onboarding.plans.customer.report_words import Report, report_in_words
from onboarding.plans.customer.rows import PlanRows
from onboarding.plans.customer.words import (
    LINE_LOOKS,
    LINE_WORDS,
    MOVES,
    TASKS,
    TITLES,
    Move,
    expected_downtime,
    measured_downtime,
)
from onboarding.plans.numbers import international
from onboarding.plans.paths.facts import FACTS, PathFacts
from onboarding.reasons import REASONS
from onboarding.states import LineState, PlanState

BY_CUSTOMER = "customer"
# Seconds between two looks of an open page.
POLLS = {"preparing": 15, "dated": 15, "moving": 5}
TOLD = (Owner.CUSTOMER, Owner.STAFF, Owner.META)


class PlanStage(StrEnum):
    """How far the move is."""

    PREPARING = "preparing"
    DATED = "dated"
    MOVING = "moving"
    DONE = "done"
    OFF = "off"


STAGES = {
    PlanState.DRAFT: PlanStage.PREPARING,
    PlanState.ASSESSED: PlanStage.PREPARING,
    PlanState.SCHEDULED: PlanStage.DATED,
    PlanState.IN_PROGRESS: PlanStage.MOVING,
    PlanState.COMPLETED: PlanStage.DONE,
    PlanState.ABANDONED: PlanStage.OFF,
}


@dataclass(frozen=True, kw_only=True)
class NumberView:
    """One number: where it is, how long it was interrupted, what was proved."""

    number: str
    look: words.Look
    note: str
    downtime: str
    report: Report | None
    passed_no_return: str


@dataclass(frozen=True, kw_only=True)
class WishView:
    """A day that the customer does or does not want."""

    id: uuid.UUID
    text: str
    reason: str
    is_customers: bool


@dataclass(frozen=True, kw_only=True)
class PlanPage:
    """Everything the plan's part of the page shows."""

    stage: PlanStage
    title: str
    move: Move
    facts: PathFacts
    day: str
    hours: str
    is_told: bool
    is_paused: bool
    downtime: str
    measured: str
    numbers: tuple[NumberView, ...]
    wishes: tuple[WishView, ...]
    rail: Rail
    poll: int

    @property
    def may_wish(self) -> bool:
        """Days can be asked for until one is fixed."""
        return self.stage is PlanStage.PREPARING

    @property
    def is_ahead(self) -> bool:
        """Whether there still is something to prepare for."""
        return self.stage in (PlanStage.PREPARING, PlanStage.DATED, PlanStage.MOVING)

    @property
    def has_point_of_no_return(self) -> bool:
        """Whether there is a step after which the move cannot be undone."""
        return self.facts.no_return_step is not None

    @property
    def is_beyond_return(self) -> bool:
        """Whether that step is behind every number that moves."""
        left = [number for number in self.numbers if number.look.key not in ("done", "back", "off")]
        return bool(left) and all(number.passed_no_return for number in left)


def build(rows: PlanRows, *, now: datetime, zone: str) -> PlanPage:
    """Turn the rows of a plan into the page of this moment, in the language that is active."""
    plan = rows.plan
    stage = STAGES[PlanState(plan.state)]
    if stage is PlanStage.DONE and all(line.state != LineState.MOVED for line in rows.lines):
        stage = PlanStage.OFF  # everything went back
    numbers = tuple(_number(rows, line, now=now, zone=zone) for line in rows.lines)
    start, end = plan.planned_start_at, plan.planned_end_at
    is_dated = start is not None and stage in (PlanStage.DATED, PlanStage.MOVING, PlanStage.DONE)
    day = dates.day(start, zone=zone) if start and is_dated else ""
    return PlanPage(
        stage=stage,
        title=str(TITLES[stage]) % {"day": day},
        move=MOVES[plan.path],
        facts=FACTS[Path(plan.path)],
        day=day,
        hours=_hours(start, end, zone=zone) if day else "",
        is_told=rows.is_told,
        is_paused=plan.paused_at is not None and stage in (PlanStage.DATED, PlanStage.MOVING),
        downtime=expected_downtime(plan.path, start if is_dated else None, zone=zone),
        measured=measured_downtime(rows.lines),
        numbers=numbers,
        wishes=tuple(_wish(wish) for wish in rows.wishes),
        rail=_rail(rows, stage, numbers),
        poll=POLLS.get(stage, 0),
    )


def _hours(start: datetime | None, end: datetime | None, *, zone: str) -> str:
    if start is None:
        return ""
    if end is None or end <= start:
        return _("from %(time)s") % {"time": dates.hour(start, zone=zone)}
    begins = dates.clock(start, zone=zone)
    if dates.day(start, zone=zone) == dates.day(end, zone=zone):
        return _("from %(start)s to %(end)s") % {"start": begins, "end": dates.hour(end, zone=zone)}
    return _("from %(start)s, until %(end)s") % {"start": begins, "end": dates.in_words(end, zone=zone)}


def _number(rows: PlanRows, line: PlanLine, *, now: datetime, zone: str) -> NumberView:
    look, note = _look(rows, line, now=now, zone=zone)
    report = rows.reports.get(line.pk)
    passed = line.passed_no_return_at
    return NumberView(
        number=international(line.display_phone_number),
        look=look,
        note=note,
        downtime=measured_downtime([line]),
        report=report_in_words(report, zone=zone) if report else None,
        passed_no_return=dates.short(passed, now=now, zone=zone) if passed else "",
    )


def _look(rows: PlanRows, line: PlanLine, *, now: datetime, zone: str) -> tuple[words.Look, str]:
    """How a number looks, and what it waits for if that says anything to its customer."""
    step, state = rows.steps.get(line.pk), LineState(line.state)
    if state == LineState.MOVED and line.moved_at:
        return words.LOOKS["done"], _("Moved: %(at)s") % {
            "at": dates.short(line.moved_at, now=now, zone=zone)
        }
    if state not in (LineState.PENDING, LineState.MOVING):
        return LINE_LOOKS[state], str(LINE_WORDS[state])
    owner = Owner(step.owner) if step and step.owner else Owner.PORTAL
    reason = REASONS.get(step.reason) if step else None
    told = str(reason.title) if reason and owner in TOLD else str(LINE_WORDS[state])
    if state == LineState.PENDING and owner != Owner.CUSTOMER:
        return words.LOOKS["todo"], str(LINE_WORDS[state])
    return words.LOOKS[words.OWNER_LOOKS[owner]], told


def _wish(wish: PlanWish) -> WishView:
    day = {"day": dates.whole_day(wish.day)}
    texts = {
        WishKind.NOT_BEFORE: _("Not before %(day)s"),
        WishKind.NOT_AFTER: _("Not after %(day)s"),
        WishKind.NOT_ON: _("Not on %(day)s"),
    }
    return WishView(
        id=wish.pk,
        text=texts[WishKind(wish.kind)] % day,
        reason=wish.reason,
        is_customers=wish.created_by == BY_CUSTOMER,
    )


def _rail(rows: PlanRows, stage: PlanStage, numbers: tuple[NumberView, ...]) -> Rail:
    """The four parts of every move; the current one is whose move it is."""
    if stage is PlanStage.OFF:
        return Rail(tasks=(), number=0)
    begun = {
        PlanStage.PREPARING: 0,
        PlanStage.DATED: 1,
        PlanStage.MOVING: 2 if any(line.state != LineState.MOVED for line in rows.lines) else 3,
        PlanStage.DONE: len(TASKS),
    }[stage]
    looks = {number.look.key for number in numbers}
    now = "you" if "you" in looks else ("busy" if stage is PlanStage.MOVING else "ours")
    keys = ["done" if place < begun else now if place == begun else "todo" for place in range(len(TASKS))]
    tasks = tuple(Line(str(title), words.LOOKS[key]) for title, key in zip(TASKS, keys, strict=True))
    return Rail(tasks=tasks, number=min(begun + 1, len(TASKS)))
