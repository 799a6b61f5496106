from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.simulator.harness import Machine, Program


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def program() -> Iterator[Program]:
    with Program() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium for one file; without one its tests are skipped, unless it is required."""
    # For one file, since Playwright's event loop runs in this thread, where other files want their own.
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        if os.environ.get("PORTAL_REQUIRE_BROWSER"):
            pytest.fail("No Chromium was found")
        pytest.skip("No Chromium was found")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()
