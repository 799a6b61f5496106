"""The registration window: 336 hours, end exclusive, warned at 7, 3 and 1 days, expired for sure and once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from onboarding import services, window
from onboarding.models import Notice, NoticeKind, RegistrationWindow
from portal.kernel import clock
from portal.kernel.models import GraphCall, Transition
from tenants.services import accept_terms
from tests.onboarding.stage import Invited, Stage
from tests.onboarding.test_register import REGISTER, at_the_gate

MOMENTS = st.integers(1_500_000_000, 2_500_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
SPANS = st.timedeltas(timedelta(), timedelta(days=30))


@given(MOMENTS, SPANS)
def test_the_end_is_the_first_moment_that_is_too_late(ends_at: datetime, before: timedelta) -> None:
    assert window.is_open(ends_at, ends_at - before) == (before > timedelta())
    assert not window.is_open(ends_at, ends_at + before)
    assert window.is_open(None, ends_at)


@given(MOMENTS, SPANS)
def test_what_is_due_and_when_to_look_again_agree(ends_at: datetime, before: timedelta) -> None:
    now = ends_at - before
    due, again = window.passed(ends_at, now), window.next_look_at(ends_at, now)
    assert due == sorted(due, key=lambda kind: window.REMINDERS[kind], reverse=True)
    if window.is_open(ends_at, now):
        assert now < again <= ends_at
        assert again == ends_at or len(window.passed(ends_at, again)) == len(due) + 1
    else:
        assert (due, again) == ([], now)


def told(stage: Stage) -> dict[str, int]:
    """How often the customer was told what."""
    with stage.tenant.scope():
        kinds = list(
            Notice.objects.filter(skipped=False).exclude(sent_at=None).values_list("kind", flat=True)
        )
    return {kind: kinds.count(kind) for kind in set(kinds)}


def go_to(customer: Invited, moment: datetime) -> None:
    customer.stage.move_clock(moment - clock.now())
    customer.stage.drain()


def test_an_unregistered_number_is_warned_refused_expired_and_recovers(stage: Stage) -> None:
    customer = at_the_gate(stage)
    ends_at, number = customer.ends_at(), customer.journey().phone_number
    assert number is not None
    assert ends_at == number.last_onboarded_time + timedelta(hours=336)

    warned = {"INVITATION": 1}
    for days, kind in ((7, "REMINDER_7"), (3, "REMINDER_3"), (1, "REMINDER_1")):
        go_to(customer, ends_at - timedelta(days=days, seconds=20))
        assert told(stage) == warned
        go_to(customer, ends_at - timedelta(days=days) + timedelta(seconds=1))
        warned[kind] = 1
        assert told(stage) == warned
        go_to(customer, ends_at - timedelta(days=days) + timedelta(hours=5))
        assert told(stage) == warned

    go_to(customer, ends_at - timedelta(seconds=20))
    assert (customer.state, customer.waits_for) == ("SIGNED_UP", "accept_terms")
    with stage.tenant.scope():
        accept_terms(
            partner_id=stage.tenant.partner_id, accepted_by="Anna", version="1", now=ends_at, by="anna"
        )
    go_to(customer, ends_at + timedelta(milliseconds=500))
    with stage.tenant.scope():
        services.register_now(onboarding=customer.onboarding, now=clock.now(), by="anna")
    stage.drain()
    assert (customer.state, customer.waits_for) == ("SIGNED_UP", "window_over")
    assert customer.journey().window_over
    assert not stage.meta.calls(REGISTER, id=number.phone_number_id)

    go_to(customer, ends_at + timedelta(seconds=70))
    assert customer.state == "EXPIRED"
    assert told(stage) == {**warned, "EXPIRED": 1}
    assert customer.waits_for == "window_over"

    customer.token = new_link(customer)
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    assert told(stage) == {**warned, "EXPIRED": 1}
    assert len(stage.meta.calls(REGISTER, id=number.phone_number_id)) == 1
    assert _states(customer) == ["INVITED", "SIGNED_UP", "EXPIRED", "SIGNED_UP", "REGISTERED"]


def new_link(customer: Invited) -> str:
    """The link in the last e-mail to the customer."""
    bodies = [message.body for message in mail.outbox if message.to == [_address(customer)]]
    return bodies[-1].split("/start/")[1].split()[0]


def _address(customer: Invited) -> str:
    return str(customer.stage.tenant.world.customer.contact_email)


def _states(customer: Invited) -> list[str]:
    with customer.stage.tenant.scope():
        rows = Transition.objects.filter(subject_id=customer.onboarding.pk).order_by("seq")
        return list(rows.values_list("to_state", flat=True))


def test_after_a_long_outage_only_the_most_urgent_warning_is_sent(stage: Stage) -> None:
    customer = at_the_gate(stage)
    go_to(customer, customer.ends_at() - timedelta(hours=30))
    assert told(stage) == {"INVITATION": 1, "REMINDER_3": 1}
    with stage.tenant.scope():
        assert set(Notice.objects.filter(skipped=True).values_list("kind", flat=True)) == {"REMINDER_7"}
    go_to(customer, customer.ends_at() + timedelta(days=3))
    assert customer.state == "SIGNED_UP"
    stage.move_clock(timedelta(seconds=61))
    stage.drain()
    assert customer.state == "EXPIRED"
    assert told(stage) == {"INVITATION": 1, "REMINDER_3": 1, "EXPIRED": 1}
    with stage.tenant.scope():
        assert Notice.objects.count() == 5


def test_a_registration_of_unknown_outcome_is_never_expired_over(stage: Stage) -> None:
    customer = at_the_gate(stage)
    ends_at = customer.ends_at()
    go_to(customer, ends_at - timedelta(seconds=30))
    stage.meta.fault(REGISTER, "cut_after")
    with stage.tenant.scope():
        accept_terms(
            partner_id=stage.tenant.partner_id, accepted_by="Anna", version="1", now=clock.now(), by="anna"
        )
        services.retry(onboarding=customer.onboarding, now=clock.now(), by="anna")
    stage.drain()
    assert customer.waits_for == "settling"
    go_to(customer, ends_at + timedelta(seconds=1))
    assert customer.state == "SIGNED_UP"
    go_to(customer, ends_at + timedelta(seconds=61))
    stage.until(lambda: customer.state == "REGISTERED")
    go_to(customer, ends_at + timedelta(days=2))
    assert customer.state == "REGISTERED"
    assert "EXPIRED" not in told(stage)
    with stage.tenant.scope():
        assert GraphCall.objects.filter(operation="register").count() == 1


def test_a_registered_number_is_never_warned_again(stage: Stage) -> None:
    customer = stage.invite()
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "first_message")
    stage.move_clock(timedelta(days=20))
    stage.drain()
    assert (customer.state, told(stage)) == ("REGISTERED", {"INVITATION": 1})
    with stage.tenant.scope():
        assert not RegistrationWindow.objects.filter(closed_at=None).exists()


def test_a_signup_repeated_in_time_starts_a_new_window_with_its_own_warnings(stage: Stage) -> None:
    customer = at_the_gate(stage)
    first = customer.ends_at()
    go_to(customer, first - timedelta(days=2))
    assert told(stage)["REMINDER_3"] == 1
    customer.token = new_link(customer)
    customer.sign_up()
    stage.until(lambda: customer.waits_for == "accept_terms")
    second = customer.ends_at()
    assert second > first + timedelta(days=11)
    go_to(customer, first + timedelta(minutes=5))
    assert customer.state == "SIGNED_UP"
    go_to(customer, second - timedelta(days=6))
    assert told(stage)["REMINDER_7"] == 1


def test_a_preverified_number_has_ninety_days(stage: Stage) -> None:
    customer = at_the_gate(stage)
    with stage.tenant.scope():
        onboarding = services.Onboarding.objects.get(pk=customer.onboarding.pk)
        now = clock.now()
        window.open_window(onboarding=onboarding, opened_at=now, now=now, preverified=True)
    assert customer.ends_at() == now + timedelta(days=90)


def test_nobody_can_be_told_twice_for_one_window(stage: Stage) -> None:
    customer = at_the_gate(stage)
    with stage.tenant.scope():
        row = RegistrationWindow.objects.get(onboarding=customer.onboarding)
    notice = {"partner_id": row.partner_id, "onboarding": customer.onboarding, "created_at": clock.now()}
    with stage.tenant.scope():
        Notice.objects.create(window=row, kind=NoticeKind.REMINDER_7, **notice)
    with pytest.raises(IntegrityError), stage.tenant.scope():
        Notice.objects.create(window=row, kind=NoticeKind.REMINDER_7, **notice)
