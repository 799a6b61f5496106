"""A real PostgreSQL and a real Valkey from their wheels, owned by one process and one home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from portal.embedded.home import EmbeddedError, Home, default_home
from portal.embedded.processes import Child, Processes, owned
from portal.embedded.servers import start_servers

__all__ = ["Child", "EmbeddedError", "Home", "Processes", "default_home", "owned", "running", "start_servers"]


@contextmanager
def running(
    home: Home, *, fsync: bool = True, reset: bool = False
) -> Iterator[tuple[Processes, dict[str, str]]]:
    """Run both servers for the length of a block; gives their children and every variable programs need."""
    with owned(home, reset=reset) as processes:
        addresses = start_servers(processes, fsync=fsync)
        yield processes, {"PORTAL_HOME": str(home.root), **addresses, **home.secrets()}
