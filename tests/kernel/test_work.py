from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from onboarding.models import Onboarding
from portal.kernel import clock, tasks, work
from portal.kernel.work import Lease, LeaseLost
from tests.conftest import Tenant

SECOND = timedelta(seconds=1)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Doorbells that were rung, in order; the broker is deaf when `deaf` is appended."""
    bells: list[tuple[str, ...]] = []

    def doorbell(*bell: str) -> bool:
        bells.append(bell)
        return True

    monkeypatch.setattr(work, "doorbell", doorbell)
    return bells


def make(tenant: Tenant, now: datetime, **values: Any) -> Onboarding:
    return Onboarding.objects.create(
        partner_id=tenant.partner_id, app=tenant.world.app, created_at=now, created_by="test", **values
    )


def claim_one(now: datetime) -> Lease:
    (lease,) = work.claim(Onboarding, now=now, limit=10)
    return lease


def test_the_bell_rings_after_the_commit_and_not_before(
    tenant: Tenant, now: datetime, rung: list[Any]
) -> None:
    with tenant.scope():
        row = make(tenant, now)
        work.schedule(row, due_at=now, now=now)
        assert rung == []
    assert rung == [("onboarding.advance", "graph", str(row.pk))]


def test_a_rolled_back_schedule_never_rings(tenant: Tenant, now: datetime, rung: list[Any]) -> None:
    def schedule_then_fail() -> None:
        with tenant.scope():
            work.schedule(make(tenant, now), due_at=now, now=now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        schedule_then_fail()
    assert rung == []


def test_who_cannot_wait_is_served_when_the_broker_is_deaf(
    tenant: Tenant, now: datetime, monkeypatch: Any
) -> None:
    monkeypatch.setattr(work, "doorbell", lambda *bell: False)
    served: list[bool] = []
    with tenant.scope():
        work.schedule(make(tenant, now), due_at=now, now=now, if_deaf=lambda: served.append(True))
    assert served == [True]


def test_a_row_is_claimed_once_until_its_lease_ends(tenant: Tenant, now: datetime) -> None:
    with tenant.scope():
        row = make(tenant, now, due_at=now)
    first = claim_one(now)
    assert (first.id, first.partner_id, first.lease_no) == (row.pk, tenant.partner_id, 1)
    assert work.claim(Onboarding, now=now) == []
    with tenant.scope():
        Onboarding.objects.update(leased_until=clock.now() - SECOND)
    assert claim_one(now).lease_no == 2
    with tenant.scope(), pytest.raises(LeaseLost):
        work.finish(first, now=now)


def test_rows_that_are_not_due_stay(tenant: Tenant, now: datetime) -> None:
    with tenant.scope():
        make(tenant, now, due_at=now + SECOND)
        make(tenant, now)
    assert work.claim(Onboarding, now=now, limit=10) == []
    assert work.due(Onboarding, now=now + SECOND, limit=10) != []


def test_two_workers_never_claim_the_same_row(tenant: Tenant, now: datetime) -> None:
    with tenant.scope():
        for _row in range(40):
            make(tenant, now, due_at=now)
    claimed: list[uuid.UUID] = []
    start = threading.Barrier(4)

    def worker() -> None:
        start.wait()
        for _try in range(20):
            claimed.extend(lease.id for lease in work.claim(Onboarding, now=now, limit=3))
        connection.close()

    threads = [threading.Thread(target=worker) for _worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 40


def test_a_wake_up_during_the_work_is_not_lost(tenant: Tenant, now: datetime, rung: list[Any]) -> None:
    with tenant.scope():
        row = make(tenant, now, due_at=now)
    lease = claim_one(now)
    with tenant.scope():
        work.schedule(row, due_at=now + SECOND, now=now + SECOND)
    with tenant.scope():
        work.finish(lease, now=now + SECOND)
        row.refresh_from_db()
        assert row.due_at == now + SECOND
    assert claim_one(now + SECOND).lease_no == 2


def test_finished_work_is_not_due(tenant: Tenant, now: datetime) -> None:
    with tenant.scope():
        row = make(tenant, now, due_at=now)
    lease = claim_one(now)
    with tenant.scope():
        work.finish(lease, now=now)
        row.refresh_from_db()
        assert (row.due_at, row.leased_until, row.attempts) == (None, None, 0)


def test_a_failing_row_comes_back_later_each_time_and_then_waits_for_staff(
    tenant: Tenant, now: datetime
) -> None:
    with tenant.scope():
        row = make(tenant, now, due_at=now)
    waits: list[timedelta | None] = []
    for _attempt in range(work.POISON_AFTER):
        lease = claim_one(now)
        with tenant.scope():
            work.fail(lease, now=now, error=ValueError("broken"))
            row.refresh_from_db()
        waits.append(row.due_at and row.due_at - now)
        now = row.due_at or now
    assert waits[-1] is None, "nobody tries for ever"
    growing = [wait for wait in waits if wait is not None]
    assert growing == sorted(growing)
    assert row.last_error == "ValueError: broken"


def test_one_broken_row_delays_no_other(tenant: Tenant, now: datetime) -> None:
    with tenant.scope():
        rows = [make(tenant, now, due_at=now) for _row in range(3)]
    worked: list[uuid.UUID] = []

    def handler(lease: Lease) -> None:
        if lease.id == rows[0].pk:
            raise ValueError("broken")
        worked.append(lease.id)

    tasks.run_claimed(work.claim(Onboarding, now=now, limit=10), handler)
    assert set(worked) == {rows[1].pk, rows[2].pk}
    with tenant.scope():
        rows[0].refresh_from_db()
        assert rows[0].attempts == 1


def test_the_sweep_rings_for_what_no_message_came_for(
    tenant: Tenant, other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(work, "doorbell", lambda task, queue, row_id: bool(rung.append(row_id)) or True)
    present = clock.now()
    ids = []
    for one in (tenant, other_tenant):
        with one.scope():
            ids.append(str(make(one, present, due_at=present - SECOND).pk))
    monkeypatch.setattr(tasks, "HANDLERS", {Onboarding: lambda lease: None})
    tasks.sweep()
    assert set(rung) == set(ids)
    silent = tasks.silent_for(tasks.SWEEP_TASK)
    assert silent is not None
    assert silent < timedelta(minutes=1)


def test_drain_does_all_due_work_without_a_broker(tenant: Tenant, now: datetime, monkeypatch: Any) -> None:
    with tenant.scope():
        for _row in range(3):
            make(tenant, now, due_at=now)

    def handler(lease: Lease) -> None:
        with tenant.scope():
            work.finish(lease, now=now)

    monkeypatch.setattr(tasks, "HANDLERS", {Onboarding: partial(tasks.run_claimed, handler=handler)})
    assert tasks.drain(now=now) == 3
    assert tasks.drain(now=now) == 0


def test_a_lease_about_to_end_sends_nothing(tenant: Tenant, now: datetime, monkeypatch: Any) -> None:
    with tenant.scope():
        make(tenant, now, due_at=now)
    lease = claim_one(now)
    lease.check()
    monkeypatch.setattr(
        work.time, "monotonic", lambda: lease.ends - work.GIVE_UP_BEFORE_END.total_seconds() + 1
    )
    with pytest.raises(LeaseLost):
        lease.check()
