"""Whatever a journey waits for, its page has one face, one place in the list and one next action."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape

from onboarding import page, words
from onboarding.models import Kind, Onboarding, Owner
from onboarding.onepage import Shown
from onboarding.page import Page, Stage
from onboarding.queries import Journey, SignupView, StepView
from onboarding.requirements import REASONS, requirement
from onboarding.states import OPEN_STATES, OnboardingState, StepState
from onboarding.steps.keys import KEYS
from tenants.models import Customer, MetaApp, Partner, PhoneNumber, Waba

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ENDS = NOW + timedelta(days=5)
DONE = {
    "INVITED": 0,
    "SIGNED_UP": 1,
    "EXPIRED": 1,
    "REGISTERED": 6,
    "LIVE": 8,
    "CANCELLED": 0,
    "ROLLED_BACK": 0,
}
PARTNER = Partner(
    name="Nuvola Connect", legal_entity="Nuvola Connect S.r.l.", support_email="aiuto@nuvola.example"
)
CUSTOMER = Customer(name="Panificio Aurora")
NEVER_OPENED = SignupView(
    started_at=NOW,
    event="",
    event_at=None,
    code_received_at=None,
    current_step="",
    error_code="",
    error_message="",
    meta_session_id="",
    failed_reason="",
)


def _journey(state: str, reason: str | None, signup: SignupView | None = None) -> Journey:
    keys = KEYS[Kind.EMBEDDED_SIGNUP]
    current = keys[min(DONE[state], len(keys) - 1)]
    needs = [requirement(step=current, reason=reason)] if reason else []
    steps = [
        StepView(
            key=key,
            title=key.label,
            state=StepState.DONE if place < DONE[state] else StepState.PENDING,
            requirement=None,
            changed_at=NOW,
        )
        for place, key in enumerate(keys)
    ]
    is_known = state not in ("INVITED", "CANCELLED")
    number = PhoneNumber(display_phone_number="+39 333 123 4567", verified_name="Panificio Aurora")
    return Journey(
        onboarding=Onboarding(state=state, customer=CUSTOMER, app=MetaApp(app_id="1", config_id="2")),
        state=state,
        steps=steps,
        requirements=needs,
        next_action=needs[0] if needs else None,
        window_ends_at=ENDS if is_known else None,
        time_left=ENDS - NOW if is_known else None,
        window_over=False,
        attempts_used=0,
        attempts_allowed=8,
        attempts_free_at=None,
        phone_number=number if is_known else None,
        waba=Waba(waba_id="915500", name="Panificio Aurora") if is_known else None,
        signup=signup,
        test_message=None,
        inbound=None,
    )


def _html(shown: Page) -> str:
    app = MetaApp(app_id="1", config_id="2")
    whole = Shown(journey=shown, plan=None, app=app, expected_business_id="", keeps_app=False)
    context = {
        "page": shown,
        "shown": whole,
        "partner": PARTNER,
        "customer": CUSTOMER,
        "link_url": "http://127.0.0.1/start/x",
    }
    return render_to_string("onboarding/journey.html", context)


# Every reason in the state in which most of them come up, and some of each owner in all the others.
SOME = (None, "sign_up", "pin_needed", "access_removed", "accept_terms", "first_message", "in_progress")
FACES = [(state, reason) for state in OnboardingState.values for reason in SOME]
FACES += [("SIGNED_UP", reason) for reason in REASONS if reason not in SOME]


@pytest.mark.parametrize(("state", "reason"), FACES)
def test_every_state_and_reason_has_one_face(state: str, reason: str | None) -> None:
    with translation.override("en"):
        shown = page.build(_journey(state, reason), now=NOW, zone="Europe/Rome")
        html = _html(shown)
    current = [task for task in shown.rail.tasks if task.look.key not in ("done", "todo")]
    assert len(current) == (0 if shown.stage in (Stage.LIVE, Stage.CLOSED) else 1)
    assert html.count("<h1") == 1
    assert html.count('id="connect"') <= 1
    assert (shown.poll == 0) == (
        shown.stage is Stage.CLOSED or (shown.stage is Stage.LIVE and shown.need is None)
    )


CUSTOMERS = [key for key, known in REASONS.items() if known.owner == Owner.CUSTOMER]
ASKED = [("SIGNED_UP", reason) for reason in CUSTOMERS]
ASKED += [(state, reason) for state in OPEN_STATES for reason in ("sign_up", "connect_again", "pin_needed")]


@pytest.mark.parametrize(("state", "reason"), ASKED)
def test_whatever_the_customer_must_do_is_asked_and_the_button_is_there_if_it_helps(
    state: str, reason: str
) -> None:
    with translation.override("en"):
        html = _html(page.build(_journey(state, reason), now=NOW, zone="Europe/Rome"))
    if state == "INVITED" or reason != "sign_up":
        assert ('id="connect"' in html) == (reason in words.CONNECTS or state == "EXPIRED")
        assert ('form="do-pin"' in html) == (reason in words.ASKS_PIN and state != "EXPIRED")
    if reason != "sign_up" and state != "EXPIRED":
        assert escape(str(REASONS[reason].action)) in html


@pytest.mark.parametrize("reason", sorted(words.ASKS_CODE))
def test_a_code_for_a_customers_number_is_asked_for_and_typed_in_on_the_page(reason: str) -> None:
    journey = _journey("SIGNED_UP", reason)
    need = replace(journey.requirements[0], owner=Owner.CUSTOMER)
    with translation.override("en"):
        shown = page.build(
            replace(journey, requirements=[need], next_action=need), now=NOW, zone="Europe/Rome"
        )
        html = _html(shown)
    assert 'form="do-send-code"' in html
    assert ('name="digits"' in html) == (reason in ("enter_code", "wrong_code"))
    assert 'id="connect"' not in html


@pytest.mark.parametrize("reason", [key for key, known in REASONS.items() if known.owner == Owner.STAFF])
def test_what_staff_must_do_is_told_and_not_asked_of_the_customer(reason: str) -> None:
    with translation.override("en"):
        html = _html(page.build(_journey("SIGNED_UP", reason), now=NOW, zone="Europe/Rome"))
    assert "Our turn" in html
    assert str(REASONS[reason].action) not in html


def test_the_deadline_is_named_until_the_number_is_registered() -> None:
    with translation.override("en"):
        waiting = page.build(_journey("SIGNED_UP", "verify_number"), now=NOW, zone="Europe/Rome").deadline
        registered = page.build(_journey("REGISTERED", "first_message"), now=NOW, zone="Europe/Rome").deadline
    assert waiting is not None
    assert (waiting.at, waiting.left) == ("Friday 27 November 2026, 10:00 (Italian time)", "5 days left")
    assert not waiting.is_urgent
    assert registered is None


def test_urgency_is_announced_at_three_days_and_not_before() -> None:
    with translation.override("en"):
        journey = _journey("SIGNED_UP", None)
        calm, urgent = (
            page.build(journey, now=ENDS - left, zone="Europe/Rome").announcement
            for left in (timedelta(days=3, seconds=1), timedelta(days=3))
        )
    assert "left" not in calm
    assert urgent.endswith("3 days left")


def test_a_window_that_told_nothing_is_waited_for_and_then_forgotten() -> None:
    shown = [
        page.build(_journey("INVITED", "sign_up", NEVER_OPENED), now=NOW + later, zone="UTC").signup
        for later in (timedelta(), timedelta(minutes=14), timedelta(minutes=15))
    ]
    assert shown == ["open", "open", ""]


def test_access_taken_away_from_a_live_number_is_told_without_a_button() -> None:
    with translation.override("en"):
        html = _html(page.build(_journey("LIVE", "access_removed"), now=NOW, zone="Europe/Rome"))
    assert "We no longer have access to the account" in html
    assert 'id="connect"' not in html
    assert "aiuto@nuvola.example" in html
