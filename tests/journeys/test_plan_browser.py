"""A person at the desk, in a real browser: finds the plan that stands still, and what stops it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal.kernel import clock
from tests.conftest import Tenant
from tests.factories import plan_desk
from tests.factories.desk import make_member
from tests.journeys.test_desk import DESKTOP, PHONE, fits, is_accessible, page, shoot, sign_in

__all__ = ["page"]
pytestmark = pytest.mark.browser
PLANS = "/admin/onboarding/migrationplan/"


@pytest.fixture
def made(tenant: Tenant) -> Any:
    with tenant.scope():
        return plan_desk.fill(tenant.world, now=clock.now())


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_page_of_plans_fits_and_can_be_read_by_all(
    page: Page, live_server: Any, tenant: Tenant, made: Any, language: str
) -> None:
    make_member(tenant, email="op@nuvola.example", language=language, role="ADMIN")
    sign_in(page, live_server.url, "op@nuvola.example")
    with tenant.scope():
        stopped = made.running.lines.order_by("position")[1]
    pages = {
        "plans": PLANS,
        "plan": f"{PLANS}{made.running.pk}/change/",
        "plan-scheduled": f"{PLANS}{made.scheduled.pk}/change/",
        "plan-number": f"/admin/onboarding/planline/{stopped.pk}/change/",
        "plan-new": f"{PLANS}add/",
        "plan-answers": f"{PLANS}{made.draft.pk}/do/answer/",
        "plan-inform": f"{PLANS}{made.assessed.pk}/do/decide_inform/",
    }
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        for name, address in pages.items():
            page.goto(live_server.url + address)
            expect(page.locator("#main")).to_be_visible()
            shoot(page, f"{name}-{language}-{size['width']}")
            fits(page)
            is_accessible(page)
