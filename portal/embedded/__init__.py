"""A real PostgreSQL and a real Valkey from their wheels, owned by one process and one home."""

from __future__ import annotations

from portal.embedded.home import EmbeddedError, Home, default_home
from portal.embedded.servers import Servers, start_servers

__all__ = ["EmbeddedError", "Home", "Servers", "default_home", "start_servers"]
