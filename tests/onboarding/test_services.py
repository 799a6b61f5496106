"""What doors may ask for, and what they are refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onboarding import queries, services
from onboarding.models import Onboarding
from portal.graph.secret import Secret
from portal.kernel import clock, work
from portal.kernel.models import Audit
from tests.onboarding.stage import Stage


def test_every_request_of_a_person_is_in_the_audit(stage: Stage) -> None:
    customer = stage.invite()
    with stage.tenant.scope():
        now = clock.now()
        services.send_new_link(onboarding=customer.onboarding, now=now, by="anna", send_email=False)
        services.retry(onboarding=customer.onboarding, now=now, by="anna")
        services.cancel(onboarding=customer.onboarding, now=now, by="anna", reason="twice")
        rows = Audit.objects.filter(subject_id=customer.onboarding.pk).order_by("at", "id")
        assert [row.action for row in rows] == [
            "onboarding.invited",
            "onboarding.link_renewed",
            "onboarding.retried",
            "onboarding.cancelled",
        ]
        assert {row.by for row in rows} == {"anna@nuvola.example", "anna"}


def test_a_closed_onboarding_takes_nothing_more(stage: Stage) -> None:
    customer = stage.invite()
    stale = customer.onboarding
    with stage.tenant.scope():
        other = Onboarding.objects.get(pk=stale.pk)
        services.cancel(onboarding=other, now=clock.now(), by="anna", reason="twice")
        for act in (services.retry, services.register_now, services.send_new_link):
            with pytest.raises(services.Closed):
                act(onboarding=stale, now=clock.now(), by="anna")
        with pytest.raises(services.Closed):
            services.cancel(onboarding=stale, now=clock.now(), by="anna", reason="again")
    journey = customer.journey()
    assert (journey.state, journey.next_action) == ("CANCELLED", None)


def test_register_now_is_for_a_number_whose_turn_it_is(stage: Stage) -> None:
    customer = stage.invite()
    with stage.tenant.scope(), pytest.raises(services.NotReady):
        services.register_now(onboarding=customer.onboarding, now=clock.now(), by="anna")
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    with stage.tenant.scope(), pytest.raises(services.AlreadyRegistered):
        services.register_now(onboarding=customer.onboarding, now=clock.now(), by="anna")
    with stage.tenant.scope(), pytest.raises(services.NumberUnknown):
        services.set_pin(onboarding=stage.invite_row(), pin=Secret("271828"), now=clock.now(), by="anna")


def test_an_error_of_our_own_goes_to_staff_after_ten_tries_and_a_retry_begins_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from onboarding import engine

    def broken(*args: object) -> None:
        raise ZeroDivisionError("a defect")

    customer = stage.invite()
    customer.sign_up()
    with monkeypatch.context() as patch:
        patch.setattr(engine.WebhooksStep, "prepare", broken)
        for _turn in range(work.POISON_AFTER):
            stage.drain()
            stage.move_clock(work.LONGEST_BACKOFF)
        stage.drain()
    need = customer.journey().next_action
    assert need is not None
    assert (need.reason, need.owner) == ("portal_fault", "STAFF")
    with stage.tenant.scope():
        services.retry(onboarding=customer.onboarding, now=clock.now(), by="anna")
    stage.until(lambda: customer.waits_for == "first_message")


def test_the_queue_begins_with_what_expires_first_and_ends_with_what_is_closed(stage: Stage) -> None:
    names = ("closed", "later", "sooner", "over", "invited", "registered")
    rows = {name: stage.invite_row() for name in names}
    now = clock.now()
    with stage.tenant.scope():
        left = {"later": 9, "sooner": 2, "over": -1}
        for name, days in left.items():
            Onboarding.objects.filter(pk=rows[name].pk).update(
                state="SIGNED_UP", window_ends_at=now + timedelta(days=days)
            )
        Onboarding.objects.filter(pk=rows["registered"].pk).update(state="SIGNED_UP")
        Onboarding.objects.filter(pk=rows["registered"].pk).update(
            state="REGISTERED", window_ends_at=now + timedelta(days=1)
        )
        services.cancel(onboarding=rows["closed"], now=now, by="anna", reason="test")
        found = {row.pk: None for row in queries.desk_queue()}
    order = [name for pk in found for name in names if rows[name].pk == pk]
    assert order == ["over", "sooner", "later", "invited", "registered", "closed"]


def test_many_journeys_cost_as_many_queries_as_one(stage: Stage) -> None:
    customers = [stage.invite() for _turn in range(3)]
    customers[0].sign_up()
    stage.until(lambda: customers[0].waits_for == "first_message")
    with stage.tenant.scope():
        one = list(queries.desk_queue().filter(pk=customers[0].onboarding.pk))
        every, now = list(queries.desk_queue()), clock.now()
        with CaptureQueriesContext(connection) as for_one:
            queries.journeys(one, now=now)
        with CaptureQueriesContext(connection) as for_all:
            journeys = queries.journeys(every, now=now)
    assert len(for_all) == len(for_one) < 10
    assert [journey.onboarding for journey in journeys] == every
