"""The way back to the On-Premises client, and the honest refusals where there is none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from pytest_django import Settings

from onboarding.models import OnPremisesClient, Path
from onboarding.plans.moving import execution, rollback
from onboarding.plans.numbers import international
from onboarding.plans.telling import decisions, texts
from portal.kernel import clock
from tenants.models import PhoneNumber
from tests.factories.plans import PlanLineFactory
from tests.onboarding.plans.onprem import BY, HOUR, Move, on_premises
from tests.onboarding.stage import Stage

DEREGISTER = "/{phone_number_id}/deregister"


@pytest.fixture(autouse=True)
def history(settings: Settings) -> None:
    settings.ON_PREMISES_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.ON_PREMISES_AVAILABLE = True


def registered(stage: Stage) -> Move:
    """One number that was registered on the Cloud API, and one that is not ready yet."""
    move = on_premises(stage, numbers=2)
    with stage.tenant.scope():
        PhoneNumber.objects.filter(plan_lines=move.line(2)).update(pin=None)
    move.is_ready()
    stage.move_clock(HOUR)
    move.until("first_message")
    return move


def test_a_number_goes_back_to_its_client_and_its_plan_waits_for_a_person(stage: Stage) -> None:
    move = registered(stage)
    assert move.line().passed_no_return_at is None
    stage.meta.fault(DEREGISTER, "cut_after", method="POST")
    move.do(rollback.roll_back, position=1)
    assert move.plan().paused_at
    move.until("settling", back=True)
    stage.move_clock(timedelta(seconds=61))
    stage.until(lambda: move.line().state == "ROLLED_BACK")
    assert len(stage.meta.calls(DEREGISTER, id=move.phone_number_ids[0])) == 1
    line = move.line()
    assert (move.journey().state, move.journey(back=True).state) == ("CANCELLED", "ROLLED_BACK")
    assert line.phone_number.platform_type == "ON_PREMISE"
    report = move.reports()[0]
    assert report.proven
    assert {check["key"] for check in report.facts["checks"]} == {"status", "back"}
    assert report.facts["downtime_seconds"] >= 60
    stage.move_clock(HOUR)
    stage.drain()
    assert move.line(2).state == "PENDING", "a person decides whether the others go on"
    move.do(execution.resume)
    stage.drain()
    assert move.plan().paused_at is None


def test_a_number_that_arrived_may_go_back_for_a_day(stage: Stage) -> None:
    move = on_premises(stage)
    move.is_ready()
    stage.move_clock(HOUR)
    move.arrives()
    assert move.plan().state == "COMPLETED"
    stage.move_clock(timedelta(hours=25))
    stage.drain()
    with pytest.raises(rollback.BackupGone):
        move.do(rollback.roll_back, position=1)
    with stage.tenant.scope():
        assert OnPremisesClient.objects.get(line=move.line()).password is None


def test_who_read_that_the_move_is_complete_reads_that_a_number_went_back(stage: Stage) -> None:
    move = on_premises(stage)
    with stage.tenant.scope():
        plan = move.plan()
        for text in texts.adopt_defaults(name="move", now=clock.now(), by=BY):
            texts.approve_text(text=text, now=clock.now(), by=BY)
        told = {"choice": True, "text_name": "move", "days_before": 1}
        decisions.decide(plan=plan, key="INFORM", now=clock.now(), by=BY, **told)
    move.is_ready()
    stage.move_clock(HOUR)
    move.arrives()
    stage.drain()
    assert "completo" in mail.outbox[-1].subject
    move.do(rollback.roll_back, position=1)
    stage.until(lambda: move.line().state == "ROLLED_BACK")
    mail.outbox.clear()
    stage.move_clock(timedelta(minutes=10))
    stage.drain()
    (told_back,) = mail.outbox
    assert "On-Premises" in told_back.subject
    assert international(move.line().display_phone_number) in told_back.body


def test_where_there_is_no_way_back_the_refusal_says_so_and_what_remains(
    stage: Stage, settings: Settings
) -> None:
    move = registered(stage)
    with pytest.raises(rollback.NotMovedYet):
        move.do(rollback.roll_back, position=2)
    settings.ON_PREMISES_AVAILABLE = False
    with pytest.raises(rollback.NoWayBack) as refused:
        move.do(rollback.roll_back, position=1)
    assert "stay on the Cloud API" in str(refused.value.message)
    with stage.tenant.scope():
        other = PlanLineFactory(plan__path=Path.NEW_CUSTOMER)
        assert isinstance(rollback.why_not(other, now=other.plan.changed_at), rollback.NoWayBackOnPath)
    assert move.line().state == "MOVING"
