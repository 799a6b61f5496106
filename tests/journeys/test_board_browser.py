"""Staff at the board of waves, in a real browser: every page fits and can be read by all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from onboarding import models
from portal.kernel import clock
from tenants.models import Customer
from tests.conftest import Tenant
from tests.factories import waves
from tests.factories.desk import make_member
from tests.factories.plans import WaveScheduleFactory
from tests.journeys.test_desk import DESKTOP, PHONE, fits, is_accessible, page, shoot, sign_in

__all__ = ["page"]

pytestmark = pytest.mark.browser
SCHEDULES = "/admin/onboarding/waveschedule/"


TODAY = date(2026, 11, 24)
TRADES = ("Panificio", "Libreria", "Farmacia", "Officina", "Hotel", "Ottica", "Pizzeria", "Studio")
NAMES = ("Aurora", "Centrale", "San Luca", "Verdi", "Del Porto", "Moderna")
DAY = timedelta(days=1)
HOLIDAYS = [date(2026, 12, 8)]


@pytest.fixture
def schedules(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> dict[str, models.WaveSchedule]:
    """One in force with a wave under way, a what-if beside it, and one that is impossible."""
    now = waves.at(TODAY, 9, 48)
    monkeypatch.setattr(clock, "now", lambda: now)
    with tenant.scope():
        in_force = waves.in_force(tenant.world, 28, first_day=TODAY)
        waves.make_plans(tenant.world, 5, path="NEW_CUSTOMER", state="DRAFT")
        _name_everybody()
        _under_way()
        plans = [slot.plan for slot in in_force.slots.select_related("plan__customer").order_by("starts_at")]
        _tell(tenant, plans[8:20])
        return {
            "in_force": in_force,
            "what_if": _what_if(in_force, plans),
            "impossible": _impossible(plans),
        }


def _name_everybody() -> None:
    for n, customer in enumerate(Customer.objects.order_by("created_at", "id")):
        customer.name = f"{TRADES[n % len(TRADES)]} {NAMES[n // len(TRADES) % len(NAMES)]}"
        customer.save(update_fields=["name"])
    models.WaveSchedule.objects.update(
        name="Inverno 2026",
        customers_per_day=5,
        numbers_per_day=12,
        signups_per_week=200,
        blackouts=HOLIDAYS,
    )


def _under_way() -> None:
    """Of today's wave one plan has moved, one moves, and two wait for their time; one stands still."""
    lines = list(models.PlanLine.objects.filter(plan__wave=1).order_by("plan__planned_start_at", "position"))
    models.MigrationPlan.objects.filter(wave=1).update(path="ONPREM_TO_CLOUD")
    begin = waves.at(TODAY, 9, 2)
    waves.moved(lines[0], start=begin, minutes=6, down_seconds=140)
    waves.moved(lines[1], start=begin + timedelta(minutes=14), minutes=9, down_seconds=70)
    waves.moving(lines[2], start=begin + timedelta(minutes=30))
    plans = models.MigrationPlan.objects.filter(pk__in=[lines[0].plan_id, lines[2].plan_id])
    plans.update(state="IN_PROGRESS", started_at=begin)
    plans.filter(pk=lines[0].plan_id).update(state="COMPLETED", ended_at=begin + timedelta(minutes=23))
    models.MigrationPlan.objects.filter(pk=lines[6].plan_id).update(paused_at=begin)


def _tell(tenant: Tenant, plans: list[models.MigrationPlan]) -> None:
    """These customers are to be informed, and the first of them know their day."""
    stamp = {"partner_id": tenant.partner_id}
    for n, plan in enumerate(plans):
        models.PlanDecision.objects.create(
            **stamp, plan=plan, key="INFORM", choice=True, text_name="move", days_before=7,
            decided_at=clock.now(), decided_by="anna",
        )  # fmt: skip
        if n < 5:
            models.PlanNotice.objects.create(
                **stamp, plan=plan, kind="ANNOUNCEMENT", language="it", body="Ciao", sent_at=clock.now(),
                told_start_at=plan.planned_start_at, created_at=clock.now(), created_by="anna",
            )  # fmt: skip


def _what_if(base: models.WaveSchedule, plans: list[models.MigrationPlan]) -> models.WaveSchedule:
    """Six a day instead of four, from tomorrow on."""
    costs = {
        str(waves.wish(plans[3], TODAY + 9 * DAY).pk): {"days": 3, "moved": 1, "weighted_days": 12},
        str(waves.wish(plans[5], TODAY + 4 * DAY, kind="NOT_AFTER").pk): None,
    }
    figures = {"last_day": "2026-11-30", "waves": 5, "customers": 28, "numbers": 56, "is_optimal": True}
    what_if = WaveScheduleFactory(
        name="Ipotesi: 6 al giorno", state="SOLVED", base=base, first_day=TODAY, last_day=base.last_day,
        customers_per_day=6, numbers_per_day=12, signups_per_week=200, solved_at=clock.now(), seconds=0.42,
        blackouts=HOLIDAYS,
        wish_costs=costs, result={**figures, "weighted_days": 1910},
    )  # fmt: skip
    models.WaveSchedule.objects.filter(pk=base.pk).update(result={**base.result, "weighted_days": 2860})
    days = waves.working_days(TODAY, 8)
    waves.put(what_if, plans[:4], days)
    for slot in waves.put(what_if, plans[4:], days[1:], per_wave=6):
        models.WaveSlot.objects.filter(pk=slot.pk).update(wave=slot.wave + 1)
    return what_if


def _impossible(plans: list[models.MigrationPlan]) -> models.WaveSchedule:
    """A conflict of three elements."""
    wish, last = waves.wish(plans[7], TODAY + 8 * DAY), TODAY + 5 * DAY
    conflict = [
        {"kind": "WISH", "mover": str(plans[7].pk), "wish": str(wish.pk), "day": str(wish.day)},
        {"kind": "DEPENDENCY", "mover": str(plans[4].pk), "other": str(plans[7].pk)},
        {"kind": "DEADLINE", "day": str(last)},
    ]
    return WaveScheduleFactory(
        name="Entro novembre", state="INFEASIBLE", first_day=TODAY, last_day=last, conflict=conflict,
        result={"is_minimal": True, "is_smallest": True},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "size"), [("it", DESKTOP), ("en", PHONE)], ids=["desktop-it", "phone-en"]
)
def test_every_page_of_the_waves_fits_and_can_be_read_by_all(
    page: Page, live_server: Any, tenant: Tenant, schedules: Any, language: str, size: Any
) -> None:
    make_member(tenant, email="op@nuvola.example", language=language)
    sign_in(page, live_server.url, "op@nuvola.example")
    page.set_viewport_size(size)
    pages = {
        "board": f"{SCHEDULES}board/",
        "wave": f"{SCHEDULES}{schedules['in_force'].pk}/wave/1/",
        "schedule": f"{SCHEDULES}{schedules['what_if'].pk}/change/",
        "conflict": f"{SCHEDULES}{schedules['impossible'].pk}/change/",
        "comparison": f"{SCHEDULES}{schedules['what_if'].pk}/compare/",
    }
    for name, address in pages.items():
        page.goto(live_server.url + address)
        expect(page.locator("#main")).to_be_visible()
        shoot(page, f"plans-{name}-{language}-{size['width']}")
        fits(page)
        is_accessible(page)
