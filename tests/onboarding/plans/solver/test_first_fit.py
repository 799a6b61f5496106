"""First fit may find nothing, but what it finds breaks no rule."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from onboarding.plans.solver.first_fit import first_fit
from onboarding.plans.solver.grid import Table
from onboarding.plans.solver.problem import Problem
from portal.bench.movers import movers_problem
from tests.onboarding.plans.solver import brute
from tests.onboarding.plans.solver.cases import problems
from tests.onboarding.plans.solver.checker import broken


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(problems(movers=7, days=6))
def test_what_fits_breaks_no_rule(problem: Problem) -> None:
    table = Table(problem)
    found = first_fit(table.grid())
    if found is None:
        return
    days = {name: table.calendar.day(index) for name, index in (found | table.fixed_on).items()}
    assert list(broken(problem, days)) == []
    for mover in problem.movers:
        assert days[mover.id] in brute.own_days(problem, mover, anytime=False)


def test_it_finds_days_for_a_large_partner_and_keeps_to_wanted_ones() -> None:
    problem = movers_problem(200)
    table = Table(problem)
    found = first_fit(table.grid())
    assert found
    assert list(broken(problem, {name: table.calendar.day(day) for name, day in found.items()})) == []
    unwanted = {mover.id: range(9) for mover in problem.movers[:20]}
    later = first_fit(table.grid(), unwanted=unwanted)
    assert later
    assert min(later[name] for name in unwanted) >= 9
