"""The reference of the API renders in a real browser, under its own policy and without another host."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

RESOURCES = {
    *("customers", "me", "messages", "notice-texts", "onboardings", "phone-numbers", "plan-imports"),
    *("plan-numbers", "plans", "schedules", "wabas"),
}

pytestmark = pytest.mark.browser


def test_the_reference_shows_every_resource(chromium: Browser, live_server: LiveServer) -> None:
    hosts, complaints = set(), []
    page = chromium.new_page(viewport={"width": 1280, "height": 1600})
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.goto(f"{live_server.url}/api/docs")
    page.get_by_text("Invite a customer").first.wait_for()
    page.get_by_role("button", name="Authorize").wait_for()
    shown = page.locator(".opblock-tag").all_inner_texts()
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/api-docs.png")
    page.close()
    assert complaints == []
    assert {host for host in hosts if host} == {live_server.url.split("/")[2]}
    assert {tag.split("\n")[0] for tag in shown} == RESOURCES
