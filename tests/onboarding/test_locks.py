"""Others beside the engine on one journey: nobody waits in a circle, and over is over for everybody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connection

from onboarding import progress
from onboarding.exchange import exchange_code
from onboarding.models import NoticeKind, Onboarding, RegistrationWindow, SignupSession, Step
from onboarding.steps.keys import StepKey
from onboarding.watch import watch_window
from onboarding.window import REMINDERS
from portal.kernel import clock, work
from tests.onboarding.stage import Stage
from tests.onboarding.test_register import REGISTER, at_the_gate, open_the_gate

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def until_somebody_waits(patience: float = 10.0) -> None:
    deadline = time.monotonic() + patience
    waiting = 0
    while not waiting:
        assert time.monotonic() < deadline, "nobody waits for a lock"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITING)
            waiting = cursor.fetchall()[0][0]


def touch_first_step(journey: Onboarding) -> None:
    Step.objects.filter(onboarding=journey, key=StepKey.TOKEN).update(fbtrace_id="seen")


def beside(
    stage: Stage, journey: Onboarding, work_on_it: Callable[[], None], write: Callable[[], None]
) -> None:
    """Hold a journey as the engine does, let somebody else begin, then write: nobody may wait in a circle."""

    def begin() -> None:
        try:
            work_on_it()
        finally:
            connection.close()

    other = threading.Thread(target=begin)
    with stage.tenant.scope():
        Onboarding.objects.select_for_update().get(pk=journey.pk)
        other.start()
        until_somebody_waits()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '3s'")
        write()
    other.join(10)
    assert not other.is_alive()


def test_a_reminder_and_a_registration_at_once(stage: Stage) -> None:
    customer = at_the_gate(stage)
    stage.move_clock(customer.ends_at() - REMINDERS[NoticeKind.REMINDER_7] - clock.now() + timedelta(1))
    (lease,) = work.claim(RegistrationWindow, now=clock.now())
    beside(
        stage,
        customer.onboarding,
        lambda: watch_window(lease),
        lambda: progress.close_windows(customer.onboarding, now=customer.ends_at()),
    )
    with stage.tenant.scope():
        assert RegistrationWindow.objects.get(pk=lease.id).closed_at is not None


def test_a_code_that_is_refused_and_a_turn_of_the_engine_at_once(stage: Stage) -> None:
    customer = stage.invite()
    nonce = customer.open_window()
    customer.send_code(nonce, customer.popup(code_age_seconds=31)["code"])
    (lease,) = work.claim(SignupSession, now=clock.now())
    beside(
        stage,
        customer.onboarding,
        lambda: exchange_code(lease),
        lambda: touch_first_step(customer.onboarding),
    )
    assert customer.waits_for == "repeat_signup"


def test_whoever_was_waited_for_it_is_the_customers_turn_when_the_window_is_over(stage: Stage) -> None:
    customer = at_the_gate(stage)
    stage.meta.fault(REGISTER, "error", code=133005)
    open_the_gate(customer)
    assert customer.waits_for == "wrong_pin"
    for _sweep in range(2):
        stage.move_clock(timedelta(days=14, seconds=61))
        stage.drain()
    assert (customer.state, customer.waits_for) == ("EXPIRED", "window_over")
    assert customer.journey().next_action is not None
    assert customer.journey().next_action.code is None
