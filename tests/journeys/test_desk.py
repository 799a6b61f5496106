"""A person at the desk, in a real browser: finds the most urgent onboarding and moves it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from onboarding.models import Onboarding, Step
from portal.kernel import clock
from tests.conftest import Tenant
from tests.factories import queue
from tests.factories.desk import PASSWORD, make_member

pytestmark = pytest.mark.browser

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 780}


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(locale="it-IT", viewport=DESKTOP)
    page = context.new_page()
    page.set_default_timeout(10_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def urgent(tenant: Tenant) -> Any:
    with tenant.scope():
        return queue.fill(tenant.world, now=clock.now())


def sign_in(page: Page, base: str, email: str) -> None:
    page.goto(f"{base}/admin/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("#login-form button[type=submit]").click()
    page.wait_for_url(f"{base}/admin/")


def shoot(page: Page, name: str) -> None:
    """Keep a picture where SCREENSHOTS says."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def fits(page: Page) -> None:
    """Nothing makes the page wider than the screen."""
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, "the page scrolls sideways"


def is_accessible(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
    bad = [
        (one["id"], one["nodes"][0]["html"][:160])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert bad == []


def test_the_most_urgent_onboarding_is_found_and_tried_again(
    page: Page, live_server: Any, tenant: Tenant, urgent: Any
) -> None:
    make_member(tenant, email="op@nuvola.example", language="en")
    sign_in(page, live_server.url, "op@nuvola.example")
    shoot(page, "desk-home")
    page.locator("#nav-sidebar").get_by_role("link", name="Queue").click()
    shoot(page, "desk-queue")
    rows = page.locator("#result_list tbody tr")
    expect(rows.nth(0)).to_contain_text("Officina Bellini")
    expect(rows.nth(1)).to_contain_text("Panificio Aurora")
    rows.nth(1).get_by_role("link", name="Panificio Aurora").click()
    expect(page.locator(".desk-need")).to_contain_text("133005")
    shoot(page, "desk-onboarding")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#main")).to_contain_text("The current step is tried again.")
    with tenant.scope():
        row = Onboarding.objects.get(pk=urgent.onboarding.pk)
        assert row.due_at is not None
        assert Step.objects.get(onboarding=row, key="register").state == "PENDING"


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_of_the_day_fits_and_can_be_read_by_all(
    page: Page, live_server: Any, tenant: Tenant, urgent: Any, language: str, size: Any
) -> None:
    make_member(tenant, email="op@nuvola.example", language=language, role="ADMIN")
    sign_in(page, live_server.url, "op@nuvola.example")
    page.set_viewport_size(size)
    pages = {
        "home": "/admin/",
        "queue": "/admin/onboarding/onboarding/",
        "onboarding": f"/admin/onboarding/onboarding/{urgent.onboarding.pk}/change/",
        "customer": f"/admin/tenants/customer/{urgent.onboarding.customer.pk}/change/",
        "app": f"/admin/tenants/metaapp/{tenant.world.app.pk}/change/",
        "number": f"/admin/tenants/phonenumber/{urgent.onboarding.phone_number.pk}/change/",
        "limits": "/admin/kernel/limit/",
        "cancel": f"/admin/onboarding/onboarding/{urgent.onboarding.pk}/do/cancel/",
    }
    for name, address in pages.items():
        page.goto(live_server.url + address)
        expect(page.locator("#main")).to_be_visible()
        shoot(page, f"desk-{name}-{language}-{size['width']}")
        fits(page)
        is_accessible(page)


def test_a_link_is_shown_once_and_can_be_copied(page: Page, live_server: Any, tenant: Tenant) -> None:
    make_member(tenant, email="op@nuvola.example", language="en")
    sign_in(page, live_server.url, "op@nuvola.example")
    page.goto(f"{live_server.url}/admin/tenants/customer/{tenant.world.customer.pk}/change/")
    page.get_by_role("link", name="Invite").click()
    page.get_by_role("button", name="Invite").click()
    link = page.locator("#shown-once").inner_text()
    assert "/start/" in link
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#copy-status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == link
    shoot(page, "desk-link")
    page.get_by_role("link", name="Done").click()
    assert link not in page.content()


def test_a_chosen_file_is_named_beside_its_button(page: Page, live_server: Any, tenant: Tenant) -> None:
    make_member(tenant, email="op@nuvola.example", language="it")
    sign_in(page, live_server.url, "op@nuvola.example")
    page.goto(f"{live_server.url}/admin/onboarding/planimport/add/")
    is_accessible(page)
    file = {"name": "clienti.csv", "mimeType": "text/csv", "buffer": b"customer_ref\n"}
    page.locator("input[type=file]").set_input_files([file])
    assert page.locator("label input[type=text]").input_value() == "clienti.csv"
    shoot(page, "desk-file")
    page.set_viewport_size(PHONE)
    fits(page)
    shoot(page, "desk-file-phone")
