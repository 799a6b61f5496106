"""The journey where two things happen at once, or where Meta did part of it by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from onboarding import progress, services
from portal.graph import phone_number
from portal.graph.client import Graph
from portal.kernel import clock
from portal.kernel.models import GraphCall
from tenants.models import BusinessToken, TokenState
from tenants.services import accept_terms, withdraw_terms
from tests.onboarding.stage import Stage


def test_a_wake_up_does_not_shorten_what_meta_asked_for(stage: Stage) -> None:
    stage.meta.fault("/{phone_number_id}/register", "error", code=133015)
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "number_being_freed")
    with stage.tenant.scope():
        progress.wake(customer.onboarding, now=clock.now())
    stage.drain()
    assert len(stage.meta.calls("/{phone_number_id}/register", id=customer.phone_number_id)) == 1
    with stage.tenant.scope():
        services.register_now(onboarding=customer.onboarding, now=clock.now(), by="anna")
    stage.until(lambda: customer.waits_for == "first_message")


def test_a_number_that_stays_in_the_business_app_is_not_registered_again(stage: Stage) -> None:
    with stage.tenant.scope():
        withdraw_terms(reason="wait here", now=clock.now(), by="test")
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "accept_terms")
    stage.meta.ask(
        "number",
        {"phone_number_id": customer.phone_number_id, "is_on_biz_app": True, "platform_type": "CLOUD_API"},
    )
    with stage.tenant.scope():
        accept_terms(
            partner_id=stage.tenant.partner_id, accepted_by="Anna", version="1", now=clock.now(), by="anna"
        )
    stage.move_clock(timedelta(seconds=31))
    stage.until(lambda: customer.waits_for == "first_message")
    assert not stage.meta.calls("/{phone_number_id}/register", id=customer.phone_number_id)


def test_a_journey_cancelled_while_meta_answers_keeps_what_meta_did(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = stage.invite()
    register = phone_number.register

    def cancelled_meanwhile(graph: Graph, **body: Any) -> None:
        with stage.tenant.scope():
            services.cancel(onboarding=customer.onboarding, now=clock.now(), by="anna", reason="changed mind")
        register(graph, **body)

    monkeypatch.setattr(phone_number, "register", cancelled_meanwhile)
    customer.sign_up()
    stage.until(lambda: customer.state == "CANCELLED")
    number = customer.journey().phone_number
    assert number is not None
    assert (number.is_registered, bool(number.pin), number.pending_pin) == (True, True, None)
    with stage.tenant.scope():
        assert GraphCall.objects.get(operation="register").outcome == "DEFINITE"


def test_a_live_customer_whose_token_dies_is_asked_to_connect_again(stage: Stage) -> None:
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    customer.write()
    stage.until(lambda: customer.state == "LIVE")
    with stage.tenant.scope():
        BusinessToken.objects.update(state=TokenState.INVALID)
    assert customer.waits_for == "connect_again"
    customer.sign_up()
    stage.drain()
    assert (customer.state, customer.waits_for) == ("LIVE", "")
