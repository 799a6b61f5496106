"""Work that is done many rows at a time: one tenant at once, and a bad row alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from portal.kernel import clock, tasks, work
from portal.kernel.scope import scope
from portal.kernel.work import Lease
from tests.conftest import Tenant
from tests.factories.webhooks import store
from webhooks.models import Payload


@pytest.fixture
def present(transactional_db: None) -> datetime:
    return clock.now()


@pytest.fixture
def leases(tenant: Tenant, other_tenant: Tenant, present: datetime) -> list[Lease]:
    """Three rows of one tenant and two of another, claimed together."""
    for one, count in ((tenant, 3), (other_tenant, 2)):
        with one.scope():
            for number in range(count):
                store(one.world.app, {"n": number}, now=present)
    return work.claim(Payload, now=present, limit=10)


def finish_all(batch: list[Lease]) -> None:
    with scope(batch[0].partner_id):
        for lease in work.hold(batch):
            work.finish(lease, now=clock.now())


def test_a_batch_is_of_one_tenant(leases: list[Lease], tenant: Tenant, other_tenant: Tenant) -> None:
    seen: dict[object, int] = {}

    def handler(batch: list[Lease]) -> None:
        (partner_id,) = {lease.partner_id for lease in batch}
        seen[partner_id] = len(batch)

    tasks.run_batch(leases, handler)
    assert seen == {tenant.partner_id: 3, other_tenant.partner_id: 2}


def test_a_bad_row_is_written_down_and_the_others_are_done(leases: list[Lease], tenant: Tenant) -> None:
    bad = next(lease for lease in leases if lease.partner_id == tenant.partner_id)

    def handler(batch: list[Lease]) -> None:
        if bad in batch:
            raise ZeroDivisionError("bad")
        finish_all(batch)

    tasks.run_batch(leases, handler)
    for lease in leases:
        with scope(lease.partner_id):
            row = Payload.objects.get(pk=lease.id)
        assert row.leased_until is None
        assert (row.due_at is None) is (lease != bad)
        assert row.last_error == ("ZeroDivisionError: bad" if lease == bad else "")


def test_a_full_batch_rings_for_the_next(
    leases: list[Lease], present: datetime, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[str, ...]] = []
    monkeypatch.setattr(work, "doorbell", lambda *bell: bool(rung.append(bell)) or True)
    monkeypatch.setattr(tasks, "HANDLERS", dict(tasks.HANDLERS))
    run = _task(finish_all, size=2)
    with tenant.scope():
        Payload.objects.update(leased_until=None)
    run(str(leases[0].id))
    assert rung == [("webhooks.process", "inbound", str(leases[0].id))]
    run(str(leases[0].id))
    assert len(rung) == 1


def _task(handler: Callable[[list[Lease]], None], *, size: int) -> Callable[[str], None]:
    """The body of the task, without putting it into Celery's registry."""
    made: list[Callable[[str], None]] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tasks, "shared_task", lambda **options: made.append)
        tasks.batch_task(Payload, size=size)(handler)
    return made[0]


def test_rows_that_somebody_else_has_are_not_held(
    leases: list[Lease], tenant: Tenant, present: datetime
) -> None:
    ours = [lease for lease in leases if lease.partner_id == tenant.partner_id]
    with tenant.scope():
        Payload.objects.filter(pk=ours[0].id).update(leased_until=None)
    work.claim(Payload, now=present, limit=10)
    with tenant.scope():
        assert {lease.id for lease in work.hold(ours)} == {lease.id for lease in ours[1:]}
