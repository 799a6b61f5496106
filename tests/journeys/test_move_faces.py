"""Every face of a move's page in a browser: it fits a small phone, and WCAG 2.2 AA finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from onboarding.models import MigrationPlan, Path, WishKind
from onboarding.plans import services
from tests.conftest import Tenant
from tests.factories.moves import BY, Move
from tests.factories.plans import PlanLineFactory
from tests.journeys.test_customer_faces import LOOKS, RULES, keep, sdk

pytestmark = pytest.mark.browser


def _preparing(move: Move) -> None:
    day = move.now.date() + timedelta(days=20)
    with move.tenant.scope():
        given = {"plan": move.plan, "kind": WishKind.NOT_ON, "now": move.now}
        services.add_wish(**given, day=day, by="customer", reason="Fiera")
        services.add_wish(**given, day=day + timedelta(days=7), by=BY)


def _three_numbers(move: Move) -> None:
    with move.tenant.scope():
        for number in ("+390655502020", "+390655503030"):
            PlanLineFactory(plan=move.plan, display_phone_number=number)


def _paused(move: Move) -> None:
    move.dated()
    with move.tenant.scope():
        MigrationPlan.objects.update(paused_at=move.now)


def _pin(move: Move) -> None:
    _three_numbers(move)
    move.dated()
    move.wait(move.journey(), "preflight", "pin_needed")


def _code(move: Move) -> None:
    move.dated()
    move.wait(move.journey(), "verification", "enter_code", owner="CUSTOMER")


def _moving(move: Move) -> None:
    _three_numbers(move)
    move.dated()
    move.wait(move.journey(), "register", "in_progress")
    move.moving()


def _done(move: Move) -> None:
    move.dated()
    journey = move.journey()
    move.moving()
    move.moved(journey)
    move.to("COMPLETED")


FACES: dict[str, tuple[str, Callable[[Move], Any]]] = {
    "preparing": (Path.ONPREM_TO_CLOUD, _preparing),
    "paused": (Path.WABA_PARTNER_SWITCH, _paused),
    "pin": (Path.ONPREM_TO_CLOUD, _pin),
    "code": (Path.NUMBER_WABA_TO_WABA, _code),
    "moving": (Path.ONPREM_TO_CLOUD, _moving),
    "done": (Path.COEXISTENCE, _done),
}


@pytest.mark.parametrize("face", FACES)
def test_every_face_of_a_move_fits_and_is_accessible(
    face: str, chromium: Browser, tenant: Tenant, live_server: Any, settings: Any
) -> None:
    settings.EMBEDDED_SIGNUP_SDK_URL = "https://connect.facebook.net/en_US/sdk.js"
    path, prepare = FACES[face]
    move = Move(tenant, path, zone="Europe/Rome")
    prepare(move)
    page = chromium.new_page()
    page.route("https://connect.facebook.net/**", sdk)
    for width, scheme, language in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        answer = page.goto(f"{live_server.url}{move.url}?lang={language}")
        assert answer is not None
        assert answer.status == 200
        overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{face} is {overflow} px too wide at {width} px"
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        keep(page, f"move-{face}-{width}-{language}")
    page.close()
