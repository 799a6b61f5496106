"""The customer's page of a move: the day in its words, what is asked, and what came of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.test import Client
from django.utils import translation
from django.utils.html import escape

from onboarding import links
from onboarding.models import (
    MigrationPlan,
    Onboarding,
    Path,
    PlanLine,
    PlanNotice,
    PlanWish,
    WishKind,
)
from onboarding.plans import services
from onboarding.plans.customer.words import MOVES
from onboarding.plans.telling import decisions, needed, notices, texts
from onboarding.steps.keys import StepKey
from portal.kernel import clock, tasks, work
from portal.kernel.secrets import open_sealed
from portal.kernel.states import transition
from tests.conftest import Tenant
from tests.factories.moves import BY, MOVE, Move
from tests.factories.plans import NoticeTextFactory, PlanLineFactory, PlanWishFactory
from tests.onboarding.stage import Invited, Stage


class Page(Move):
    """One customer's move and what a browser gets of it."""

    def __init__(
        self, tenant: Tenant, client: Client, path: str = Path.ONPREM_TO_CLOUD, **known: str
    ) -> None:
        super().__init__(tenant, path, **known)  # type: ignore[arg-type]
        self.client = client
        client.cookies["start_language"] = "en"

    def read(self) -> str:
        answer = self.client.get(self.url)
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", answer.content.decode())

    def post(self, act: str, **fields: object) -> Any:
        return self.client.post(f"{self.url}/{act}", fields)


@pytest.fixture
def page(tenant: Tenant, client: Client, quiet_broker: None) -> Page:
    return Page(tenant, client)


@pytest.mark.parametrize("path", Path.values)
def test_before_its_day_each_path_says_when_what_happens_and_what_is_asked(
    tenant: Tenant, client: Client, quiet_broker: None, path: str
) -> None:
    page = Page(tenant, client, path)
    page.dated()
    html = page.read()
    assert "Your move is on Monday 8 December 2031" in html
    assert "from 03:00 to 05:00 (New York time)" in html  # not our hour, not Rome's
    assert "The day may still change" in html  # nobody has been told yet
    with translation.override("en"):
        for asked in MOVES[path].asked:
            assert escape(str(asked.title)) in html
        for part in MOVES[path].happens:
            assert escape(str(part)) in html
    irreversible = path in (Path.ONPREM_TO_CLOUD, Path.NUMBER_WABA_TO_WABA, Path.WABA_PARTNER_SWITCH)
    assert ("The point of no return" in html) == irreversible
    assert ('"featureType": "whatsapp_business_app_onboarding"' in html.replace("&quot;", '"')) == (
        path == Path.COEXISTENCE
    )
    assert html.count("<h1") == 1


def test_a_change_of_partner_says_until_when_nothing_goes_out(
    tenant: Tenant, client: Client, quiet_broker: None
) -> None:
    page = Page(tenant, client, Path.WABA_PARTNER_SWITCH)
    page.dated()
    assert "until Thursday 1 January 2032, when Meta counts our payment" in page.read()


def test_a_day_that_was_told_is_not_called_doubtful(page: Page) -> None:
    page.dated()
    with page.tenant.scope():
        PlanNotice.objects.create(
            partner_id=page.tenant.partner_id,
            plan=page.plan,
            kind="ANNOUNCEMENT",
            language="en",
            body="told",
            told_start_at=MOVE,
            created_at=page.now,
            created_by=BY,
        )
    html = page.read()
    assert "The day may still change" not in html
    assert "We begin by ourselves at that time" in html


def test_the_number_that_needs_its_customer_is_on_top_of_the_plans_page(page: Page) -> None:
    page.dated()
    calm = page.read()
    assert 'form="do-pin"' not in calm
    with page.tenant.scope():
        second: PlanLine = PlanLineFactory(plan=page.plan, display_phone_number="+390655502020")
    first_journey, journey = page.journey(), page.journey(second)
    page.wait(first_journey, StepKey.APPOINTMENT, "appointment")
    page.wait(journey, StepKey.PREFLIGHT, "pin_needed")
    html = page.read()
    assert html.index("We need the number&#x27;s PIN") < html.index("Your move is on")
    assert 'form="do-pin"' in html
    assert 'id="connect"' not in html
    assert html.count("<h1") == 1
    wrong = page.post("pin", onboarding=journey.pk, pin="12345")
    assert wrong.status_code == 409
    assert "A PIN has six digits." in wrong.content.decode()
    assert page.post("pin", onboarding=journey.pk, pin="123456").status_code == 302
    with page.tenant.scope():
        number = Onboarding.objects.select_related("phone_number").get(pk=journey.pk).phone_number
        assert number is not None
        assert open_sealed(row=number, column="pin").reveal() == "123456"


def test_a_pin_or_a_code_is_taken_for_a_number_of_this_page_only(page: Page, client: Client) -> None:
    page.dated()
    stranger = Page(page.tenant, client, number="+390655509090")
    stranger.dated()
    other = stranger.journey()
    for act, fields in (("pin", {"pin": "123456"}), ("enter-code", {"digits": "123456"})):
        refused = page.post(act, onboarding=other.pk, **fields)
        assert refused.status_code == 409
        assert page.post(act, onboarding="x", **fields).status_code == 409
    with page.tenant.scope():
        number = Onboarding.objects.select_related("phone_number").get(pk=other.pk).phone_number
        assert number is not None
        assert number.pin is None


def test_a_code_is_asked_for_in_the_language_of_the_page(
    tenant: Tenant, client: Client, quiet_broker: None
) -> None:
    page = Page(tenant, client, Path.NUMBER_WABA_TO_WABA)
    page.dated()
    journey = page.journey()
    page.wait(journey, StepKey.VERIFICATION, "request_code", owner="CUSTOMER")
    assert "Send the code by SMS" in page.read()
    assert page.post("send-code", onboarding=journey.pk, method="VOICE").status_code == 302
    with tenant.scope():
        asked = Onboarding.objects.get(pk=journey.pk)
        assert (asked.code_method, asked.code_language) == ("VOICE", "en_US")
    page.wait(journey, StepKey.VERIFICATION, "enter_code", owner="CUSTOMER")
    assert page.post("enter-code", onboarding=journey.pk, digits="123-456").status_code == 302
    with tenant.scope():
        assert (
            open_sealed(row=Onboarding.objects.get(pk=journey.pk), column="entered_code").reveal() == "123456"
        )


def test_a_customer_names_days_until_one_is_fixed_and_takes_its_own_back(page: Page) -> None:
    with page.tenant.scope():
        PlanWishFactory(plan=page.plan, kind=WishKind.NOT_BEFORE)
    first = page.now.date() + timedelta(days=10)
    days = {"first": first.isoformat(), "last": (first + timedelta(days=2)).isoformat(), "reason": "Fair"}
    assert page.post("days-off", **days).status_code == 302
    assert page.post("days-off", **days).status_code == 302  # said again: nothing new
    with page.tenant.scope():
        mine = PlanWish.objects.filter(created_by="customer", withdrawn_at=None)
        assert list(mine.order_by("day").values_list("day", flat=True)) == [
            first + timedelta(days=number) for number in range(3)
        ]
        theirs = PlanWish.objects.get(kind=WishKind.NOT_BEFORE)
        own = mine.first()
        assert own is not None
    html = page.read()
    assert "Not before Tuesday 1 December 2026" in html
    assert html.count("Take back") == 3
    assert page.post("withdraw-day", wish=theirs.pk).status_code == 409
    assert page.post("withdraw-day", wish=own.pk).status_code == 302
    page.dated()
    late = page.post("days-off", **days)
    assert late.status_code == 409
    with page.tenant.scope():
        assert PlanWish.objects.filter(created_by="customer", withdrawn_at=None).count() == 2


@pytest.mark.parametrize(("first", "last"), [(0, None), (5, 3), (5, 36), (900, None), (None, None)])
def test_days_that_make_no_sense_are_refused_beside_the_form(
    page: Page, first: int | None, last: int | None
) -> None:
    day = {name: (page.now + timedelta(days=ahead)).date().isoformat() if ahead is not None else ""
           for name, ahead in (("first", first), ("last", last))}  # fmt: skip
    refused = page.post("days-off", reason="Fiera <b>", **day)
    assert refused.status_code == 409
    html = refused.content.decode()
    assert "Choose one day, or the first and the last" in html
    assert "Fiera &lt;b&gt;" in html  # what was typed is still there
    with page.tenant.scope():
        assert not PlanWish.objects.exists()


def test_after_the_move_its_report_can_be_read(page: Page) -> None:
    page.dated()
    journey = page.journey()
    page.moving()
    assert "Point of no return passed:" in page.read()
    page.moved(journey)
    page.to("COMPLETED")
    html = page.read()
    assert "Your move is complete" in html
    assert "interrupted for 1 minute 1 second" in html
    assert "The number is on the Cloud API" in html
    assert "A message to the number arrived <b>(not proved)</b>" in html
    assert '2 message templates were copied, 2 were not copied <span lang="en">(Low quality)' in html
    assert "hx-get" not in html  # nothing more will happen


def test_the_link_of_the_announcement_leads_through_metas_window_when_the_day_has_come(
    stage: Stage, client: Client
) -> None:
    client.cookies["start_language"] = "en"
    world, now = stage.tenant.world, clock.now()
    with stage.tenant.scope():
        for text in texts.adopt_defaults(name="move", now=now, by=BY):
            texts.approve_text(text=text, now=now, by=BY)
        plan = services.create_plan(
            customer=world.customer, app=world.app, path=Path.NEW_CUSTOMER, now=now, by=BY
        )
        line = services.add_line(plan=plan, display_phone_number="+390655501010", now=now, by=BY)
        decided = {"choice": True, "text_name": "move", "days_before": 2}
        decisions.decide(plan=plan, key="INFORM", now=now, by=BY, **decided)
        for state in ("ASSESSED", "SCHEDULED"):
            start = {"planned_start_at": now + timedelta(days=2)} if state == "SCHEDULED" else {}
            transition(row=plan, to=state, now=now, by=BY, **start)
        notices.ensure_notices(plan=plan, now=now, by=BY)
        work.schedule(plan, due_at=now, now=now)
    stage.drain()
    (told,) = mail.outbox
    token = told.body.split("/start/")[1].split()[0]
    assert "Your move is on" in client.get(f"/start/{token}").content.decode()
    assert client.post(f"/start/{token}/session").status_code == 409  # its day has not come
    stage.move_clock(timedelta(days=2))
    stage.drain()
    page = client.get(f"/start/{token}").content.decode()
    assert 'id="connect"' in page
    assert "Your move is under way" in page
    with stage.tenant.scope():
        onboarding = PlanLine.objects.select_related("onboarding").get(pk=line.pk).onboarding
    assert onboarding is not None
    customer = Invited(stage, onboarding, token, "390655501010")
    customer.sign_up()
    stage.until(lambda: customer.state == "REGISTERED")


def test_a_number_that_waits_for_its_customer_asks_by_e_mail_once_a_day_until_it_is_done(page: Page) -> None:
    page.dated()
    journey = page.journey()
    page.wait(journey, StepKey.PREFLIGHT, "pin_needed")

    def ask(later: timedelta) -> int:
        with page.tenant.scope():
            needed.tell_customer(plan_id=page.plan.pk, reason="pin_needed", now=page.now + later, by=BY)
            return PlanNotice.objects.filter(kind="NEEDED", cancelled_at=None).count()

    assert ask(timedelta()) == 0  # nobody decided to inform this customer
    with page.tenant.scope():
        NoticeTextFactory(language=page.customer.language)
        told = {"choice": True, "text_name": "move", "days_before": 7}
        decisions.decide(plan=page.plan, key="INFORM", now=page.now, by=BY, **told)
    assert [ask(timedelta(minutes=minutes)) for minutes in (0, 5)] == [1, 1]
    with mock.patch("portal.kernel.clock.now", return_value=page.now + timedelta(minutes=10)):
        tasks.drain(now=page.now + timedelta(minutes=10))
    (asked,) = mail.outbox
    assert "+39 06 5550 1010" in asked.body
    assert "/start/" in asked.body
    assert ask(timedelta(hours=5)) == 1
    assert ask(timedelta(hours=24)) == 2
    page.wait(journey, StepKey.APPOINTMENT, "appointment")  # meanwhile it was done
    with mock.patch("portal.kernel.clock.now", return_value=page.now + timedelta(hours=25)):
        tasks.drain(now=page.now + timedelta(hours=25))
    assert len(mail.outbox) == 1


def test_a_link_of_the_onboarding_shows_the_plan_too(page: Page) -> None:
    page.dated()
    journey = page.journey()
    with page.tenant.scope():
        url = links.create_link(onboarding=journey, now=page.now, by=BY)
    page.url = "/start/" + url.rpartition("/")[2]
    assert "Your move is on Monday 8 December 2031" in page.read()


def test_an_abandoned_plan_says_so_and_asks_nothing(page: Page) -> None:
    page.dated()
    page.to("ABANDONED")
    html = page.read()
    assert "The move does not take place" in html
    assert "What we ask of you" not in html


def test_an_expired_link_of_a_plan_is_renewed_by_mail(page: Page, tenant: Tenant) -> None:
    with tenant.scope():
        page.plan.links.update(expires_at=page.now - timedelta(hours=1))
    assert page.client.get(page.url).status_code == 410
    renewed = page.client.post(f"{page.url}/renew")
    assert "A new link is on its way" in renewed.content.decode()
    with tenant.scope():
        assert PlanNotice.objects.get(kind="LINK").due_at is not None


def test_an_open_page_of_a_plan_asks_for_no_more_than_has_changed(page: Page) -> None:
    page.dated()
    seen = re.search(r"progress\?seen=(\w+)", page.read())
    assert seen is not None
    assert page.client.get(f"{page.url}/progress", {"seen": seen[1]}).status_code == 204
    with page.tenant.scope():
        MigrationPlan.objects.filter(pk=page.plan.pk).update(paused_at=page.now)
    changed = page.client.get(f"{page.url}/progress", {"seen": seen[1]})
    assert "The move is paused" in changed.content.decode()
