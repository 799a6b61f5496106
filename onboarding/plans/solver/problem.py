"""What the planner is asked and what it answers: plain data, without Django and without a word for people.

The rules, in the words that the solver, the checker and the brute force of the tests share. "Day" is a day of
the staff's time zone; a move lies wholly inside one day.

1. Every mover has one day between `first_day` and `last_day`, on one of `weekdays` and not in `blackouts`.
2. On that day the staff's hours and the mover's local hours overlap without a gap for `duration()`. The
   mover's hours may cross midnight, the staff's may not.
3. A day takes at most `numbers_per_day` numbers, `customers_per_day` movers, `high_risk_per_day` HIGH ones.
4. Any 7 days in a row take at most `signups_per_week` movers who need a signup, `recent_signups` included.
5. A mover who shares credit has no day among the last 3 and the first 4 of a month.
6. A mover has no day before its `locked_until`.
7. A mover's day is later than that of each mover in its `after`.
8. If there is any mover who is not HIGH, the day of a HIGH mover is later than the day of at least one such
   mover; not asked when `is_tried` (one has moved before this plan).
9. Wishes are kept.

A mover who is `fixed` is under way on that day: no rule is asked of it, it uses its share of every limit (a
limit is never less than what fixed movers use), and what it was to come after no longer matters.

Best is, one after the other: the earliest last day; the fewest movers moved away from the day they were
`told`; the least sum of weight x days since `first_day`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

DAY = timedelta(days=1)
# Meta shares no credit with a WABA that changes partner on these days of a month.
LAST_DAYS, FIRST_DAYS = 3, 4
WEEK = 7


class Risk(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class WishKind(StrEnum):
    NOT_BEFORE = "NOT_BEFORE"
    NOT_AFTER = "NOT_AFTER"
    NOT_ON = "NOT_ON"


class BadProblem(ValueError):
    """The question contradicts itself in a way that no rule can be named for."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What one customer wants of the calendar; `day` itself is allowed by NOT_BEFORE and NOT_AFTER."""

    id: str
    kind: WishKind
    day: date

    def allows(self, day: date) -> bool:
        """Whether a move on this day keeps the wish."""
        if self.kind == WishKind.NOT_BEFORE:
            return day >= self.day
        return day <= self.day if self.kind == WishKind.NOT_AFTER else day != self.day


@dataclass(frozen=True, kw_only=True)
class Mover:
    """A customer with all the numbers that move together; `weight` says how much a day of waiting costs."""

    id: str
    numbers: int = 1
    weight: int = 1
    risk: Risk = Risk.MEDIUM
    needs_signup: bool = False
    shares_credit: bool = False
    time_zone: str = "Europe/Rome"
    moves_from: time = time(8)
    moves_until: time = time(18)
    after: tuple[str, ...] = ()
    # The first day on which Meta lets it move again, and the key of the reason; the planner only hands it on.
    locked_until: date | None = None
    lock_reason: str = ""
    fixed: date | None = None
    told: date | None = None
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the partner can do in a day, and when; `weekdays` as ISO counts them, Monday is 1."""

    first_day: date
    last_day: date
    numbers_per_day: int = 40
    customers_per_day: int = 20
    signups_per_week: int = 10
    high_risk_per_day: int = 2
    minutes_per_number: int = 15
    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    blackouts: frozenset[date] = frozenset()
    time_zone: str = "Europe/Rome"
    works_from: time = time(8)
    # Midnight means the end of the day.
    works_until: time = time(18)
    recent_signups: Mapping[date, int] = field(default_factory=dict)
    is_tried: bool = False
    # On so many days at the end and at the beginning of a month no credit is shared.
    month_ends: int = LAST_DAYS
    month_begins: int = FIRST_DAYS
    seed: int = 1

    @property
    def days(self) -> int:
        """How many days there are, first and last included."""
        return (self.last_day - self.first_day).days + 1


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Who is to move, and the rules."""

    rules: Rules
    movers: tuple[Mover, ...]

    def __post_init__(self) -> None:
        known = {mover.id for mover in self.movers}
        if len(known) != len(self.movers):
            raise BadProblem("two movers have the same id")
        if self.rules.days < 1 or not self.rules.weekdays:
            raise BadProblem("there is no day to move on")
        if time(0) < self.rules.works_until <= self.rules.works_from:
            raise BadProblem("the staff's hours cross midnight")
        for mover in self.movers:
            if not known.issuperset(mover.after):
                raise BadProblem(f"{mover.id} comes after somebody who is not planned")
            if mover.fixed and not self.rules.first_day <= mover.fixed <= self.rules.last_day:
                raise BadProblem(f"{mover.id} is fixed on a day outside the plan")
            if mover.numbers < 0 or mover.weight < 0:
                raise BadProblem(f"{mover.id} has less than no numbers or no weight")

    def duration(self, mover: Mover) -> timedelta:
        """How long the mover's move takes, its numbers one after the other."""
        return timedelta(minutes=self.rules.minutes_per_number * max(mover.numbers, 1))


@dataclass(frozen=True, kw_only=True)
class Slot:
    """When one mover moves; `wave` counts the used days from 1."""

    mover: str
    day: date
    wave: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A day for everybody, by the rules. What is not proven to be best says so."""

    slots: tuple[Slot, ...]
    last_day: date | None
    moved: int  # movers who are not on the day they were told
    weighted_days: int
    bound: int  # no plan with this last day and this `moved` has a smaller sum of weighted days
    is_optimal: bool
    seconds: float


class ElementKind(StrEnum):
    """What a conflict is made of. Weekdays, blackouts, Meta's month and rule 8 are never in it: they stay."""

    WISH = "WISH"
    DEPENDENCY = "DEPENDENCY"
    LOCK = "LOCK"
    HOURS = "HOURS"  # the mover's hours and the staff's never overlap for long enough
    NUMBERS_PER_DAY = "NUMBERS_PER_DAY"
    CUSTOMERS_PER_DAY = "CUSTOMERS_PER_DAY"
    SIGNUPS_PER_WEEK = "SIGNUPS_PER_WEEK"
    HIGH_RISK_PER_DAY = "HIGH_RISK_PER_DAY"
    DEADLINE = "DEADLINE"  # last_day


@dataclass(frozen=True, kw_only=True, order=True)
class Element:
    """One thing that could be given up; `mover` is whose it is, `other` whom a dependency waits for."""

    kind: ElementKind
    mover: str = ""
    other: str = ""
    wish: str = ""
    day: date | None = None
    limit: int | None = None


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Why there is no plan: without any one of the elements, the others could be met.

    `is_minimal` is False when time ran out before each element was tried, `is_smallest` when a conflict of
    fewer wishes could not be excluded.
    """

    elements: tuple[Element, ...]
    is_minimal: bool
    is_smallest: bool
    seconds: float


class OutOfTime(RuntimeError):
    """Neither a plan nor a proof that there is none was found in the time given."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one wish costs: by how much the best plan without it is better. None is not known."""

    days: int  # of the finish
    moved: int | None  # of those told another day
    weighted_days: int | None
