from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.harness import Machine, Program


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def program() -> Iterator[Program]:
    with Program() as running:
        yield running
