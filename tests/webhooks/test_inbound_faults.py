"""What goes wrong while changes take effect: their own defects, the database's trouble, other workers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection

from messaging.models import Message
from portal.kernel import clock, work
from tenants.models import PhoneNumber
from tests.conftest import Tenant
from tests.factories.webhooks import messages_of, process_all, store, text_from
from tests.webhooks.conftest import received, states_of
from webhooks import inbound, router
from webhooks.models import Change, ChangeState, Payload


@pytest.fixture
def extra_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers with `on` is gone after it."""
    monkeypatch.setattr(router, "_handlers", list(router._handlers))


@pytest.mark.usefixtures("extra_handlers")
def test_a_change_that_fails_takes_no_other_with_it(
    tenant: Tenant, number: PhoneNumber, present: datetime
) -> None:
    messages = [text_from(at=present) for _number in range(5)]
    bad = messages[2]["id"]
    broken = True

    @router.on("messages")
    def stumble(changes: Sequence[Change], *, now: datetime) -> None:
        if broken and any(bad in change.key for change in changes):
            raise KeyError("Ciao!")

    with tenant.scope():
        store(tenant.world.app, messages_of(number, messages=messages), now=present)
    process_all(now=present)
    assert received(tenant) == {message["id"] for message in messages} - {bad}
    with tenant.scope():
        failed = Change.objects.get(state=ChangeState.FAILED)
        assert failed.key == f"message:{bad}"
        assert failed.error.startswith("KeyError in stumble (test_inbound_faults.py:")
        assert "Ciao" not in failed.error
        again_at = Payload.objects.get().due_at
    # Once the defect is mended, what failed takes effect by itself.
    assert again_at is not None
    broken = False
    process_all(now=again_at + timedelta(seconds=1))
    assert bad in received(tenant)
    assert set(states_of(tenant).values()) == {ChangeState.DONE}


@pytest.mark.usefixtures("extra_handlers")
def test_trouble_of_the_database_is_no_fault_of_the_change(
    tenant: Tenant, number: PhoneNumber, present: datetime
) -> None:
    troubles = [OperationalError("deadlock detected"), OperationalError("deadlock detected")]

    @router.on("messages")
    def stumble(changes: Sequence[Change], *, now: datetime) -> None:
        if troubles:
            raise troubles.pop()

    with tenant.scope():
        store(tenant.world.app, messages_of(number, messages=[text_from(at=present)]), now=present)
    process_all(now=present)
    assert not states_of(tenant)
    with tenant.scope():
        assert Payload.objects.get().last_error == "NotStored: OperationalError"
    process_all(now=present + timedelta(minutes=1))
    assert set(states_of(tenant).values()) == {ChangeState.DONE}


@pytest.mark.usefixtures("extra_handlers")
def test_handlers_run_from_the_ground_up(tenant: Tenant, number: PhoneNumber, present: datetime) -> None:
    seen: list[int] = []

    @router.on("messages")
    def roof(changes: Sequence[Change], *, now: datetime) -> None:
        seen.append(Message.objects.count())

    with tenant.scope():
        store(tenant.world.app, messages_of(number, messages=[text_from(at=present)]), now=present)
    process_all(now=present)
    assert seen == [1]


@pytest.mark.races
def test_two_workers_on_the_same_payloads_do_everything_once(
    tenant: Tenant, number: PhoneNumber, present: datetime
) -> None:
    shared = [text_from(at=present) for _number in range(20)]
    with tenant.scope():
        for index in range(40):
            # Every payload repeats messages of others, each in an order of its own.
            messages = [shared[(index * 7 + step) % 20] for step in range(0, 20, 1 + index % 3)]
            store(
                tenant.world.app,
                messages_of(number, messages=[*messages, text_from(at=present)]),
                now=present,
            )
    together = threading.Barrier(4)

    def worker() -> None:
        try:
            together.wait(20)
            while leases := work.claim(Payload, now=present, limit=5):
                inbound.process(leases)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(worker) for _number in range(4)]:
            done.result(60)
    process_all(now=clock.now())
    assert len(received(tenant)) == 60
    with tenant.scope():
        assert Change.objects.count() == Message.objects.count() == 60
        assert not Payload.objects.filter(processed_at=None).exists()


def test_a_worker_that_lost_its_lease_changes_nothing(
    tenant: Tenant, number: PhoneNumber, present: datetime
) -> None:
    with tenant.scope():
        store(tenant.world.app, messages_of(number, messages=[text_from(at=present)]), now=present)
    stale = work.claim(Payload, now=present, limit=5)
    with tenant.scope():
        Payload.objects.update(leased_until=None)
    fresh = work.claim(Payload, now=present, limit=5)
    inbound.process(stale)
    assert not received(tenant)
    inbound.process(fresh)
    assert len(received(tenant)) == 1


@pytest.mark.usefixtures("extra_handlers")
def test_a_worker_whose_connection_is_cut_leaves_nothing_half_done(
    tenant: Tenant, number: PhoneNumber, present: datetime
) -> None:
    cuts = 2  # in the batch, and again when the payload is tried alone

    @router.on("messages")
    def cut(changes: Sequence[Change], *, now: datetime) -> None:
        nonlocal cuts
        if cuts:
            cuts -= 1
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with tenant.scope():
        store(tenant.world.app, messages_of(number, messages=[text_from(at=present)]), now=present)
    process_all(now=present)
    assert (states_of(tenant), received(tenant)) == ({}, set())
    process_all(now=present + timedelta(minutes=1))
    assert set(states_of(tenant).values()) == {ChangeState.DONE}
    assert len(received(tenant)) == 1
