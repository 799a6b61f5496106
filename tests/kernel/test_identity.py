from __future__ import annotations

from datetime import datetime, timedelta

from portal.kernel import identity
from portal.kernel.models import DatabaseIdentity


def test_the_same_database_casts_no_doubt(transactional_db: None, now: datetime) -> None:
    assert identity.confirm(now=now) is False
    assert identity.confirm(now=now) is False
    assert identity.may_be_done_already(now) is False


def test_after_a_restore_older_work_may_be_done_and_newer_is_not(
    transactional_db: None, now: datetime
) -> None:
    identity.confirm(now=now)
    DatabaseIdentity.objects.update(system_identifier="7000000000000000001")
    assert identity.confirm(now=now) is True
    assert identity.may_be_done_already(now - timedelta(minutes=2))
    assert not identity.may_be_done_already(now + timedelta(minutes=2))
    assert identity.confirm(now=now) is False, "told once"


def test_a_failover_is_seen_by_its_timeline(transactional_db: None, now: datetime) -> None:
    identity.confirm(now=now)
    DatabaseIdentity.objects.update(timeline=99)
    assert identity.confirm(now=now) is True
