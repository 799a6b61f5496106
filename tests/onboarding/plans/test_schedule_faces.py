"""What a planner sees on a schedule's page when the answer is not the one hoped for, and on a wave's."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from onboarding.admin import board
from onboarding.models import Path, WaveSchedule
from onboarding.plans.solver.problem import ElementKind, Mover, Problem, Risk, Rules
from onboarding.plans.waves.demand import demands, open_days
from onboarding.states import ScheduleState
from portal.kernel import clock
from tests.conftest import NOW, Tenant
from tests.factories import waves
from tests.factories.desk import read, sign_in
from tests.factories.plans import WaveScheduleFactory
from tests.onboarding.plans.planning import FRIDAY, MONDAY, TUESDAY, a_plan, a_schedule, solve
from tests.onboarding.plans.test_schedule_admin import RULES, SCHEDULES, page_of, text_of

pytestmark = pytest.mark.usefixtures("quiet_broker")


@pytest.fixture(autouse=True)
def _the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def test_saving_leads_to_the_page_that_shows_the_answer(tenant: Tenant) -> None:
    client = sign_in(tenant)
    made = client.post(f"{SCHEDULES}add/", RULES)
    with tenant.scope():
        schedule = WaveSchedule.objects.get()
    assert made["Location"] == page_of(schedule)
    solve(tenant, schedule)
    assert client.post(page_of(schedule), {**RULES, "seed": "2"})["Location"] == page_of(schedule)


def test_a_new_schedule_begins_with_the_holidays_to_come_of_the_one_in_force(tenant: Tenant) -> None:
    client = sign_in(tenant)
    with tenant.scope():
        holidays = [NOW.date() - timedelta(days=1), date(2026, 12, 24), date(2026, 12, 25)]
        WaveScheduleFactory(state=ScheduleState.APPLIED, blackouts=holidays, applied_at=NOW)
    field = read(client, f"{SCHEDULES}add/").partition('name="blackouts"')[2].partition("</textarea>")[0]
    assert field.endswith("2026-12-24..2026-12-25")


def test_time_that_was_over_is_explained_by_what_everybody_needs(tenant: Tenant) -> None:
    client = sign_in(tenant)
    with tenant.scope():
        for name in ("Aurora", "Lume", "Verdi"):
            a_plan(tenant, name, risk="HIGH")
        schedule = a_schedule(MONDAY, FRIDAY, high_risk_per_day=1, blackouts=[FRIDAY, TUESDAY])
        WaveSchedule.objects.update(result={"out_of_time": True}, due_at=None)
    words = text_of(read(client, page_of(schedule)))
    assert "The planner found nothing in time" in words
    assert "3 high-risk customers, at most 1 a day: 3 of the 3 working days." in words
    assert "3 customers, at most 20 a day: 1 of the 3 working days." in words


def test_demand_puts_the_tightest_limit_first() -> None:
    rules = Rules(
        first_day=MONDAY, last_day=MONDAY + timedelta(days=13), high_risk_per_day=0, numbers_per_day=4
    )
    movers = tuple(Mover(id=str(n), numbers=3, risk=Risk.HIGH if n == 0 else Risk.LOW) for n in range(12))
    found = demands(Problem(rules=rules, movers=movers))
    assert [(one.kind, one.count, one.days) for one in found] == [
        (ElementKind.HIGH_RISK_PER_DAY, 1, None),
        (ElementKind.NUMBERS_PER_DAY, 36, 9),
        (ElementKind.CUSTOMERS_PER_DAY, 12, 1),
    ]
    assert [one.is_tight(open_days(rules)) for one in found] == [True, True, False]


def test_costs_that_nobody_knows_are_not_a_table_of_dashes(tenant: Tenant) -> None:
    client = sign_in(tenant)
    with tenant.scope():
        wish = waves.wish(a_plan(tenant, "Hotel Miramare"), TUESDAY)
        schedule = a_schedule()
    solve(tenant, schedule)
    assert "the best plan without this one wish" in text_of(read(client, page_of(schedule)))
    with tenant.scope():
        WaveSchedule.objects.update(wish_costs={str(wish.pk): None})
    page = read(client, page_of(schedule))
    assert "Time was over before any cost was known." in text_of(page)
    assert "<details" in page.partition('id="costs"')[2]
    assert "1 wish" in text_of(page)


def test_a_wave_says_which_one_it_is_and_writes_numbers_as_people_do(tenant: Tenant) -> None:
    client = sign_in(tenant)
    with tenant.scope():
        a_plan(tenant, "Hotel Miramare", moves_from=time(9))
        schedule = a_schedule()
    solve(tenant, schedule)
    page = read(client, f"{SCHEDULES}{schedule.pk}/wave/1/")
    assert "Wave 1 · Mon 23 Nov 2026" in text_of(page)
    assert "+39 " in text_of(page)
    assert page_of(schedule) in page.partition('id="main"')[2].partition("plans-wave-page")[0]


def test_a_comparison_tells_who_is_invited_though_nobody_decided_to_inform_them(tenant: Tenant) -> None:
    client = sign_in(tenant)
    with tenant.scope():
        a_plan(tenant, "Hotel Miramare", path=Path.NEW_CUSTOMER)
        a_plan(tenant, "Libreria Corsara", path=Path.NUMBER_WABA_TO_WABA)
        a_plan(tenant, "Farmacia Verdi", path=Path.ONPREM_TO_CLOUD)
        schedule = a_schedule()
    solve(tenant, schedule)
    words = text_of(read(client, page_of(schedule, "compare")))
    invited = words.partition("The invitation to connect, three days before the move at the earliest")[2]
    assert invited.strip().startswith("2 Hotel Miramare, Libreria Corsara No announcement")


def test_a_long_comparison_begins_with_those_who_must_be_told(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "SHOWN_CHANGES", 1)
    client = sign_in(tenant)
    with tenant.scope():
        for name in ("Aurora", "Lume", "Verdi"):
            a_plan(tenant, name)
        schedule = a_schedule()
    solve(tenant, schedule)
    page = read(client, page_of(schedule, "compare"))
    table = text_of(page).partition("Plans with another time")[2]
    assert [name in table for name in ("Aurora", "Lume", "Verdi")] == [True, False, False]
    assert "Show all 3" in table
    table = text_of(read(client, page_of(schedule, "compare") + "?all=1")).partition("another time")[2]
    assert "Verdi" in table
    assert "Show all" not in table
