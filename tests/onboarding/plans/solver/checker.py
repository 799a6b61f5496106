"""An independent checker: the rules of `problem.py` read again, in plain loops, without the solver's code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from onboarding.plans.solver.problem import Mover, Problem, Proposal

DAY = timedelta(days=1)


def violations(problem: Problem, proposal: Proposal) -> list[str]:
    """Every rule that the proposal breaks, in words."""
    slots = {slot.mover: slot for slot in proposal.slots}
    if len(slots) != len(proposal.slots) or set(slots) != {mover.id for mover in problem.movers}:
        return ["not everybody has one slot"]
    days = {name: slot.day for name, slot in slots.items()}
    found = list(broken(problem, days))
    used = sorted(set(days.values()))
    for mover in problem.movers:
        slot = slots[mover.id]
        if slot.wave != used.index(slot.day) + 1:
            found.append(f"{mover.id} is in wave {slot.wave}")
        if not mover.fixed:
            found += [f"{mover.id} {why}" for why in _times(problem, mover, slot.starts_at, slot.ends_at)]
            if slot.starts_at.astimezone(ZoneInfo(problem.rules.time_zone)).date() != slot.day:
                found.append(f"{mover.id} starts on another day")
    if proposal.last_day != max(used, default=None):
        found.append("the last day is another")
    return found


def broken(problem: Problem, days: Mapping[str, date]) -> Iterator[str]:
    """The rules that these days break, but for the hours."""
    for mover in problem.movers:
        if mover.fixed:
            if days[mover.id] != mover.fixed:
                yield f"{mover.id} is under way on another day"
            continue
        yield from (f"{mover.id} {why}" for why in unsuited(problem, mover, days[mover.id]))
        for other in mover.after:
            if days[mover.id] <= days[other]:
                yield f"{mover.id} is not after {other}"
    yield from over_limits(problem, days)
    yield from _first(problem, days)


def unsuited(problem: Problem, mover: Mover, day: date) -> Iterator[str]:
    rules = problem.rules
    if not rules.first_day <= day <= rules.last_day:
        yield "is outside the plan"
    if day.isoweekday() not in rules.weekdays or day in rules.blackouts:
        yield "is on a day without moves"
    if mover.shares_credit:
        next_month = (day.replace(day=1) + 32 * DAY).replace(day=1)
        if day.day in (1, 2, 3, 4) or (next_month - day).days <= 3:
            yield "is at a month's boundary"
    if mover.locked_until is not None and day < mover.locked_until:
        yield "is locked"
    for wish in mover.wishes:
        if wish.kind == "NOT_ON" and day == wish.day:
            yield "did not want this day"
        if wish.kind == "NOT_BEFORE" and day < wish.day:
            yield "wanted a later day"
        if wish.kind == "NOT_AFTER" and day > wish.day:
            yield "wanted an earlier day"


def over_limits(problem: Problem, days: Mapping[str, date]) -> Iterator[str]:
    """Days and weeks that hold too much of those who have a day."""
    rules, placed = problem.rules, [mover for mover in problem.movers if mover.id in days]
    for day in sorted(set(days.values())):
        here = [mover for mover in placed if days[mover.id] == day]
        for name, limit, use in (
            ("numbers", rules.numbers_per_day, {mover.id: mover.numbers for mover in here}),
            ("customers", rules.customers_per_day, {mover.id: 1 for mover in here}),
            ("high", rules.high_risk_per_day, {mover.id: int(mover.risk == "HIGH") for mover in here}),
        ):
            allowed = max(limit, sum(use[mover.id] for mover in here if mover.fixed))
            if sum(use.values()) > allowed:
                yield f"too many {name} on {day}"
    signups = {days[mover.id] for mover in placed if mover.needs_signup}
    for begin in sorted({day - n * DAY for day in signups for n in range(7)}):
        week = [begin + i * DAY for i in range(7)]
        recent = sum(rules.recent_signups.get(day, 0) for day in week)
        here = [mover for mover in placed if mover.needs_signup and days[mover.id] in week]
        allowed = max(rules.signups_per_week, recent + sum(1 for mover in here if mover.fixed))
        if recent + len(here) > allowed:
            yield f"too many signups from {begin}"


def _first(problem: Problem, days: Mapping[str, date]) -> Iterator[str]:
    lower = [days[mover.id] for mover in problem.movers if mover.risk != "HIGH"]
    if lower and not problem.rules.is_tried:
        for mover in problem.movers:
            if mover.risk == "HIGH" and not mover.fixed and days[mover.id] <= min(lower):
                yield f"{mover.id} is HIGH and goes before a lower one"


def _times(problem: Problem, mover: Mover, starts_at: datetime, ends_at: datetime) -> Iterator[str]:
    """Every minute of the move is one of the staff's hours and of the mover's."""
    rules = problem.rules
    if ends_at - starts_at != timedelta(minutes=rules.minutes_per_number * max(mover.numbers, 1)):
        yield "has another duration"
    minute, staff, local = starts_at.astimezone(UTC), ZoneInfo(rules.time_zone), ZoneInfo(mover.time_zone)
    while minute < ends_at:
        if not _within(minute.astimezone(staff).time(), rules.works_from, rules.works_until):
            yield f"moves when nobody works, {minute}"
        if not _within(minute.astimezone(local).time(), mover.moves_from, mover.moves_until):
            yield f"moves outside its hours, {minute}"
        minute += timedelta(minutes=1)


def _within(at: time, begins: time, ends: time) -> bool:
    if begins < ends or begins == ends == time(0):
        return begins <= at and (at < ends or ends == time(0))
    return at >= begins or at < ends


def hours_fit(problem: Problem, mover: Mover, day: date) -> bool:
    """Whether the move fits into this day, looked at in steps of five minutes."""
    rules = problem.rules
    minutes = rules.minutes_per_number * max(mover.numbers, 1)
    staff = rules.time_zone, rules.works_from, rules.works_until
    local = mover.time_zone, mover.moves_from, mover.moves_until
    return _longest(staff, local, day) >= minutes


@cache
def _longest(staff: tuple[str, time, time], local: tuple[str, time, time], day: date) -> int:
    """The most minutes in a row of this day of the staff that both work."""
    at = datetime.combine(day, time(0), ZoneInfo(staff[0])).astimezone(UTC)
    longest = running = 0
    while at.astimezone(ZoneInfo(staff[0])).date() == day:
        both = all(_within(at.astimezone(ZoneInfo(zone)).time(), *hours) for zone, *hours in (staff, local))
        running = running + 5 if both else 0
        longest = max(longest, running)
        at += timedelta(minutes=5)
    return longest
