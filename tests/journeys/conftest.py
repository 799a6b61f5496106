"""What journeys need: a real Chromium, and a whole running product."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.stack import World, running_world

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Skipped where there is no Chromium, unless it is required."""
    path = os.environ.get("CHROMIUM")
    if not path:
        if os.environ.get("PORTAL_REQUIRE_BROWSER"):
            pytest.fail("no Chromium was found")
        pytest.skip("no Chromium was found")
    return path


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """A browser for one file: Playwright's event loop runs in this thread, where others want their own."""
    # The fixtures around a test use the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS.split())
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def world(chromium_path: str) -> Iterator[World]:
    """One running product for all journeys, gone before other tests begin; each brings its own customer."""
    with running_world() as running:
        yield running


@pytest.fixture(scope="package")
def hasty() -> Iterator[World]:
    """A running product whose waits between tries are a twentieth; its clock moves forward only."""
    with running_world({"TIME_SCALE": "20"}) as running:
        yield running
