"""The simulator as a process, one for the run; a partner of its own for every test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from pytest_django import Settings

from portal.kernel import work
from tests.conftest import Tenant
from tests.onboarding.stage import Mailbox, Meta, Stage, running_mailbox, running_meta

_numbers = count(1)


@pytest.fixture(scope="session")
def meta() -> Iterator[Meta]:
    with running_meta() as meta:
        yield meta


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def quiet_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are the work: these tests look for due rows themselves and need no wake-ups."""
    monkeypatch.setattr(work, "doorbell", lambda *args: True)


@pytest.fixture
def stage(
    tenant: Tenant, meta: Meta, mailbox: Mailbox, settings: Settings, quiet_broker: None
) -> Iterator[Stage]:
    settings.GRAPH_BASE_URL = meta.url
    settings.INTAKE_PUBLIC_URL = mailbox.url
    settings.SANDBOX = True
    mailbox.take()
    stage = Stage(tenant, meta, mailbox, _numbers)
    stage.provision()
    yield stage
    meta.ask("faults", method="DELETE")
    meta.ask("clock", {"offset_seconds": 0})
