"""The planner against an independent checker and brute force."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onboarding.plans.solver import search
from onboarding.plans.solver.grid import Table
from onboarding.plans.solver.milp import Answer, Program, Watch
from onboarding.plans.solver.model import Model
from onboarding.plans.solver.planner import solve
from onboarding.plans.solver.problem import BadProblem, Conflict, Mover, Problem, Proposal, Risk, Rules
from portal.bench.movers import movers_problem
from tests.onboarding.plans.solver import brute
from tests.onboarding.plans.solver.cases import problems
from tests.onboarding.plans.solver.checker import violations

Look = Callable[..., search.Least | None]
MONDAY = date(2026, 11, 9)
RULES = Rules(first_day=MONDAY, last_day=MONDAY + timedelta(days=60))
QUICK = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def careless(program: Program, relaxed: Answer, watch: Watch, *_: int, **__: float) -> search.Least | None:
    """A first look that finds any plan: all that is better is left to the proof."""
    costs, program.costs = program.costs, [n * 7919 % 13 for n in range(len(program.costs))]
    answer, program.costs = program.solve(watch), costs
    objective = answer and round(sum(cost * value for cost, value in zip(costs, answer.values, strict=True)))
    return search.Least(answer, objective, ceil(relaxed.objective - 1e-6)) if answer else None


@QUICK
@given(problems(movers=7, days=5), st.sampled_from((careless, search._looked)))
def test_the_plan_is_the_best_of_all_plans(problem: Problem, look: Look) -> None:
    with mock.patch.object(search, "_looked", look):
        proposal = solve(problem, seconds=20)
    expected = brute.best(problem)
    if expected is None:
        assert isinstance(proposal, Conflict)
        return
    assert isinstance(proposal, Proposal)
    assert violations(problem, proposal) == []
    assert brute.score(problem, {slot.mover: slot.day for slot in proposal.slots}) == expected
    assert (proposal.moved, proposal.weighted_days, proposal.is_optimal) == (*expected[1:], True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_leaving_out_dear_columns_loses_nothing(seed: int) -> None:
    """Against the whole program at once, where there are too many customers for brute force."""
    problem = movers_problem(40, seed=seed)
    table = Table(problem)
    with mock.patch.object(search, "_looked", careless):
        proposal = solve(problem, seconds=20)
    assert isinstance(proposal, Proposal)
    assert proposal.last_day
    assert violations(problem, proposal) == []
    model = Model(table.grid(), last=(proposal.last_day - problem.rules.first_day).days, seed=seed)
    model.weigh()
    whole = model.program.solve(Watch(20))
    assert whole
    assert proposal.weighted_days == round(whole.objective)


def plan(*movers: Mover, rules: Rules = RULES) -> Proposal:
    problem = Problem(rules=rules, movers=movers)
    proposal = solve(problem, seconds=20)
    assert isinstance(proposal, Proposal)
    assert violations(problem, proposal) == []
    return proposal


def days(proposal: Proposal) -> dict[str, date]:
    return {slot.mover: slot.day for slot in proposal.slots}


def test_the_same_seed_gives_the_same_plan() -> None:
    movers = [
        Mover(id=f"m{n}", numbers=1 + n % 3, weight=1 + n % 4, needs_signup=n % 5 == 0) for n in range(80)
    ]
    first, again = plan(*movers), plan(*movers)
    assert first.slots == again.slots


def test_who_shares_credit_waits_for_the_month_to_turn() -> None:
    switch = Mover(id="switch", shares_credit=True)
    rules = replace(RULES, first_day=date(2026, 11, 30))
    proposal = plan(switch, Mover(id="other"), rules=rules)
    assert days(proposal) == {"other": date(2026, 11, 30), "switch": date(2026, 12, 7)}


def test_the_signups_of_the_week_before_count() -> None:
    rules = replace(RULES, weekdays=frozenset(range(1, 8)), recent_signups={MONDAY - timedelta(days=2): 10})
    proposal = plan(Mover(id="new", needs_signup=True), Mover(id="other"), rules=rules)
    assert days(proposal) == {"other": MONDAY, "new": MONDAY + timedelta(days=5)}


def test_a_move_lies_in_the_hours_of_both_when_their_clocks_change_apart() -> None:
    """Between the ends of summer time of Europe and America New York is an hour nearer."""
    mover = Mover(id="m", time_zone="America/New_York", moves_from=time(9), moves_until=time(11))
    late = replace(RULES, works_from=time(14), works_until=time(15))
    [slot] = plan(mover, rules=replace(late, first_day=date(2026, 10, 22))).slots
    assert (slot.day, slot.starts_at) == (date(2026, 10, 26), datetime(2026, 10, 26, 13, tzinfo=UTC))


def test_what_is_under_way_stays_and_the_told_move_as_little_as_the_finish_allows() -> None:
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    rules = replace(RULES, customers_per_day=1)
    proposal = plan(
        Mover(id="begun", fixed=tuesday),
        Mover(id="told", weight=9, told=wednesday),
        Mover(id="new", weight=1),
        rules=rules,
    )
    assert days(proposal) == {"begun": tuesday, "told": wednesday, "new": MONDAY}
    assert proposal.moved == 0


def test_a_lower_risk_is_tried_first_whatever_the_weights() -> None:
    proposal = plan(Mover(id="high", risk=Risk.HIGH, weight=90), Mover(id="low", risk=Risk.LOW, weight=1))
    assert days(proposal) == {"low": MONDAY, "high": MONDAY + timedelta(days=1)}


@pytest.mark.parametrize(
    "movers",
    [
        (Mover(id="a"), Mover(id="a")),
        (Mover(id="a", after=("nobody",)),),
        (Mover(id="a", fixed=MONDAY - timedelta(days=1)),),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(movers: tuple[Mover, ...]) -> None:
    with pytest.raises(BadProblem):
        Problem(rules=RULES, movers=movers)


def test_the_solver_is_loaded_only_to_solve() -> None:
    code = "import sys, onboarding.plans.solver.planner; sys.exit('highspy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
