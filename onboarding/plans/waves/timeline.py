"""One wave hour by hour: what was planned for each number, what happened, and what it waits for."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from onboarding.models import CheckResult, MigrationPlan, PlanCheck, PlanLine, WaveSchedule, WaveSlot
from onboarding.plans.moving.no_return import points_of_no_return
from onboarding.plans.queries import LineView, Summary, summaries
from onboarding.plans.waves.board import Trouble, trouble_of
from onboarding.requirements import PEOPLE
from onboarding.states import LineState, PlanState
from portal.kernel.models import Transition

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_TICKS = 8
TICKS = tuple(n * HOUR for n in (1, 2, 3, 4, 6))
CLOSED_LINES = (LineState.MOVED, LineState.ROLLED_BACK, LineState.ABANDONED)


@dataclass(frozen=True, kw_only=True)
class Span:
    """From when until when; no end: it goes on."""

    start: datetime
    end: datetime | None

    @property
    def length(self) -> timedelta | None:
        return self.end - self.start if self.end else None


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The hours of the picture."""

    start: datetime
    end: datetime

    def percent(self, at: datetime) -> float:
        """Where a moment stands, between 0 and 100."""
        return min(max(100 * ((at - self.start) / (self.end - self.start)), 0.0), 100.0)

    def place(self, at: datetime) -> str:
        """Where a moment stands, for CSS."""
        return f"left:{self.percent(at):.2f}%"

    def bar(self, span: Span, *, now: datetime) -> str:
        """Where a span stands, for CSS; what goes on reaches to the present."""
        left = self.percent(span.start)
        return f"left:{left:.2f}%;width:{max(self.percent(span.end or now) - left, 0.0):.2f}%"

    def shows(self, at: datetime) -> bool:
        """Whether a moment is in the picture."""
        return self.start <= at <= self.end

    def meets(self, span: Span) -> bool:
        """Whether any of a span is in the picture; the rest of it is told in words."""
        return span.start <= self.end and (span.end is None or span.end >= self.start)

    def ticks(self) -> list[datetime]:
        """Full hours, few enough to be read."""
        wide = self.end - self.start
        step = next(one for one in TICKS if wide / one <= MOST_TICKS)
        return [self.start + n * step for n in range(int(wide / step) + 1)]


@dataclass(frozen=True, kw_only=True)
class Track:
    """One number of the wave: its planned minutes, and what became of them."""

    view: LineView
    planned: Span
    actual: Span | None
    downtime: Span | None
    # Whether a step of the move is final.
    has_no_return: bool
    checks_fine: int
    checks: int


@dataclass(frozen=True, kw_only=True)
class Group:
    """One plan of the wave with its numbers, in the order in which they move."""

    summary: Summary
    planned: Span
    actual: Span | None
    trouble: Trouble | None
    tracks: Sequence[Track]


@dataclass(frozen=True, kw_only=True)
class Wave:
    """Everything that moves on one day of a schedule."""

    schedule: WaveSchedule
    number: int
    day: date
    groups: Sequence[Group]
    axis: Axis
    previous: int | None
    next: int | None

    @property
    def lines(self) -> Counter[str]:
        """How many numbers are in each state."""
        return Counter(track.view.line.state for group in self.groups for track in group.tracks)


def wave_of(schedule: WaveSchedule, number: int, *, now: datetime) -> Wave | None:
    """The wave with this number; None if nobody moves in it."""
    slots = list(
        schedule.slots.filter(wave=number)
        .exclude(plan__state=PlanState.ABANDONED)
        .select_related("plan__customer", "plan__owner__user")
        .order_by("starts_at", "plan__priority", "id")
    )
    if not slots:
        return None
    groups = _Facts(slots, now=now).groups(slots)
    others = sorted(set(schedule.slots.exclude(wave=number).values_list("wave", flat=True)))
    return Wave(
        schedule=schedule,
        number=number,
        day=slots[0].day,
        groups=groups,
        axis=_axis(groups, slots[0].day, zone=ZoneInfo(schedule.time_zone), now=now),
        previous=max((other for other in others if other < number), default=None),
        next=min((other for other in others if other > number), default=None),
    )


class _Facts:
    """What the wave needs from other tables, each read once."""

    def __init__(self, slots: Sequence[WaveSlot], *, now: datetime) -> None:
        self.now = now
        self.summaries = summaries([slot.plan for slot in slots], now=now)
        lines = [view.line.pk for summary in self.summaries for view in summary.lines]
        self.entered = _entered(lines)
        self.checks: dict[uuid.UUID, Counter[str]] = defaultdict(Counter)
        for line, result in PlanCheck.objects.filter(line__in=lines).values_list("line", "result"):
            self.checks[line][result] += 1

    def groups(self, slots: Sequence[WaveSlot]) -> list[Group]:
        return [self._group(slot, summary) for slot, summary in zip(slots, self.summaries, strict=True)]

    def _group(self, slot: WaveSlot, summary: Summary) -> Group:
        plan, views = summary.plan, summary.lines
        moving = [view for view in views if view.line.state != LineState.ABANDONED] or views
        each = (slot.ends_at - slot.starts_at) / max(len(moving), 1)
        turns = {view.line.pk: slot.starts_at + n * each for n, view in enumerate(moving)}
        needs = [view.requirement for view in views if view.requirement and view.requirement.owner in PEOPLE]
        return Group(
            summary=summary,
            planned=Span(start=slot.starts_at, end=slot.ends_at),
            actual=Span(start=plan.started_at, end=plan.ended_at) if plan.started_at else None,
            trouble=trouble_of(plan, needs[0] if needs else None, summary.drift, now=self.now),
            tracks=[self._track(plan, view, turns.get(view.line.pk, slot.starts_at), each) for view in views],
        )

    def _track(self, plan: MigrationPlan, view: LineView, turn: datetime, each: timedelta) -> Track:
        line, checks = view.line, self.checks[view.line.pk]
        line.plan = plan
        down = line.downtime_started_at
        return Track(
            view=view,
            planned=Span(start=turn, end=turn + each),
            actual=_actual(line, self.entered.get(line.pk, {})),
            downtime=Span(start=down, end=line.downtime_ended_at) if down else None,
            has_no_return=bool(points_of_no_return(line)),
            checks_fine=checks[CheckResult.OK],
            checks=sum(checks.values()) - checks[CheckResult.NOT_APPLICABLE],
        )


def _entered(lines: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, dict[str, datetime]]:
    """When each line came into each of its states."""
    found: dict[uuid.UUID, dict[str, datetime]] = defaultdict(dict)
    history = Transition.objects.filter(subject_id__in=lines).order_by("seq")
    for line, state, at in history.values_list("subject_id", "to_state", "at"):
        found[line][state] = at
    return found


def _actual(line: PlanLine, entered: Mapping[str, datetime]) -> Span | None:
    start = entered.get(LineState.MOVING)
    ended = entered.get(line.state) if line.state in CLOSED_LINES else None
    return Span(start=start, end=ended) if start else None


def _axis(groups: Sequence[Group], day: date, *, zone: ZoneInfo, now: datetime) -> Axis:
    """The hours of the wave's day in which something was planned or happened."""
    midnight = datetime.combine(day, time(), zone)
    spans = [span for group in groups for span in (group.planned, group.actual) if span]
    spans += [track.actual for group in groups for track in group.tracks if track.actual]
    times = [at for span in spans for at in (span.start, span.end or now) if midnight <= at <= midnight + DAY]
    start = min(times).astimezone(zone).replace(minute=0, second=0, microsecond=0)
    hours = max(-((start - max(times)) // HOUR), 1)
    return Axis(start=start, end=start + hours * HOUR)
