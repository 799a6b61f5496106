"""A partner's customers for the planner of waves: mixed paths, zones, wishes, locks and dependencies."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, time, timedelta

from onboarding.plans.solver.problem import Mover, Problem, Risk, Rules, Wish, WishKind

FIRST_DAY, DAYS = date(2026, 11, 30), 150
HOLIDAYS = frozenset(
    {date(2026, 12, 8), date(2026, 12, 25), date(2027, 1, 1), date(2027, 1, 6), date(2027, 3, 29)}
)
NUMBERS_PER_CUSTOMER = 2.4
# How often each is met: new customers, numbers and WABAs that stay with the partner, WABAs that change it.
PATHS = ("NEW",) * 3 + ("KEEP",) * 14 + ("SWITCH",) * 3
RISKS = (Risk.LOW,) * 12 + (Risk.MEDIUM,) * 10 + (Risk.HIGH,) * 3
ZONES = ("Europe/Rome",) * 15 + ("Europe/London",) * 2 + ("America/Sao_Paulo",) * 2 + ("Asia/Dubai",)
HOURS = ((time(8), time(18)),) * 7 + ((time(6), time(14)), (time(20), time(12)), (time(13), time(17)))


def movers_problem(customers: int, *, seed: int = 1) -> Problem:
    """The same problem for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    return Problem(
        rules=Rules(
            first_day=FIRST_DAY,
            last_day=FIRST_DAY + timedelta(days=DAYS - 1),
            minutes_per_number=10,
            blackouts=HOLIDAYS,
        ),
        movers=tuple(_movers(chance, customers)),
    )


def _movers(chance: random.Random, customers: int) -> Iterator[Mover]:
    sizes = [1] * customers
    while sum(sizes) < NUMBERS_PER_CUSTOMER * customers:
        one = chance.randrange(customers)
        sizes[one] += sizes[one] < 12 and (sizes[one] < 3 or chance.random() < 0.4)
    for n, numbers in enumerate(sizes):
        path, risk, hours = chance.choice(PATHS), chance.choice(RISKS), chance.choice(HOURS)
        is_locked, waits = chance.random() < 0.06, n > 10 and chance.random() < 0.1
        yield Mover(
            id=f"customer-{n}",
            numbers=numbers,
            weight=12 * chance.randint(1, 5) + 4 * (2 - list(Risk).index(risk)) + chance.randint(1, 4),
            risk=risk,
            needs_signup=path == "NEW",
            shares_credit=path == "SWITCH",
            time_zone=chance.choice(ZONES),
            moves_from=hours[0],
            moves_until=hours[1],
            after=(f"customer-{chance.randrange(n)}",) if waits else (),
            locked_until=FIRST_DAY + timedelta(days=chance.randrange(3, 30)) if is_locked else None,
            wishes=tuple(_wishes(chance, n)) if chance.random() < 0.3 else (),
        )


def _wishes(chance: random.Random, n: int) -> Iterator[Wish]:
    """One wish or two that go together."""
    for at in range(chance.choice((1, 1, 2))):
        kind = chance.choice((WishKind.NOT_BEFORE, WishKind.NOT_AFTER, WishKind.NOT_ON, WishKind.NOT_ON))
        days = chance.randrange(70, 110) if kind == WishKind.NOT_AFTER else chance.randrange(25)
        yield Wish(id=f"wish-{n}-{at}", kind=kind, day=FIRST_DAY + timedelta(days=days))
