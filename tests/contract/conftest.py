from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.contract.document import SOURCE, Document, path_of_document
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


@pytest.fixture(scope="session")
def document(request: pytest.FixtureRequest) -> Document:
    path = path_of_document()
    request.config.stash.setdefault(LINES, [])
    if not path.is_file():
        pytest.skip(f"CONTRACT NOT CHECKED: no {path.name}; get it from {SOURCE} and set META_OPENAPI to it")
    return Document(path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash.get(LINES, None) is None:
        return
    if not path_of_document().is_file():
        missing = f"CONTRACT NOT CHECKED: {path_of_document().name} is missing. Get it from {SOURCE}"
        terminalreporter.write_line(f"{missing} and set META_OPENAPI to its path.", red=True, bold=True)
    for line in config.stash.get(LINES, []):
        terminalreporter.write_line(f"contract: {line}")
