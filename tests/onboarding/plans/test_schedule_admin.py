"""Schedules at the desk: rules, results, conflicts, wishes, comparison and what applying one sends."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onboarding.admin.schedule_forms import read_days, written
from onboarding.models import MigrationPlan, Path, PlanDecision, PlanNotice, WaveSchedule
from onboarding.states import ScheduleState
from portal.kernel import clock, work
from tests.conftest import NOW, Tenant
from tests.factories import waves
from tests.factories.desk import DeskClient, press, read, sign_in, told
from tests.onboarding.plans.planning import FRIDAY, MONDAY, TUESDAY, a_plan, a_schedule, applied, solve

pytestmark = pytest.mark.usefixtures("quiet_broker")
DAY = timedelta(days=1)
NEXT = MONDAY + 7 * DAY
SCHEDULES = "/admin/onboarding/waveschedule/"
RULES = {
    "name": "November",
    "first_day": "2026-11-23",
    "last_day": "2026-12-18",
    "numbers_per_day": "40",
    "customers_per_day": "1",
    "signups_per_week": "10",
    "high_risk_per_day": "2",
    "minutes_per_number": "15",
    "weekdays": ["1", "2", "3", "4", "5"],
    "works_from": "08:00",
    "works_until": "18:00",
    "time_zone": "Europe/Rome",
    "blackouts": "2026-11-24..2026-11-25 2026-12-08",
    "seed": "1",
}


@pytest.fixture(autouse=True)
def _the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def page_of(schedule: WaveSchedule, kind: str = "change") -> str:
    return f"{SCHEDULES}{schedule.pk}/{kind}/"


def text_of(page: str) -> str:
    """What a person reads of a page."""
    main = page[page.index('id="main"') :]
    return re.sub(r"\s+([.,:])", r"\1", re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))


def copy(client: DeskClient, schedule: WaveSchedule) -> str:
    """The page of a what-if, after the button."""
    pressed = client.post(f"{SCHEDULES}{schedule.pk}/do/what_if/", {"name": "Faster"}, follow=True)
    return str(pressed.content.decode())


class TestRules:
    def test_a_schedule_is_made_solved_and_changed_by_its_form(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        with tenant.scope():
            a_plan(tenant, "Panificio Aurora")
            a_plan(tenant, "Libreria Corsara")
            a_plan(tenant, "Hotel Miramare", recommendation="DO_NOT_MOVE")
        made = client.post(f"{SCHEDULES}add/", RULES)
        assert made.status_code == 302, text_of(made.content.decode())
        with tenant.scope():
            schedule = WaveSchedule.objects.get()
        assert schedule.blackouts == [date(2026, 11, 24), date(2026, 11, 25), date(2026, 12, 8)]
        waiting = client.get(page_of(schedule))
        assert "The planner is working" in waiting.content.decode()
        assert waiting["Refresh"] == "2"
        assert 'name="numbers_per_day"' not in waiting.content.decode()
        solve(tenant, schedule)
        answer = client.get(page_of(schedule))
        words = text_of(answer.content.decode())
        assert "Refresh" not in answer
        assert "The last one moves on Thu 26 Nov 2026 2 customers, 2 numbers, 2 waves" in words
        assert "1 plan gets no day" in words
        assert "No plan by these rules finishes earlier" in words
        assert "2026-11-24..2026-11-25 2026-12-08" in words
        client.post(page_of(schedule), {**RULES, "customers_per_day": "5", "blackouts": ""})
        solve(tenant, schedule)
        assert "The last one moves on Mon 23 Nov 2026" in text_of(read(client, page_of(schedule)))

    def test_a_planner_that_failed_is_shown_and_can_be_asked_again(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        with tenant.scope():
            schedule = a_schedule()
            WaveSchedule.objects.update(due_at=None, attempts=work.POISON_AFTER)
        assert "not solved: an error of ours" in text_of(read(client, page_of(schedule)))
        client.post(f"{SCHEDULES}{schedule.pk}/do/solve/")
        assert "The planner is working" in read(client, page_of(schedule))

    def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(self, tenant: Tenant) -> None:
        wrong = {**RULES, "last_day": "2026-11-01", "blackouts": "Natale", "weekdays": []}
        words = text_of(sign_in(tenant).post(f"{SCHEDULES}add/", wrong).content.decode())
        for expected in ("The last day comes before the first.", "“Natale” is not a day.", "Natale"):
            assert expected in words, expected
        refused = sign_in(tenant, email="b@nuvola.example").post(
            f"{SCHEDULES}add/", {**RULES, "signups_per_week": "500"}, follow=True
        )
        assert "Meta lets nobody bring that many new customers" in refused.content.decode()

    def test_a_viewer_reads_and_presses_nothing(self, tenant: Tenant) -> None:
        client = sign_in(tenant, role="VIEWER")
        with tenant.scope():
            schedule = a_schedule()
        page = read(client, page_of(schedule))
        assert f"{SCHEDULES}{schedule.pk}/do/" not in page
        assert client.get(f"{SCHEDULES}add/").status_code == 403
        assert press(client, schedule, "discard").status_code == 403
        client.post(page_of(schedule), {**RULES, "name": "Changed"})
        with tenant.scope():
            assert WaveSchedule.objects.get().name == "November"

    def test_days_are_read_as_people_write_them(self) -> None:
        days = [date(2026, 12, 24) + timedelta(days=n) for n in range(3)]
        for text in (
            "2026-12-24..2026-12-26",
            "2026-12-26, 2026-12-25;2026-12-24",
            "2026-12-24 … 2026-12-26",
        ):
            assert read_days(text) == days, text
        assert written([*days, date(2027, 1, 6)]) == "2026-12-24..2026-12-26 2027-01-06"
        for wrong in ("24/12/2026", "2026-12-26..2026-12-24", "2026-01-01..2030-01-01", "2026-12-24.."):
            if wrong.endswith(".."):
                assert read_days(wrong) == [date(2026, 12, 24)]
                continue
            with pytest.raises(ValidationError):
                read_days(wrong)


class TestConflict:
    def test_every_element_is_said_with_what_can_be_done_about_it(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        with tenant.scope():
            plan = a_plan(tenant, "Hotel Miramare")
            wish = waves.wish(plan, FRIDAY + timedelta(days=30))
            schedule = a_schedule()
        solve(tenant, schedule)
        words = text_of(read(client, page_of(schedule)))
        assert "Hotel Miramare asks: not before Sun 27 Dec 2026. Leave the wish out here" in words
        assert "Everybody has moved by Fri 27 Nov 2026. Change the rule" in words
        assert 'href="#id_last_day"' in read(client, page_of(schedule))
        assert "no longer keeps the wish" in told(client, schedule, "drop_wish", wish=str(wish.pk))
        solve(tenant, schedule)
        words = text_of(read(client, page_of(schedule)))
        assert "The last one moves on Mon 23 Nov 2026" in words
        assert "left out here" in words
        told(client, schedule, "keep_wish", wish=str(wish.pk))
        with tenant.scope():
            schedule.refresh_from_db()
        assert (schedule.state, schedule.dropped_wishes) == (ScheduleState.DRAFT, [])

    def test_a_wish_that_is_gone_is_refused_in_words(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        with tenant.scope():
            schedule = a_schedule()
        assert "There is no such wish" in told(client, schedule, "drop_wish", wish=str(schedule.pk))

    def test_costs_are_sorted_by_what_is_asked(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        with tenant.scope():
            for name, day in {"Zeta": TUESDAY, "Alfa": FRIDAY}.items():
                waves.wish(a_plan(tenant, name), day)
            schedule = a_schedule()
        solve(tenant, schedule)
        by_days = text_of(read(client, page_of(schedule)))
        assert "Alfa 3 days" in by_days
        assert by_days.index("Alfa") < by_days.index("Zeta")
        names = text_of(read(client, f"{page_of(schedule)}?sort=customer"))
        assert names.index("Alfa") < names.index("Zeta")
        assert read(client, f"{page_of(schedule)}?sort=nonsense")


class TestComparison:
    def test_applying_is_seen_before_it_is_done(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        with tenant.scope():
            informed, silent = a_plan(tenant, "Panificio Aurora"), a_plan(tenant, "Libreria Corsara")
            PlanDecision.objects.create(
                partner_id=tenant.partner_id, plan=informed, key="INFORM", choice=True, text_name="move",
                days_before=7, decided_at=NOW, decided_by="anna",
            )  # fmt: skip
            schedule = a_schedule(NEXT, NEXT + DAY)
        solve(tenant, schedule)
        assert press(client, schedule, "apply").status_code == 302
        with tenant.scope():
            WaveSchedule.objects.filter(pk=schedule.pk).update(name="First")
            second = a_schedule(NEXT, NEXT + DAY, name="Second", blackouts=[NEXT])
        solve(tenant, second)
        asked = client.get(f"{SCHEDULES}{second.pk}/do/apply/")
        assert asked["Location"] == page_of(second, "compare")
        words = text_of(read(client, asked["Location"]))
        for expected in (
            "First → Second Everybody has moved 1 day later. 2 plans get another time.",
            "Last move Mon 30 Nov 2026 Tue 1 Dec 2026 worse",
            "The announcement, in its time 1 Panificio Aurora (7 days before)",
            "No announcement: nobody decided to inform them 1 Libreria Corsara",
            "Mon 30 Nov 2026, 08:00 Tue 1 Dec 2026, 08:00 1 day later not told yet",
        ):
            assert expected in words, expected
        assert "its plans have their dates" in told(client, second, "apply")
        with tenant.scope():
            assert MigrationPlan.objects.get(pk=silent.pk).planned_start_at == waves.at(NEXT + DAY, 8)
            assert WaveSchedule.objects.get(pk=schedule.pk).state == ScheduleState.SUPERSEDED

    def test_who_was_told_another_date_is_named(self, tenant: Tenant) -> None:
        client, before = sign_in(tenant), applied(tenant)
        with tenant.scope():
            plan = a_plan(tenant, "Hotel Miramare")
            PlanDecision.objects.create(
                partner_id=tenant.partner_id, plan=plan, key="INFORM", choice=True, text_name="move",
                days_before=7, decided_at=NOW, decided_by="anna",
            )  # fmt: skip
            PlanNotice.objects.create(
                partner_id=tenant.partner_id, plan=plan, kind="ANNOUNCEMENT", language="it", body="Ciao",
                told_start_at=waves.at(FRIDAY, 8), sent_at=NOW, created_at=NOW, created_by="anna",
            )  # fmt: skip
            after = a_schedule(name="After")
            waves.wish(plan, FRIDAY, kind="NOT_ON")
        solve(tenant, after)
        words = text_of(read(client, f"{page_of(after, 'compare')}?with={before.pk}"))
        assert "A correction with the new date, within minutes 1 Hotel Miramare" in words
        assert "was told Fri 27 Nov 2026" in words

    def test_two_hundred_plans_ask_no_more_than_twenty(self, tenant: Tenant) -> None:
        client, asked = sign_in(tenant), []
        for count in (20, 200):
            with tenant.scope():
                WaveSchedule.objects.filter(state="APPLIED").update(state="SUPERSEDED")
                waves.in_force(tenant.world, count, first_day=MONDAY)
                other = a_schedule()
            read(client, page_of(other, "compare"))
            with CaptureQueriesContext(connection) as queries:
                read(client, page_of(other, "compare"))
            asked.append(len(queries))
        assert asked[0] == asked[1]


class TestOtherButtons:
    def test_a_what_if_and_planning_again_lead_to_the_copy(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        with tenant.scope():
            a_plan(tenant, path=Path.ONPREM_TO_CLOUD)
        schedule = applied(tenant)
        assert "Copy of" in copy(client, schedule)
        assert "What is under way keeps its day" in told(client, schedule, "replan")
        assert "no longer possible" in told(client, schedule, "discard")
        with tenant.scope():
            copies = WaveSchedule.objects.filter(base=schedule)
            assert {one.due_at is None for one in copies} == {True, False}
            what_if = copies.get(name="Faster")
        assert "discarded" in told(client, what_if, "discard")

    def test_files(self, tenant: Tenant) -> None:
        client = sign_in(tenant)
        with tenant.scope():
            a_plan(tenant, "Panificio Aurora")
        schedule = applied(tenant)
        table = client.get(page_of(schedule, "export/csv"))
        assert table["Content-Disposition"] == 'attachment; filename="november.csv"'
        assert "Panificio Aurora" in table.content.decode()
        calendar = client.get(page_of(schedule, "export/ics"))
        assert calendar["Content-Type"] == "text/calendar; charset=utf-8"
        assert "BEGIN:VEVENT" in calendar.content.decode()
        assert client.get(page_of(schedule, "export/exe")).status_code == 404
