"""Races run on real processes with the same people around them as journeys and onboardings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.stack import World, running_world
from tests.onboarding.conftest import mailbox, meta, quiet_broker, stage

__all__ = ["hasty", "mailbox", "meta", "quiet_broker", "stage"]


@pytest.fixture(scope="module")
def hasty() -> Iterator[World]:
    """A running product whose waits between tries are a twentieth, and whose processes may be killed."""
    with running_world({"TIME_SCALE": "20"}) as running:
        yield running
