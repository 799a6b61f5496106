"""The customer's door: which links open it, in which language, with which headers, and what it never does."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from onboarding import services, signup, views
from onboarding.models import Notice, Onboarding, OnboardingLink, SignupSession
from portal.kernel.clock import now
from portal.kernel.logs import JsonFormatter
from tests.conftest import Tenant
from tests.factories.journeys import Journey, invite

FINISH = '{"type": "WA_EMBEDDED_SIGNUP", "event": "FINISH", "data": {"waba_id": "915500"}}'


@pytest.fixture
def journey(tenant: Tenant) -> Journey:
    with tenant.scope():
        return invite(tenant.world, now=now())


@pytest.fixture
def start(journey: Journey) -> str:
    return f"/start/{journey.token}"


def _nonce(client: Client, start: str) -> str:
    answer = client.post(f"{start}/session")
    assert answer.status_code == 200
    return str(answer.json()["nonce"])


def test_the_page_speaks_the_customers_language_until_another_is_chosen(client: Client, start: str) -> None:
    assert client.get(start).headers["Content-Language"] == "it"
    switched = client.get(start, {"lang": "en"})
    assert (switched.status_code, switched["Location"]) == (302, start)
    cookie = switched.cookies["start_language"]
    assert (cookie.value, cookie["path"], cookie["httponly"]) == ("en", "/start/", True)
    page = client.get(start)
    assert page.headers["Content-Language"] == "en"
    assert "Connect your WhatsApp Business account" in page.content.decode()
    assert client.get(start, {"lang": "xx"}).headers["Content-Language"] == "en"


def test_a_page_says_who_asks_for_which_access_before_meta_opens(client: Client, start: str) -> None:
    client.cookies["start_language"] = "en"
    page = client.get(start).content.decode()
    assert "Nuvola Connect S.r.l." in page
    assert page.index("What Nuvola Connect can do") < page.index('id="connect"')
    assert "How to withdraw the access" in page


def test_headers_keep_the_page_private_and_let_only_meta_in(client: Client, start: str) -> None:
    answer = client.get(start)
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert "no-store" in answer["Cache-Control"]
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert policy["script-src"].split()[0] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    nonce = re.search(r'<style nonce="([^"]+)"', answer.content.decode())
    assert nonce is not None
    assert f"'nonce-{nonce[1]}'" in policy["style-src"]
    assert client.get("/healthz")["Cross-Origin-Opener-Policy"] == "same-origin"


def test_unknown_links_all_get_the_same_answer(client: Client, start: str) -> None:
    answers = {
        (answer.status_code, answer.content)
        for path in ("/start/nothing", "/start/" + "x" * 43, start[:-1] + "!", start + "x/progress")
        for answer in (client.get(path), client.post(path))
    }
    assert {status for status, _ in answers} == {404}
    assert len(answers) == 1


def test_the_changing_part_is_sent_only_when_it_changed(client: Client, start: str, journey: Journey) -> None:
    page = client.get(start).content.decode()
    seen = re.search(r"progress\?seen=(\w+)", page)
    assert seen is not None
    assert client.get(f"{start}/progress", {"seen": seen[1]}).status_code == 204
    _nonce(client, start)
    changed = client.get(f"{start}/progress", {"seen": seen[1]})
    assert changed.status_code == 200
    assert changed.content.decode().lstrip().startswith('<div id="journey"')


def test_the_results_of_a_window_are_kept_with_its_session(
    client: Client, start: str, journey: Journey, tenant: Tenant
) -> None:
    nonce = _nonce(client, start)
    assert client.post(f"{start}/message", {"nonce": nonce, "message": FINISH}).status_code == 204
    assert client.post(f"{start}/message", {"nonce": nonce, "message": "not json"}).status_code == 204
    assert client.post(f"{start}/code", {"nonce": nonce, "code": "AQBcode"}).status_code == 204
    assert client.post(f"{start}/code", {"nonce": nonce, "code": "AQBcode"}).status_code == 204
    with tenant.scope():
        session = SignupSession.objects.get()
        assert (session.event, session.waba_id) == ("FINISH", "915500")
        assert session.code_received_at is not None
        assert b"AQBcode" not in bytes(session.code or b"")


def test_a_code_from_another_customers_page_is_refused_in_words(
    client: Client, start: str, other_tenant: Tenant, tenant: Tenant
) -> None:
    with other_tenant.scope():
        foreign = invite(other_tenant.world, now=now())
    nonce = _nonce(client, f"/start/{foreign.token}")
    client.cookies["start_language"] = "en"
    refused = client.post(f"{start}/code", {"nonce": nonce, "code": "AQBcode"})
    assert refused.status_code == 409
    assert refused.json()["code"] == "signup_session_unknown"
    assert "not started from this page" in refused.json()["message"]
    with tenant.scope():
        assert not SignupSession.objects.exists()


def test_posts_need_the_token_against_forged_requests(start: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(f"{start}/session").status_code == 403
    page = client.get(start).content.decode()
    token = re.search(r'data-csrf="([^"]+)"', page)
    assert token is not None
    assert client.post(f"{start}/session", headers={"X-CSRFToken": token[1]}).status_code == 200


def test_a_failure_leaves_nothing_behind(
    client: Client, start: str, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = signup.start_session

    def begin_and_fail(**given: Any) -> None:
        begin(**given)
        raise RuntimeError("after the insert")

    monkeypatch.setattr(views.signup, "start_session", begin_and_fail)
    client.raise_request_exception = False
    assert client.post(f"{start}/session").status_code == 500
    with tenant.scope():
        assert not SignupSession.objects.exists()


def test_no_log_line_holds_a_link(client: Client, start: str) -> None:
    formatter = JsonFormatter()
    record = logging.LogRecord("django.request", 30, "", 0, "Gone: %s/progress", (start,), None)
    line = formatter.format(record)
    assert start not in line
    assert "/start/***/progress" in line


def test_an_expired_link_mails_one_new_link_to_the_address_on_file(
    client: Client, start: str, tenant: Tenant
) -> None:
    client.cookies["start_language"] = "en"
    with tenant.scope():
        OnboardingLink.objects.update(expires_at=now() - timedelta(hours=1))
        before = Notice.objects.count()
        address = tenant.world.customer.contact_email
    expired = client.get(start)
    assert expired.status_code == 410
    assert "Send me a new link" in expired.content.decode()
    assert address not in expired.content.decode()
    assert client.post(f"{start}/session").status_code == 410
    assert "A new link is on its way" in client.post(f"{start}/renew").content.decode()
    again = client.post(f"{start}/renew")
    assert again.status_code == 410
    assert "replaced by a newer one" in again.content.decode()
    with tenant.scope():
        assert Notice.objects.count() == before + 1


def test_a_link_that_works_cannot_be_renewed(client: Client, start: str, tenant: Tenant) -> None:
    assert client.post(f"{start}/renew").status_code == 404
    assert client.get(start).status_code == 200


def test_a_cancelled_journey_says_so_neutrally(
    client: Client, start: str, journey: Journey, tenant: Tenant
) -> None:
    client.cookies["start_language"] = "en"
    with tenant.scope():
        onboarding = Onboarding.objects.get(pk=journey.onboarding.pk)
        services.cancel(onboarding=onboarding, now=now(), by="test", reason="not wanted")
    answer = client.get(start)
    assert answer.status_code == 410
    assert "This connection has been closed" in answer.content.decode()


def test_the_first_opening_is_kept(client: Client, start: str, tenant: Tenant) -> None:
    client.get(start)
    with tenant.scope():
        first = OnboardingLink.objects.get().opened_at
    client.get(start)
    with tenant.scope():
        assert first is not None
        assert OnboardingLink.objects.get().opened_at == first


@pytest.mark.parametrize(
    ("browser", "is_warned"),
    [
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/480.0]", True),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9; wv) AppleWebKit/537.36 Chrome/140.0 Mobile", True),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1", False),
    ],
)
def test_a_browser_inside_an_app_is_told_to_open_a_real_one(
    client: Client, start: str, browser: str, is_warned: bool
) -> None:
    page = client.get(start, headers={"User-Agent": browser}).content.decode()
    assert ('id="in-app-link"' in page) is is_warned


def test_a_number_of_queries_that_does_not_grow(
    client: Client, start: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(25):
        client.get(f"{start}/progress", {"seen": ""})
