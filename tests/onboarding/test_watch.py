"""The window's watch beside the engine: nobody waits in a circle, and over is over for everybody."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

from django.db import connection

from onboarding import progress
from onboarding.models import NoticeKind, Onboarding, RegistrationWindow
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


def test_a_reminder_and_a_registration_at_once(stage: Stage) -> None:
    customer = at_the_gate(stage)
    stage.move_clock(customer.ends_at() - REMINDERS[NoticeKind.REMINDER_7] - clock.now() + timedelta(1))
    (lease,) = work.claim(RegistrationWindow, now=clock.now())

    def watch() -> None:
        try:
            watch_window(lease)
        finally:
            connection.close()

    watcher = threading.Thread(target=watch)
    with stage.tenant.scope():
        journey = Onboarding.objects.select_for_update().get(pk=customer.onboarding.pk)
        watcher.start()
        until_somebody_waits()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '3s'")
        progress.close_windows(journey, now=customer.ends_at())
    watcher.join(10)
    assert not watcher.is_alive()
    with stage.tenant.scope():
        assert RegistrationWindow.objects.get(pk=lease.id).closed_at is not None


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
