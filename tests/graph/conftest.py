from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from portal.graph.client import Graph
from portal.graph.secret import Secret
from portal.graph.transport import HttpTransport
from tests.graph.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(scope="session")
def transport() -> Iterator[HttpTransport]:
    transport = HttpTransport()
    yield transport
    transport.close()


@pytest.fixture
def graph_for(server: Server, transport: HttpTransport) -> Callable[..., Graph]:
    """A client of the test server; keywords as of Graph."""

    def make(**given: object) -> Graph:
        fixed = {
            "base_url": server.url,
            "version": "v26.0",
            "token": Secret("EAAtoken"),
            "transport": transport,
        }
        return Graph(**{**fixed, **given})

    return make
