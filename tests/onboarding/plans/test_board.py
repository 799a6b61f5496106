"""The board of waves and the timeline of a wave, as staff read them."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onboarding import models
from onboarding.plans.waves.board import Closed, Filters, Trouble, board_of
from onboarding.plans.waves.timeline import wave_of
from portal.kernel import clock
from tests.conftest import Tenant
from tests.factories import waves
from tests.factories.desk import read, sign_in
from tests.factories.plans import WaveScheduleFactory

BOARD = "/admin/onboarding/waveschedule/board/"
# A Monday whose second week holds the end of a month.
FIRST = date(2027, 3, 22)


@pytest.fixture
def schedule(tenant: Tenant) -> models.WaveSchedule:
    with tenant.scope():
        return waves.in_force(tenant.world, 12, first_day=FIRST)


def day_of(page: str, name: str) -> str:
    """What the calendar says of a day."""
    found = re.search(rf'<li class="plans-day[^>]*>(?:(?!</li>).)*{name}.*?</li>', page, re.DOTALL)
    assert found, name
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


class TestBoard:
    def test_a_day_says_who_moves_how_full_it_is_and_what_is_risky(
        self, tenant: Tenant, schedule: models.WaveSchedule
    ) -> None:
        page = read(sign_in(tenant), BOARD)
        monday = day_of(page, "Mon 22 Mar 2027")
        for words in ("Wave 1", "4 customers · 8 numbers", "20% full", "sign-ups 3/10", "1 high risk"):
            assert words in monday, words
        assert "sign-ups 9/10" in day_of(page, "Wed 24 Mar 2027")

    def test_the_days_on_which_meta_shares_no_credit_say_so(
        self, tenant: Tenant, schedule: models.WaveSchedule
    ) -> None:
        with tenant.scope():
            models.WaveSchedule.objects.update(blackouts=[date(2027, 4, 2)])
            schedule.refresh_from_db()
            days = {
                one.day: one.closed for one in board_of(schedule, filters=Filters(), now=clock.now()).days
            }
        assert days[date(2027, 3, 28)] == [Closed.WEEKDAY]
        assert [day for day, why in days.items() if Closed.MONTH in why] == [
            date(2027, 3, 29) + timedelta(days=n) for n in range(7)
        ]
        assert days[date(2027, 4, 2)] == [Closed.BLACKOUT, Closed.MONTH]
        page = read(sign_in(tenant), BOARD)
        assert "Meta shares no credit" in day_of(page, "Mon 29 Mar 2027")
        assert "no moves on this day" in day_of(page, "Fri 2 Apr 2027")

    def test_filters_count_what_they_leave_and_not_the_load(
        self, tenant: Tenant, schedule: models.WaveSchedule
    ) -> None:
        page = read(sign_in(tenant), f"{BOARD}?path=COEXISTENCE&risk=NONSENSE")
        assert "2 customers · 4 numbers" in page
        assert "Wave 1" not in day_of(page, "Mon 22 Mar 2027")
        assert "1 customer · 2 numbers 20% full" in day_of(page, "Tue 23 Mar 2027")

    def test_late_paused_and_unplanned_plans_stand_beside(
        self, tenant: Tenant, schedule: models.WaveSchedule
    ) -> None:
        now = clock.now()
        with tenant.scope():
            late, paused, *_others = models.MigrationPlan.objects.order_by("customer__name")
            models.MigrationPlan.objects.filter(pk=late.pk).update(planned_start_at=now - timedelta(hours=1))
            models.MigrationPlan.objects.filter(pk=paused.pk).update(paused_at=now)
            waves.make_plans(tenant.world, 1, state="DRAFT", path="COEXISTENCE")
            board = board_of(schedule, filters=Filters(), now=now)
        assert [(one.plan.pk, one.trouble) for one in board.troubled] == [
            (late.pk, Trouble.LATE),
            (paused.pk, Trouble.PAUSED),
        ]
        assert [one.plan.state for one in board.unplanned] == ["DRAFT"]
        page = read(sign_in(tenant), BOARD)
        assert "1 late" in day_of(page, "Mon 22 Mar 2027")
        assert "not assessed" in page

    def test_without_a_schedule_it_says_what_one_is_for(self, tenant: Tenant) -> None:
        page = read(sign_in(tenant), BOARD)
        assert "There is no schedule of waves yet" in page
        assert "/admin/onboarding/waveschedule/add/" in page
        assert "/admin/onboarding/waveschedule/add/" not in read(
            sign_in(tenant, role="VIEWER", email="v@nuvola.example"), BOARD
        )

    def test_a_schedule_that_is_not_there_or_not_ours_is_not_shown(
        self, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        with other_tenant.scope():
            foreign = WaveScheduleFactory()
        client = sign_in(tenant)
        for wanted in (str(foreign.pk), "nonsense"):
            assert client.get(f"{BOARD}?schedule={wanted}").status_code == 404

    def test_two_hundred_plans_ask_no_more_than_twenty(self, tenant: Tenant) -> None:
        client, asked = sign_in(tenant), []
        for count in (20, 200):
            with tenant.scope():
                models.WaveSchedule.objects.filter(state="APPLIED").update(state="SUPERSEDED")
                schedule = waves.in_force(tenant.world, count, first_day=FIRST)
            addresses = (BOARD, f"/admin/onboarding/waveschedule/{schedule.pk}/change/")
            counts = []
            for address in addresses:
                read(client, address)  # the first click of a session notes that somebody is there
                with CaptureQueriesContext(connection) as queries:
                    read(client, address)
                counts.append(len(queries))
            asked.append(counts)
        assert asked[0] == asked[1]


class TestWave:
    def test_it_shows_what_was_planned_and_what_happened(
        self, tenant: Tenant, schedule: models.WaveSchedule
    ) -> None:
        start = waves.at(FIRST, 9, 5)
        with tenant.scope():
            plan = models.MigrationPlan.objects.get(customer__name="Cliente 000")
            first, second = plan.lines.order_by("position")
            waves.moved(first, start=start, minutes=4, down_seconds=75)
            waves.moving(second, start=start + timedelta(minutes=10))
        page = read(sign_in(tenant), f"/admin/onboarding/waveschedule/{schedule.pk}/wave/1/")
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
        for expected in (
            "09:00–09:15 moved 09:05–09:09 interruption 75 s",
            "point of no return at 09:06",
            "09:15–09:30 moving since 09:15",
            "4 customers · 8 numbers · 1 moved",
            "09:30–09:45",
        ):
            assert expected in words, expected
        assert "Wave 2" in words

    def test_strokes_stand_where_their_hours_are(self, tenant: Tenant, schedule: models.WaveSchedule) -> None:
        with tenant.scope():
            wave = wave_of(schedule, 1, now=clock.now())
        assert wave is not None
        assert (wave.axis.start, wave.axis.end) == (waves.at(FIRST, 9), waves.at(FIRST, 11))
        planned = wave.groups[0].tracks[0].planned
        assert wave.axis.bar(planned, now=clock.now()) == "left:0.00%;width:12.50%"
        assert [tick.hour for tick in wave.axis.ticks()] == [9, 10, 11]

    def test_what_happened_on_another_day_is_told_with_its_day(
        self, tenant: Tenant, schedule: models.WaveSchedule
    ) -> None:
        with tenant.scope():
            line = models.PlanLine.objects.filter(plan__wave=1).order_by("plan__planned_start_at").first()
            assert line is not None
            waves.moved(line, start=waves.at(FIRST - timedelta(days=2), 14), minutes=4, down_seconds=30)
            wave = wave_of(schedule, 1, now=clock.now())
        assert wave is not None
        assert (wave.axis.start, wave.axis.end) == (waves.at(FIRST, 9), waves.at(FIRST, 11))
        page = read(sign_in(tenant), f"/admin/onboarding/waveschedule/{schedule.pk}/wave/1/")
        assert "20 Mar 14:00–20 Mar" not in page
        assert "20 Mar 14:00–14:04" in page
        assert "plans-moved" not in page[page.index("<tbody>") :]

    def test_a_wave_that_does_not_exist_is_not_found(
        self, tenant: Tenant, schedule: models.WaveSchedule
    ) -> None:
        page = f"/admin/onboarding/waveschedule/{schedule.pk}/wave/99/"
        assert sign_in(tenant).get(page).status_code == 404

    def test_an_abandoned_plan_is_gone(self, tenant: Tenant, schedule: models.WaveSchedule) -> None:
        with tenant.scope():
            gone = models.MigrationPlan.objects.get(customer__name="Cliente 003")
            models.MigrationPlan.objects.filter(pk=gone.pk).update(state="ABANDONED")
        client = sign_in(tenant)
        assert "Cliente 003" not in read(client, f"/admin/onboarding/waveschedule/{schedule.pk}/wave/1/")
        assert "3 customers" in day_of(read(client, BOARD), "Mon 22 Mar 2027")
