"""Every face of the customer's page in a browser: it fits a small phone, and WCAG 2.2 AA finds nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

from messaging.models import MessageStatus
from onboarding.models import OnboardingLink
from onboarding.states import OnboardingState
from portal.kernel.clock import now
from portal.kernel.states import transition
from tenants.models import Partner
from tests.conftest import Tenant
from tests.factories.journeys import Journey, invite

pytestmark = pytest.mark.browser

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
LOOKS: tuple[tuple[int, Literal["light", "dark"], str], ...] = ((1280, "light", "en"), (320, "dark", "it"))
SDK = "window.FB = { init() {}, login() {} }; setTimeout(() => window.fbAsyncInit());"


def _cancelled_window(journey: Journey) -> None:
    journey.session(event="CANCEL", current_step="PHONE_NUMBER_VERIFICATION")


def _error_in_window(journey: Journey) -> None:
    told = {"error_code": "524126", "meta_session_id": "f34b51"}
    journey.session(event="ERROR", error_message="This number is linked elsewhere.", **told)


def _setting_up(journey: Journey) -> None:
    journey.signed_up(signed_up_at=journey.now - timedelta(hours=3))
    journey.done("webhooks", "subscribe", "credit_line")


def _waiting_for_staff(journey: Journey) -> None:
    _setting_up(journey)
    journey.done("phone_number_id")
    journey.wait("register", "accept_terms")


def _needed(journey: Journey) -> None:
    journey.signed_up(signed_up_at=journey.now - timedelta(days=11, hours=12))
    journey.done("webhooks", "subscribe", "credit_line", "phone_number_id")
    journey.wait("register", "verify_number", code=133006, fbtrace_id="AbCdEf123")


def _registered(journey: Journey) -> None:
    journey.signed_up()
    journey.registered()


def _answering(journey: Journey) -> None:
    _registered(journey)
    journey.answered(MessageStatus.SENT)


def _live(journey: Journey) -> None:
    _registered(journey)
    journey.answered(MessageStatus.READ)
    journey.live()


def _over(journey: Journey) -> None:
    journey.signed_up(signed_up_at=journey.now - timedelta(days=15))
    transition(row=journey.onboarding, to=OnboardingState.EXPIRED, now=journey.now, by="test")


def _expired_link(journey: Journey) -> None:
    OnboardingLink.objects.update(expires_at=journey.now - timedelta(days=1))


def _replaced_link(journey: Journey) -> None:
    OnboardingLink.objects.update(revoked_at=journey.now)


def _bright_brand(journey: Journey) -> None:
    Partner.objects.update(brand_color="#ffe100")


FACES: dict[str, Callable[[Journey], Any]] = {
    "connect": lambda journey: None,
    "bright-brand": _bright_brand,
    "window-open": Journey.session,
    "cancelled": _cancelled_window,
    "error": _error_in_window,
    "setup": _setting_up,
    "staff": _waiting_for_staff,
    "needed": _needed,
    "test": _registered,
    "answering": _answering,
    "live": _live,
    "over": _over,
    "link-expired": _expired_link,
    "link-replaced": _replaced_link,
}


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def sdk(route: Route) -> None:
    route.fulfill(body=SDK, content_type="text/javascript")


@pytest.mark.parametrize("face", FACES)
def test_every_face_fits_and_is_accessible(
    face: str, chromium: Browser, tenant: Tenant, live_server: Any, settings: Any
) -> None:
    settings.EMBEDDED_SIGNUP_SDK_URL = "https://connect.facebook.net/en_US/sdk.js"
    with tenant.scope():
        journey = invite(tenant.world, now=now())
        FACES[face](journey)
    page = chromium.new_page()
    page.route("https://connect.facebook.net/**", sdk)
    for width, scheme, language in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        answer = page.goto(f"{live_server.url}/start/{journey.token}?lang={language}")
        assert answer is not None
        assert answer.status == (410 if face.startswith("link-") else 200)
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{face} is {overflow} px too wide at {width} px"
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        keep(page, f"{face}-{width}-{language}")
    page.close()
