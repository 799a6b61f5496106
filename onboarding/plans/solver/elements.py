"""What can be given up of a problem, by name, and which days it keeps a mover from."""

from __future__ import annotations

from datetime import date

from onboarding.plans.solver.calendar import Calendar, Refusal
from onboarding.plans.solver.problem import DAY, Element, ElementKind, Mover, Rules, Wish

# Hours that do not meet in a year never will; nor will a day that is in no month's middle.
A_YEAR = 366
LIMITS = (
    ElementKind.NUMBERS_PER_DAY,
    ElementKind.CUSTOMERS_PER_DAY,
    ElementKind.SIGNUPS_PER_WEEK,
    ElementKind.HIGH_RISK_PER_DAY,
)


def lock_of(mover: Mover) -> Element:
    """The mover's lock."""
    return Element(kind=ElementKind.LOCK, mover=mover.id, day=mover.locked_until)


def hours_of(mover: Mover) -> Element:
    """That the mover moves in hours of its own."""
    return Element(kind=ElementKind.HOURS, mover=mover.id)


def dependency_of(mover: Mover, other: str) -> Element:
    """That the mover comes after another."""
    return Element(kind=ElementKind.DEPENDENCY, mover=mover.id, other=other)


def wish_of(mover: Mover, wish: Wish) -> Element:
    """One of the mover's wishes."""
    return Element(kind=ElementKind.WISH, mover=mover.id, wish=wish.id, day=wish.day)


def rules_of(rules: Rules) -> dict[ElementKind, Element]:
    """The limits and the deadline, which are everybody's."""
    limits = {
        ElementKind.NUMBERS_PER_DAY: rules.numbers_per_day,
        ElementKind.CUSTOMERS_PER_DAY: rules.customers_per_day,
        ElementKind.SIGNUPS_PER_WEEK: rules.signups_per_week,
        ElementKind.HIGH_RISK_PER_DAY: rules.high_risk_per_day,
    }
    deadline = Element(kind=ElementKind.DEADLINE, day=rules.last_day)
    return {kind: Element(kind=kind, limit=limit) for kind, limit in limits.items()} | {
        ElementKind.DEADLINE: deadline
    }


def elements_of(calendar: Calendar) -> list[Element]:
    """Everything that can be given up: the rules first, the wishes last."""
    movers = [mover for mover in calendar.problem.movers if not mover.fixed]
    found = list(rules_of(calendar.rules).values())
    found += [hours_of(mover) for mover in movers if not has_hours(calendar, mover)]
    found += [lock_of(mover) for mover in movers if mover.locked_until]
    found += [dependency_of(mover, other) for mover in movers for other in mover.after]
    return found + [wish_of(mover, wish) for mover in movers for wish in mover.wishes]


def has_hours(calendar: Calendar, mover: Mover) -> bool:
    """Whether the hours of mover and staff ever overlap for long enough."""
    key = (mover.time_zone, mover.moves_from, mover.moves_until, calendar.problem.duration(mover))
    if key not in calendar.meets:
        days = (calendar.rules.first_day + n * DAY for n in range(A_YEAR))
        calendar.meets[key] = any(calendar.span(mover, day) is not None for day in days)
    return calendar.meets[key]


def against(calendar: Calendar, mover: Mover, day: date) -> frozenset[Element] | None:
    """What has to be given up for the mover to have this day; None when nothing would help."""
    found = set()
    for refused in calendar.refusals(mover, day):
        if refused.why == Refusal.LOCK:
            found.add(lock_of(mover))
        elif refused.wish is not None:
            found.add(wish_of(mover, refused.wish))
        elif refused.why == Refusal.HOURS and not has_hours(calendar, mover):
            found.add(hours_of(mover))
        else:
            return None
    return frozenset(found)
