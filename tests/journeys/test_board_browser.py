"""Staff at the board of waves, in a real browser: every page fits and can be read by all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from onboarding import models
from portal.kernel import clock
from tests.conftest import Tenant
from tests.factories import waves
from tests.factories.desk import make_member
from tests.factories.plans import WaveScheduleFactory
from tests.journeys.test_desk import DESKTOP, PHONE, fits, is_accessible, page, shoot, sign_in

__all__ = ["page"]

pytestmark = pytest.mark.browser
SCHEDULES = "/admin/onboarding/waveschedule/"


TODAY = date(2026, 11, 24)


@pytest.fixture
def schedules(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> dict[str, models.WaveSchedule]:
    """One in force with a wave under way, a what-if beside it, and one that is impossible."""
    now, today = waves.at(TODAY, 9, 48), TODAY
    monkeypatch.setattr(clock, "now", lambda: now)
    with tenant.scope():
        in_force = waves.in_force(tenant.world, 40, first_day=today)
        _under_way(today)
        waves.make_plans(tenant.world, 5, path="NEW_CUSTOMER", state="DRAFT")
        what_if = WaveScheduleFactory(
            name="Faster", state="SOLVED", base=in_force, first_day=today, last_day=in_force.last_day,
            customers_per_day=8, solved_at=now, seconds=0.42,
        )  # fmt: skip
        plans = [slot.plan for slot in in_force.slots.order_by("starts_at")]
        waves.put(what_if, plans[8:] + plans[:8], waves.working_days(today + timedelta(days=7), 10))
        wish = waves.wish(plans[3], today + timedelta(days=9))
        kept = waves.wish(plans[5], today + timedelta(days=4), kind="NOT_AFTER")
        impossible = WaveScheduleFactory(
            name="Impossible", state="INFEASIBLE", first_day=today, last_day=today + timedelta(days=5),
            result={"is_minimal": True, "is_smallest": True}, conflict=[
                {"kind": "WISH", "mover": str(plans[3].pk), "wish": str(wish.pk), "day": str(wish.day)},
                {"kind": "DEPENDENCY", "mover": str(plans[4].pk), "other": str(plans[3].pk)},
                {"kind": "DEADLINE", "day": str(today + timedelta(days=5))},
            ],
        )  # fmt: skip
        costs = {str(wish.pk): {"days": 3, "moved": 1, "weighted_days": 12}, str(kept.pk): None}
        models.WaveSchedule.objects.filter(pk=what_if.pk).update(
            wish_costs=costs,
            result={"last_day": str(today + timedelta(days=20)), "waves": 10, "customers": 40, "numbers": 80}
            | {"is_optimal": True, "weighted_days": 400},
        )
    return {"in_force": in_force, "what_if": what_if, "impossible": impossible}


def _under_way(today: date) -> None:
    """Of today's wave one plan has moved, one moves, and one waits for its time."""
    lines = models.PlanLine.objects.filter(plan__wave=1).order_by("plan__planned_start_at", "position")
    begin = waves.at(today, 9, 2)
    first = list(lines)
    waves.moved(first[0], start=begin, minutes=6, down_seconds=140)
    waves.moved(first[1], start=begin + timedelta(minutes=14), minutes=9, down_seconds=70)
    waves.moving(first[2], start=begin + timedelta(minutes=30))
    plans = models.MigrationPlan.objects.filter(pk__in=[first[0].plan_id, first[2].plan_id])
    plans.update(state="IN_PROGRESS", started_at=begin)
    plans.filter(pk=first[0].plan_id).update(state="COMPLETED", ended_at=begin + timedelta(minutes=23))


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_of_the_waves_fits_and_can_be_read_by_all(
    page: Page, live_server: Any, tenant: Tenant, schedules: Any, language: str, size: Any
) -> None:
    make_member(tenant, email="op@nuvola.example", language=language)
    sign_in(page, live_server.url, "op@nuvola.example")
    page.set_viewport_size(size)
    pages = {
        "board": f"{SCHEDULES}board/",
        "wave": f"{SCHEDULES}{schedules['in_force'].pk}/wave/1/",
        "schedules": SCHEDULES,
        "schedule": f"{SCHEDULES}{schedules['what_if'].pk}/change/",
        "conflict": f"{SCHEDULES}{schedules['impossible'].pk}/change/",
        "comparison": f"{SCHEDULES}{schedules['what_if'].pk}/compare/",
        "new": f"{SCHEDULES}add/",
    }
    for name, address in pages.items():
        page.goto(live_server.url + address)
        expect(page.locator("#main")).to_be_visible()
        shoot(page, f"plans-{name}-{language}-{size['width']}")
        fits(page)
        is_accessible(page)
