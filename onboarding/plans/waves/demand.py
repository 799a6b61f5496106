"""What a schedule is asked for against its limits: how many of its days each limit alone would take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from onboarding.plans.solver.problem import ElementKind, Problem, Risk, Rules


@dataclass(frozen=True, kw_only=True)
class Demand:
    """How many there are of something, how many a day may have, and how many days that takes."""

    kind: ElementKind
    count: int
    limit: int
    days: int | None  # None: no number of days would do

    def is_tight(self, days: int) -> bool:
        """Whether so many days leave little room, or none."""
        return self.days is None or self.days * 10 >= days * 9


def demands(problem: Problem) -> list[Demand]:
    """What everybody together takes, whatever else stands in the way; the tightest first."""
    rules, movers = problem.rules, problem.movers
    counts = {
        ElementKind.NUMBERS_PER_DAY: (sum(mover.numbers for mover in movers), rules.numbers_per_day),
        ElementKind.CUSTOMERS_PER_DAY: (len(movers), rules.customers_per_day),
        ElementKind.HIGH_RISK_PER_DAY: (
            sum(mover.risk == Risk.HIGH for mover in movers),
            rules.high_risk_per_day,
        ),
    }
    found = [_demand(kind, count, limit) for kind, (count, limit) in counts.items() if count]
    return sorted(found, key=lambda one: math.inf if one.days is None else one.days, reverse=True)


def open_days(rules: Rules) -> int:
    """On how many days of a schedule anybody may move."""
    days = (rules.first_day + timedelta(days=n) for n in range(rules.days))
    return sum(day.isoweekday() in rules.weekdays and day not in rules.blackouts for day in days)


def _demand(kind: ElementKind, count: int, limit: int) -> Demand:
    days = math.ceil(count / limit) if limit else None
    return Demand(kind=kind, count=count, limit=limit, days=days)
