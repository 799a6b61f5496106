"""Where everything is measured: servers of its own with fsync, a seeded partner, Django in this process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import LiteralString

import django
import psycopg

from portal.programs import CHECKOUT, PROGRAMS, Ports
from portal.stack import Stack, as_role

# A bench must not wait for a sandbox's clock, which production does not have.
PRODUCTION = {"SANDBOX": "false", "LOG_LEVEL": "ERROR"}


@dataclass(frozen=True)
class Place:
    """A prepared stack, and how much of everything is wanted."""

    stack: Stack
    is_quick: bool = False
    is_long: bool = False

    def some(self, count: int) -> int:
        """The count, or a twentieth of it when only the bench itself is tried."""
        return max(count // 20, 1) if self.is_quick else count

    def enter_django(self) -> None:
        """Make this process one of the product's, with the rights of the web."""
        os.environ.update(as_role(self.stack.environment, "DATABASE_URL") | PRODUCTION)
        django.setup()

    def execute(self, statement: LiteralString) -> None:
        """Run what no role of the product may, as the superuser of these servers."""
        with psycopg.connect(self.stack.environment["ADMIN_DATABASE_URL"], autocommit=True) as admin:
            admin.execute(statement)

    @contextmanager
    def running(self, *names: str) -> Iterator[None]:
        """Run programs of the product for the length of a block."""
        for name in names:
            self.stack.start(name, **PRODUCTION)
        try:
            if "intake" in names:
                self.stack.wait_for("intake", f"{self.stack.intake_url}/healthz")
            yield
        finally:
            for name in reversed(names):
                self.stack.stop(name)

    @contextmanager
    def beside(self, command: Sequence[str], port: int) -> Iterator[int]:
        """Run a baseline for the length of a block; gives its port."""
        child = self.stack.processes.spawn(
            "baseline", command, env=self.stack.environment | PRODUCTION, cwd=CHECKOUT
        )
        try:
            self.stack.wait_for("baseline", f"http://127.0.0.1:{port}/")
            yield port
        finally:
            self.stack.processes.stop(child)


def like(program: str, target: str, stack: Stack) -> tuple[list[str], int]:
    """The command of a program with another application in its place, on a free port."""
    ports = Ports.free()
    command = PROGRAMS[program].command(ports, stack.environment)
    return [*command[:-1], target], getattr(ports, program)
