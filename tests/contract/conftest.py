from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.simulator.harness import Program

LINES = pytest.StashKey[list[str]]()


@pytest.fixture
def program() -> Iterator[Program]:
    with Program() as running:
        yield running


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say something at the end of the run, where people who check the contract look."""
    return request.config.stash.setdefault(LINES, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(LINES, []):
        terminalreporter.write_line(f"contract: {line}")
