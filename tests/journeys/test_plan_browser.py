"""A person at the desk, in a real browser: finds the plan that stands still, and what stops it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from onboarding.models import PlanLine
from onboarding.plans import importing
from onboarding.states import LineState, PlanState
from portal.kernel import clock
from tests.conftest import Tenant
from tests.factories import plan_desk
from tests.factories.desk import make_member
from tests.journeys.test_desk import DESKTOP, PHONE, fits, is_accessible, page, shoot, sign_in

__all__ = ["page"]
pytestmark = pytest.mark.browser
PLANS, IMPORTS = "/admin/onboarding/migrationplan/", "/admin/onboarding/planimport/"
FILE = """\
customer_ref,customer_name,contact_email,path,phone_number
C-1,Panificio Aurora,giulia@aurora.example,ONPREM_TO_CLOUD,+39 06 9876 5001
,,,,+39 06 9876 5002
C-2,Ottica Lume,marco@lume.example,COEXISTENCE,+39 02 9876 5003
C-3,Vivai del Sole,nowhere,COEXISTENCE,12
"""


@pytest.fixture
def made(tenant: Tenant) -> Any:
    with tenant.scope():
        return plan_desk.fill(tenant.world, now=clock.now())


@pytest.mark.parametrize(("language", "size"), [("it", DESKTOP), ("en", PHONE)], ids=["desktop", "phone"])
def test_every_page_of_plans_fits_and_can_be_read_by_all(
    page: Page, live_server: Any, tenant: Tenant, made: Any, language: str, size: Any
) -> None:
    make_member(tenant, email="op@nuvola.example", language=language, role="ADMIN")
    with tenant.scope():
        stopped = made.running.lines.get(position=2)
        upload = importing.check_csv(name="clienti.csv", data=FILE.encode(), now=clock.now(), by="anna")
        text = plan_desk.NoticeTextFactory(name="altro", approved_at=None)
    sign_in(page, live_server.url, "op@nuvola.example")
    page.set_viewport_size(size)
    pages = {
        "plans": PLANS,
        "plan": f"{PLANS}{made.running.pk}/change/",
        "plan-assessed": f"{PLANS}{made.assessed.pk}/change/",
        "plan-number": f"/admin/onboarding/planline/{stopped.pk}/change/",
        "plan-answers": f"{PLANS}{made.draft.pk}/do/answer/",
        "plan-import": f"{IMPORTS}{upload.pk}/change/",
        "plan-text": f"/admin/onboarding/noticetext/{text.pk}/change/",
    }
    for name, address in pages.items():
        page.goto(live_server.url + address)
        expect(page.locator("#main")).to_be_visible()
        shoot(page, f"{name}-{language}-{size['width']}")
        fits(page)
        is_accessible(page)


def test_what_stops_a_plan_is_found_and_settled(
    page: Page, live_server: Any, tenant: Tenant, made: Any
) -> None:
    make_member(tenant, email="op@nuvola.example", language="en")
    sign_in(page, live_server.url, "op@nuvola.example")
    page.locator("#nav-sidebar").get_by_role("link", name="Migration plans").click()
    page.get_by_role("link", name="Our move").click()
    page.get_by_role("link", name="Panificio Aurora").click()
    need = page.locator(".desk-need").first
    expect(need).to_contain_text("The number has a PIN that we do not know")
    need.get_by_role("link").click()
    expect(page.locator("#main")).to_contain_text("Point of no return ahead")
    page.get_by_role("link", name="Abandon the number").click()
    page.get_by_label("Reason").fill("sold to another company")
    page.get_by_role("button", name="Abandon the number").click()
    expect(page.locator("#main")).to_contain_text("The number is abandoned.")
    with tenant.scope():
        line = PlanLine.objects.select_related("plan").get(plan=made.running, position=2)
        assert (line.state, line.plan.state) == (LineState.ABANDONED, PlanState.IN_PROGRESS)
