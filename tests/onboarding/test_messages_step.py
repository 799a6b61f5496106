"""The last two steps: a message that comes in, and our answer that arrives."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging.models import Message, MessageStatus
from onboarding import services
from portal.kernel import clock
from tests.onboarding.stage import Invited, Stage

SEND = "/{phone_number_id}/messages"


@pytest.fixture
def registered(stage: Stage) -> Invited:
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    return customer


def test_the_answer_speaks_the_customers_language_and_name(registered: Invited) -> None:
    registered.write()
    registered.stage.until(lambda: registered.state == "LIVE")
    journey = registered.journey()
    assert journey.inbound is not None
    assert journey.test_message is not None
    assert registered.stage.tenant.world.customer.name in journey.test_message.payload["text"]["body"]
    assert journey.next_action is None


def test_a_failed_answer_is_told_with_its_code_and_can_be_sent_again(registered: Invited) -> None:
    stage = registered.stage
    stage.meta.fault(SEND, "error", code=131026)
    registered.write()
    stage.until(lambda: registered.waits_for == "message_on_its_way")
    stage.move_clock(timedelta(seconds=11))
    stage.until(lambda: registered.waits_for == "message_failed")
    need = registered.journey().next_action
    assert need is not None
    assert (need.owner, need.code) == ("STAFF", 131026)
    registered.write("again")
    stage.drain()
    assert registered.waits_for == "message_failed"
    with stage.tenant.scope():
        services.retry(onboarding=registered.onboarding, now=clock.now(), by="anna")
    stage.until(lambda: registered.state == "LIVE")


def test_an_answer_of_unknown_outcome_is_closed_by_its_status_and_not_sent_twice(registered: Invited) -> None:
    stage = registered.stage
    stage.meta.fault(SEND, "cut_after")
    registered.write()
    stage.until(lambda: registered.state == "LIVE")
    assert len(stage.meta.calls(SEND, id=registered.phone_number_id)) == 1


def test_an_answer_that_nobody_confirms_goes_to_staff_after_a_day(registered: Invited) -> None:
    stage = registered.stage
    stage.meta.fault(SEND, "cut_before")
    registered.write()
    stage.until(lambda: registered.waits_for == "message_on_its_way")
    stage.move_clock(timedelta(hours=24, seconds=1))
    stage.until(lambda: registered.waits_for == "message_unconfirmed")
    with stage.tenant.scope():
        services.retry(onboarding=registered.onboarding, now=clock.now(), by="anna")
    stage.until(lambda: registered.waits_for == "message_again")
    registered.write()
    stage.until(lambda: registered.state == "LIVE")


def test_where_metas_24_hours_are_over_the_consumer_is_asked_to_write_again(registered: Invited) -> None:
    stage = registered.stage
    stage.meta.fault(SEND, "error", code=131047)
    registered.write()
    stage.until(lambda: registered.waits_for == "message_on_its_way")
    stage.move_clock(timedelta(seconds=11))
    stage.until(lambda: registered.waits_for == "message_again")
    need = registered.journey().next_action
    assert need is not None
    assert need.owner == "CONSUMER"
    stage.drain()
    with stage.tenant.scope():
        sent = Message.objects.filter(direction="OUTBOUND")
        assert list(sent.values_list("status", flat=True)) == [MessageStatus.FAILED]
    stage.move_clock(timedelta(seconds=2))
    registered.write()
    stage.until(lambda: registered.state == "LIVE")
