"""A new customer of a plan: invited on its day, and only while Meta has a place."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from django.core import mail

from onboarding import services as onboardings
from onboarding import signup
from onboarding.models import MigrationPlan, Path
from onboarding.states import PlanState
from portal.kernel import clock, work
from portal.kernel.states import transition
from tenants.models import BusinessToken, TokenState
from tests.factories.tenants import CustomerFactory
from tests.onboarding.plans.moving import ANNA, Moving
from tests.onboarding.stage import Stage

_places = itertools.count(1)


def lines() -> list[dict[str, str]]:
    return [{"display_phone_number": f"+39349{next(_places):07d}"}]


def scheduled(stage: Stage, **wait: float) -> Moving:
    """A plan with a date."""
    moving = Moving.make(stage, Path.NEW_CUSTOMER, lines())
    with stage.tenant.scope():
        now = clock.now()
        transition(
            row=moving.plan,
            to=PlanState.SCHEDULED,
            now=now,
            by=ANNA,
            planned_start_at=now + timedelta(**wait),
        )
        work.schedule(moving.plan, due_at=now, now=now)
    stage.drain()
    return moving


def test_the_invitation_goes_out_on_the_day_and_not_before(stage: Stage) -> None:
    moving = scheduled(stage, days=2)
    assert moving.waits_for() == "appointment"
    with stage.tenant.scope():
        assert not moving.onboarding().links.exists()
    assert mail.outbox == []
    early = moving.invited()
    with pytest.raises(signup.TooEarly):
        early.open_window()

    moving.travel(days=2, minutes=1)
    assert moving.waits_for() == "sign_up"
    stage.until(lambda: len(mail.outbox) == 1)
    number = moving.line().display_phone_number
    moving.invited().sign_up(phone={"number": number, "display_name": "Panificio Aurora"})
    stage.drain()
    moving.arrives()
    assert moving.report().proven
    stage.drain()
    with stage.tenant.scope():
        assert MigrationPlan.objects.get(pk=moving.plan.pk).state == PlanState.COMPLETED


def came(stage: Stage, customers: int, **ago: float) -> None:
    """So many others came in by embedded signup."""
    with stage.tenant.scope():
        now = clock.now()
        for _ in range(customers):
            BusinessToken.objects.create(
                partner_id=stage.tenant.partner_id,
                customer=CustomerFactory(),
                app=stage.tenant.world.app,
                state=TokenState.VALID,
                obtained_at=now - timedelta(**ago),
            )


def test_the_eleventh_customer_of_a_week_waits_for_the_next_free_place(stage: Stage) -> None:
    came(stage, 1, days=5)
    came(stage, 9, days=1)
    free_at = clock.now() + timedelta(days=2)
    moving = Moving.start(stage, Path.NEW_CUSTOMER, lines())
    need = moving.journey().next_action
    assert need is not None
    assert (need.reason, need.owner) == ("signups_used", "META")
    assert need.deadline is not None
    assert abs(need.deadline - free_at) < timedelta(minutes=1)
    assert moving.line().state == "PENDING"

    moving.travel(days=2, minutes=1)
    assert moving.waits_for() == "sign_up"
    assert moving.line().state == "MOVING"


def test_a_customer_who_was_in_metas_window_before_takes_no_place(stage: Stage) -> None:
    came(stage, 10, days=1)
    with stage.tenant.scope():
        token = BusinessToken.objects.first()
        assert token is not None
        token.customer = stage.tenant.world.customer
        token.save(update_fields=["customer"])
    moving = Moving.start(stage, Path.NEW_CUSTOMER, lines())
    assert moving.waits_for() == "sign_up"


def test_open_invitations_hold_their_place(stage: Stage) -> None:
    came(stage, 9, days=1)
    first = Moving.start(stage, Path.NEW_CUSTOMER, lines())
    with stage.tenant.scope():
        other = CustomerFactory()
    second = Moving.start(stage, Path.NEW_CUSTOMER, lines(), customer=other)
    assert [first.waits_for(), second.waits_for()] == ["sign_up", "signups_used"]
    with stage.tenant.scope():
        onboardings.cancel(onboarding=first.onboarding(), now=clock.now(), by=ANNA, reason="not any more")
    second.retry()
    assert second.waits_for() == "sign_up"
