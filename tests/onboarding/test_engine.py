"""The journey against a real simulator: the main road, and every way off it."""

from __future__ import annotations

from tests.onboarding.stage import Stage


def test_a_customer_comes_from_an_invitation_to_a_delivered_message(stage: Stage) -> None:
    customer = stage.invite()
    stage.drain()
    assert (customer.state, customer.waits_for) == ("INVITED", "sign_up")

    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    assert customer.state == "REGISTERED"

    customer.write()
    stage.until(lambda: customer.state == "LIVE")
    assert set(customer.states().values()) == {"DONE"}
    assert len(stage.meta.calls("/{phone_number_id}/register", id=customer.phone_number_id)) == 1
