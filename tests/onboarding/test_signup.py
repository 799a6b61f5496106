"""The customer's side: links, sessions, and signals that come in any order, twice, late or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from onboarding import progress, signup
from onboarding.models import OnboardingLink, SignupSession
from portal.graph.secret import Secret
from portal.kernel import clock, work
from portal.kernel.models import GraphCall
from tenants.services import withdraw_terms
from tests.onboarding.stage import Invited, Stage

# --- Links -------------------------------------------------------------------------------------------------


def test_a_link_is_kept_as_a_hash_and_opens_its_own_onboarding(stage: Stage) -> None:
    customer = stage.invite()
    link = customer.link()
    assert link.onboarding_id == customer.onboarding.pk
    assert link.customer_id == stage.tenant.world.customer.pk
    with stage.tenant.scope():
        row = OnboardingLink.objects.get()
        assert customer.token not in str(vars(row))
        signup.note_opened(link=link, now=clock.now())
        assert OnboardingLink.objects.get().opened_at is not None


def test_a_link_that_nobody_made_an_old_one_and_a_replaced_one_are_told_apart(stage: Stage) -> None:
    customer = stage.invite()
    with pytest.raises(signup.LinkUnknown):
        signup.find_link("x" * 43, clock.now())
    with pytest.raises(signup.LinkExpired) as expired:
        signup.find_link(customer.token, clock.now() + timedelta(days=7))
    assert expired.value.link.onboarding_id == customer.onboarding.pk
    with stage.tenant.scope():
        OnboardingLink.objects.update(revoked_at=clock.now())
    with pytest.raises(signup.LinkRevoked):
        customer.link()


# --- Signals -----------------------------------------------------------------------------------------------

SIGNALS = ("code", "code again", "message", "PARTNER_ADDED")
# The same code twice is the same signal: only orders that differ.
ORDERS = [order for order in permutations(SIGNALS) if order.index("code") < order.index("code again")]


def test_signals_in_any_order_end_in_the_same_state(stage: Stage) -> None:
    stage.meta.ask("settings", {"partner_added_after_seconds": 0})
    with stage.tenant.scope():
        stage.tenant.world.partner.credit_line_required = False
        stage.tenant.world.partner.save()
        withdraw_terms(reason="the gate behind which all signals are in", now=clock.now(), by="test")
    for order in ORDERS:
        customer = stage.invite()
        result = _signals(customer, order)
        journey = customer.journey()
        ended = (journey.state, customer.waits_for, customer.phone_number_id, journey.waba.waba_id)
        assert ended == ("SIGNED_UP", "accept_terms", result["phone_number_id"], result["waba_id"]), order
        assert len(stage.meta.calls("/{waba_id}/subscribed_apps", id=result["waba_id"])) == 1
    with stage.tenant.scope():
        assert GraphCall.objects.filter(operation="exchange_code").count() == len(ORDERS)


def _signals(customer: Invited, order: tuple[str, ...]) -> dict[str, Any]:
    stage, nonce, result = customer.stage, customer.open_window(), customer.popup()
    give: dict[str, Callable[[], None]] = {
        "code": lambda: customer.send_code(nonce, result["code"]),
        "code again": lambda: customer.send_code(nonce, result["code"]),
        "message": lambda: customer.send_message(nonce, result["message"]),
        "PARTNER_ADDED": lambda: _partner_added(stage, result),
    }
    for signal in order:
        give[signal]()
        stage.drain()
        _wake(customer)
        stage.drain()
    return result


def _wake(customer: Invited) -> None:
    with customer.stage.tenant.scope():
        progress.wake(customer.onboarding, now=clock.now())


def _partner_added(stage: Stage, result: dict[str, Any]) -> None:
    info = {"waba_id": result["waba_id"], "owner_business_id": result["business_id"]}
    change = {"field": "account_update", "value": {"event": "PARTNER_ADDED", "waba_info": info}}
    entry = {"id": stage.made["business_id"], "time": int(clock.now().timestamp()), "changes": [change]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    with stage.mailbox.arrived:
        stage.mailbox.bodies.append((stage.made["app_id"], body))


def test_a_lost_window_message_costs_nothing(stage: Stage) -> None:
    customer = stage.invite()
    customer.sign_up(message_lost=True)
    stage.until(lambda: customer.waits_for == "first_message")


def test_among_several_accounts_the_late_message_names_the_one_that_is_meant(stage: Stage) -> None:
    first = stage.invite()
    result = first.sign_up()
    stage.until(lambda: first.waits_for == "first_message")

    second = stage.invite()
    nonce = second.open_window()
    second.phone = first.phone[:-1] + "x"
    second.phone = f"39066983{int(first.phone[-4:]):04d}"
    chosen = second.popup(business={"id": result["business_id"]}, waba={"id": result["waba_id"]})
    newer = second.popup(business={"id": result["business_id"]}, phone={"number": ""})
    assert chosen["waba_id"] != newer["waba_id"]
    code = second.popup(business={"id": result["business_id"]}, waba={"id": result["waba_id"]})["code"]
    second.send_code(nonce, code)
    stage.drain()
    assert second.waits_for == "confirming"
    second.send_message(nonce, chosen["message"])
    stage.until(lambda: second.waits_for == "first_message")
    assert second.phone_number_id == chosen["phone_number_id"]


def test_the_browser_is_not_believed_about_an_account_that_was_not_shared(stage: Stage) -> None:
    foreign = stage.invite().popup()
    customer = stage.invite()
    nonce = customer.open_window()
    result = customer.popup()
    lie = {**result["message"], "data": foreign["message"]["data"]}
    customer.send_message(nonce, lie)
    customer.send_code(nonce, result["code"])
    stage.until(lambda: customer.waits_for == "first_message")
    waba = customer.journey().waba
    assert waba is not None
    assert waba.waba_id == result["waba_id"]
    assert customer.phone_number_id == result["phone_number_id"]


def test_a_late_code_asks_for_one_more_step_and_then_goes_on(stage: Stage) -> None:
    customer = stage.invite()
    customer.sign_up(code_age_seconds=31)
    stage.until(lambda: customer.waits_for == "repeat_signup")
    need = customer.journey().next_action
    assert need is not None
    assert (need.owner, need.code, need.subcode) == ("CUSTOMER", 100, 36007)
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")


@pytest.mark.parametrize("kind", ["cut_after", "http_500_after", "cut_before"])
def test_a_lost_answer_to_the_exchange_is_never_tried_twice(stage: Stage, kind: str) -> None:
    stage.meta.fault("/oauth/access_token", kind)
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "repeat_signup")
    with stage.tenant.scope():
        assert GraphCall.objects.filter(operation="exchange_code").count() == 1
        assert not SignupSession.objects.filter(code__isnull=False).exists()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")


def test_a_dead_worker_shows_repeat_signup_within_a_minute(stage: Stage) -> None:
    customer = stage.invite()
    customer.sign_up()
    assert customer.waits_for == "in_progress"
    with stage.tenant.scope():
        SignupSession.objects.update(exchanged_at=clock.now())
    stage.move_clock(timedelta(seconds=46))
    assert customer.waits_for == "repeat_signup"
    stage.drain()
    assert customer.waits_for == "repeat_signup"
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")


def test_without_a_broker_the_web_process_exchanges_the_code_itself(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "doorbell", lambda *args: False)
    customer = stage.invite()
    customer.sign_up()
    with stage.tenant.scope():
        assert GraphCall.objects.get().operation == "exchange_code"
        assert SignupSession.objects.get().code is None


def test_a_code_is_good_for_its_own_session_once(stage: Stage) -> None:
    customer, stranger = stage.invite(), stage.invite()
    nonce, other = customer.open_window(), stranger.open_window()
    code = customer.popup()["code"]
    customer.send_code(nonce, code)
    with pytest.raises(signup.CodeUsed):
        stranger.send_code(other, code)
    with pytest.raises(signup.CodeUsed):
        customer.send_code(nonce, "another")
    with pytest.raises(signup.SessionUnknown):
        stranger.send_code(nonce, "another")
    with pytest.raises(signup.SessionUnknown):
        customer.send_code("invented", "another")
    for malformed in ("", "é", "a\nb", "x" * 5000):
        with pytest.raises(signup.CodeMalformed):
            stranger.send_code(other, malformed)


def test_another_business_than_the_invited_one_stops_and_asks(stage: Stage) -> None:
    customer = stage.invite(expected_business_id="123456")
    first = customer.sign_up()
    stage.until(lambda: customer.waits_for == "other_business")
    journey = customer.journey()
    assert (journey.state, journey.waba) == ("INVITED", None)
    assert not stage.meta.calls("/{waba_id}/subscribed_apps", id=first["waba_id"])
    customer.phone = customer.phone[:-4] + f"{next(stage.serial):04d}"
    customer.sign_up(business={"id": "123456", "name": "Rossi Group"})
    stage.until(lambda: customer.waits_for == "first_message")


def test_an_account_of_another_customer_is_not_taken(stage: Stage) -> None:
    first = stage.invite()
    result = first.sign_up()
    stage.until(lambda: first.waits_for == "first_message")
    with stage.tenant.scope():
        other = type(stage.tenant.world.customer).objects.create(
            partner_id=stage.tenant.partner_id,
            name="Rossi",
            contact_email="r@example.org",
            created_at=clock.now(),
        )
    stage.tenant.world.__dict__["customer"] = other
    second = stage.invite()
    second.sign_up(business={"id": result["business_id"]}, waba={"id": result["waba_id"]})
    stage.until(lambda: second.waits_for == "account_taken")


def test_finishing_without_a_number_asks_for_one_and_finds_it(stage: Stage) -> None:
    customer = stage.invite()
    result = customer.sign_up(outcome="finish_only_waba")
    stage.until(lambda: customer.waits_for == "add_number")
    journey = customer.journey()
    assert journey.state == "SIGNED_UP"
    assert journey.next_action is not None
    assert journey.next_action.deadline == journey.window_ends_at
    customer.popup(business={"id": result["business_id"]}, waba={"id": result["waba_id"]})
    stage.move_clock(timedelta(minutes=5))
    stage.until(lambda: customer.waits_for == "first_message")


def test_leaving_metas_window_is_told_and_costs_nothing(stage: Stage) -> None:
    customer = stage.invite()
    customer.sign_up(outcome="cancel", current_step="PHONE_NUMBER_VERIFICATION")
    stage.drain()
    view = customer.journey().signup
    assert view is not None
    assert (view.event, view.current_step, view.is_open) == ("CANCEL", "PHONE_NUMBER_VERIFICATION", False)
    assert customer.waits_for == "sign_up"
    customer.sign_up(outcome="error", error_message="Number in use", error_code="524126")
    view = customer.journey().signup
    assert view is not None
    assert (view.error_code, view.error_message) == ("524126", "Number in use")
    assert view.meta_session_id
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")


def test_a_cancel_that_comes_after_the_end_does_not_undo_it(stage: Stage) -> None:
    customer = stage.invite()
    nonce = customer.open_window()
    result = customer.popup()
    customer.send_message(nonce, result["message"])
    customer.send_message(nonce, {"type": "WA_EMBEDDED_SIGNUP", "event": "CANCEL", "data": {}})
    view = customer.journey().signup
    assert view is not None
    assert view.event == "FINISH"


def test_secrets_do_not_show(stage: Stage) -> None:
    customer: Invited = stage.invite()
    nonce = customer.open_window()
    customer.send_code(nonce, customer.popup()["code"])
    with stage.tenant.scope():
        row = SignupSession.objects.get()
    assert nonce not in str(vars(row))
    assert "AQB" not in str(vars(row))
    assert str(Secret("AQB")) == "***"
