"""Random small problems, dense enough that many of them have no plan."""

from __future__ import annotations

from datetime import date, time, timedelta

from hypothesis import strategies as st

from onboarding.plans.solver.problem import Mover, Problem, Risk, Rules, Wish, WishKind

# A Monday; the month rule closes 29 November to 4 December, Italy's clocks change on 25 October.
BEGINNINGS = (date(2026, 11, 23), date(2026, 10, 23), date(2026, 12, 1))
ZONES = ("Europe/Rome", "Europe/Rome", "America/Sao_Paulo", "Asia/Tokyo")
HOURS = (
    (time(8), time(18)),
    (time(7), time(13)),
    (time(21), time(12)),
    (time(6), time(10)),
    (time(0), time(0)),
)


@st.composite
def problems(draw: st.DrawFn, *, movers: int, days: int, wishes: int = 1) -> Problem:
    """A problem of up to so many movers and days."""
    first = draw(st.sampled_from(BEGINNINGS))
    length = draw(st.integers((days + 1) // 2, days))
    near = st.integers(-1, length).map(lambda n: first + timedelta(days=n))
    rules = Rules(
        first_day=first,
        last_day=first + timedelta(days=length - 1),
        numbers_per_day=draw(st.integers(3, 6)),
        customers_per_day=draw(st.sampled_from((1, 2, 3, 3, 4))),
        signups_per_week=draw(st.sampled_from((1, 3, 5))),
        high_risk_per_day=draw(st.sampled_from((0, 1, 2, 2, 2))),
        minutes_per_number=draw(st.sampled_from((15, 15, 60))),
        weekdays=draw(st.sampled_from((frozenset(range(1, 8)), frozenset({1, 2, 3, 4, 5})))),
        blackouts=frozenset(draw(st.lists(near, max_size=1))),
        recent_signups=draw(
            st.dictionaries(st.integers(1, 6).map(lambda n: first - timedelta(days=n)), st.integers(1, 2))
        ),
        is_tried=draw(st.booleans()),
    )
    count = draw(st.integers(0, movers)) if draw(st.booleans()) else movers
    return Problem(
        rules=rules, movers=tuple(draw(_mover(n, rules, near, count, wishes)) for n in range(count))
    )


@st.composite
def _mover(
    draw: st.DrawFn, n: int, rules: Rules, near: st.SearchStrategy[date], count: int, wishes: int
) -> Mover:
    inside = st.integers(0, rules.days - 1).map(lambda day: rules.first_day + timedelta(days=day))
    rarely = st.integers(0, 7).map(lambda one: one == 7)
    hours = draw(st.sampled_from(HOURS)) if draw(rarely) else HOURS[0]
    kinds = draw(st.lists(st.tuples(st.sampled_from(WishKind), near), max_size=wishes))
    others = [f"m{other}" for other in range(count) if other != n]
    return Mover(
        id=f"m{n}",
        numbers=draw(st.integers(0, 3)),
        weight=draw(st.integers(0, 4)),
        risk=draw(st.sampled_from((*Risk, Risk.LOW))),
        needs_signup=draw(rarely) or draw(rarely),
        shares_credit=draw(rarely),
        time_zone=draw(st.sampled_from(ZONES)) if hours != HOURS[0] else ZONES[0],
        moves_from=hours[0],
        moves_until=hours[1],
        after=(draw(st.sampled_from(others)),) if others and draw(rarely) else (),
        locked_until=draw(near) if draw(rarely) else None,
        fixed=draw(inside) if draw(rarely) else None,
        told=draw(near) if draw(st.booleans()) else None,
        wishes=tuple(Wish(id=f"w{n}-{at}", kind=kind, day=day) for at, (kind, day) in enumerate(kinds)),
    )
