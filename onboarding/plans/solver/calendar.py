"""Which days suit one mover for itself: hours and zones, weekdays, blackouts, Meta's month, locks, wishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from onboarding.plans.solver.problem import DAY, FIRST_DAYS, LAST_DAYS, Mover, Problem, Wish

Span = tuple[datetime, datetime]


class Refusal(StrEnum):
    """Why a day does not suit a mover, whatever the others do."""

    WEEKDAY = "WEEKDAY"
    BLACKOUT = "BLACKOUT"
    MONTH = "MONTH"
    HOURS = "HOURS"
    LOCK = "LOCK"
    WISH = "WISH"


@dataclass(frozen=True)
class Refused:
    """One reason against a day; `wish` says which."""

    why: Refusal
    wish: Wish | None = None


def is_month_boundary(day: date, *, ends: int = LAST_DAYS, begins: int = FIRST_DAYS) -> bool:
    """Whether Meta shares no credit on this day with a WABA that changes partner."""
    return day.day <= begins or (day + ends * DAY).month != day.month


class Calendar:
    """The days of one problem; what many movers have in common is computed once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.rules = problem.rules
        self.meets: dict[object, bool] = {}
        self._overlaps: dict[tuple[str, time, time, date], list[Span]] = {}

    def day(self, index: int) -> date:
        """The day with this index; the first day has 0."""
        return self.rules.first_day + index * DAY

    def index(self, day: date) -> int:
        """How many days after the first day, negative before it."""
        return (day - self.rules.first_day).days

    def span(self, mover: Mover, day: date) -> Span | None:
        """The earliest time of this day in which the whole move fits."""
        needed = self.problem.duration(mover)
        for start, end in self._shared_hours(mover, day):
            if end - start >= needed:
                return start, start + needed
        return None

    def span_of_fixed(self, mover: Mover, day: date) -> Span:
        """The same for a mover under way, from the staff's first minute if its own hours are over."""
        opens, _closes = _span(self.rules.time_zone, day, self.rules.works_from, self.rules.works_until)
        return self.span(mover, day) or (opens, opens + self.problem.duration(mover))

    def refusals(self, mover: Mover, day: date) -> Iterator[Refused]:
        """All that speaks against this day."""
        if day.isoweekday() not in self.rules.weekdays:
            yield Refused(Refusal.WEEKDAY)
        if day in self.rules.blackouts:
            yield Refused(Refusal.BLACKOUT)
        month = {"ends": self.rules.month_ends, "begins": self.rules.month_begins}
        if mover.shares_credit and is_month_boundary(day, **month):
            yield Refused(Refusal.MONTH)
        if self.span(mover, day) is None:
            yield Refused(Refusal.HOURS)
        if mover.locked_until and day < mover.locked_until:
            yield Refused(Refusal.LOCK)
        for wish in mover.wishes:
            if not wish.allows(day):
                yield Refused(Refusal.WISH, wish)

    def _shared_hours(self, mover: Mover, day: date) -> list[Span]:
        key = (mover.time_zone, mover.moves_from, mover.moves_until, day)
        if key not in self._overlaps:
            self._overlaps[key] = list(self._overlap(mover, day))
        return self._overlaps[key]

    def _overlap(self, mover: Mover, day: date) -> Iterator[Span]:
        rules = self.rules
        opens, closes = _span(rules.time_zone, day, rules.works_from, rules.works_until)
        # Zones are up to a day apart, and a mover's hours may have begun on the evening before.
        local = [
            _span(mover.time_zone, day + n * DAY, mover.moves_from, mover.moves_until) for n in range(-2, 3)
        ]
        for start, end in _joined(local):
            if max(start, opens) < min(end, closes):
                yield max(start, opens), min(end, closes)


def _span(zone: str, day: date, begins: time, ends: time) -> Span:
    """These hours of a local day, in UTC: the length of a local day varies."""
    last = day if begins < ends else day + timedelta(days=1)
    local = ZoneInfo(zone)
    return (
        datetime.combine(day, begins, local).astimezone(UTC),
        datetime.combine(last, ends, local).astimezone(UTC),
    )


def _joined(spans: list[Span]) -> list[Span]:
    """One span where one ends as the next begins: hours round the clock have no gap at midnight."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
