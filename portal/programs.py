"""The programs that make up the product, as commands; production runs the same ones."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
SIMULATOR_SEED = "1"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the three programs that answer requests listen."""

    web: int = 8000
    simulator: int = 8001
    intake: int = 8002

    @staticmethod
    def variables() -> dict[str, str]:
        """Return the environment variable that moves each port."""
        return {"web": "PORTAL_PORT", "simulator": "SIMULATOR_PORT", "intake": "INTAKE_PORT"}

    @classmethod
    def from_environment(cls) -> Ports:
        """Read the three ports, each with its default."""
        given = {name: os.environ.get(variable) for name, variable in cls.variables().items()}
        return cls(**{name: int(value) for name, value in given.items() if value})

    @classmethod
    def free(cls) -> Ports:
        """Pick three ports that nobody uses now."""
        with ExitStack() as held:
            sockets = [held.enter_context(socket.socket()) for _ in range(3)]
            for one in sockets:
                one.bind((HOST, 0))
            return cls(*(one.getsockname()[1] for one in sockets))


Command = Callable[[Ports, Mapping[str, str]], list[str]]


@dataclass(frozen=True, slots=True)
class Program:
    """How to start one program, and which role's address it is given as DATABASE_URL."""

    command: Command
    database: str = "DATABASE_URL"


def _python(module: str, *words: str) -> list[str]:
    return [sys.executable, "-m", module, *words]


def _granian(interface: str, target: str, port: int, *words: str) -> list[str]:
    address = ("--host", HOST, "--port", str(port))
    return _python("granian", "--interface", interface, *address, "--no-ws", *words, target)


def _web(ports: Ports, environment: Mapping[str, str]) -> list[str]:
    # One blocking thread a process: more wait for each other and make the slowest answers ten times slower.
    return _granian("wsgi", "portal.wsgi:application", ports.web, "--workers", "2", "--blocking-threads", "1")


def _intake(ports: Ports, environment: Mapping[str, str]) -> list[str]:
    return _granian("asgi", "webhooks.intake:application", ports.intake, "--workers", "1", "--loop", "uvloop")


def _simulator(ports: Ports, environment: Mapping[str, str]) -> list[str]:
    clock = f"http://{HOST}:{ports.web}/sandbox/clock"
    # One word, since a random token may begin with a dash.
    follower = ("--follow-clock", clock, f"--follow-token={environment['SANDBOX_TOKEN']}")
    state = Path(environment["PORTAL_HOME"]) / "simulator.json"
    address = ("--host", HOST, "--port", str(ports.simulator))
    return _python("portal.simulator", *address, "--seed", SIMULATOR_SEED, "--state", str(state), *follower)


def _worker(name: str, queues: str, concurrency: int) -> Command:
    def command(ports: Ports, environment: Mapping[str, str]) -> list[str]:
        size = ("--concurrency", str(concurrency), "--loglevel", "INFO")
        alone = ("--without-gossip", "--without-mingle")
        return _celery("worker", "--hostname", f"{name}@%h", "--queues", queues, *size, *alone)

    return command


def _beat(ports: Ports, environment: Mapping[str, str]) -> list[str]:
    schedule = Path(environment["PORTAL_HOME"]) / "celerybeat-schedule"
    return _celery("beat", "--schedule", str(schedule), "--pidfile", "", "--loglevel", "INFO")


def _celery(*words: str) -> list[str]:
    return _python("celery", "--app", "portal.celery:app", *words)


PROGRAMS = {
    "simulator": Program(_simulator),
    "web": Program(_web),
    "intake": Program(_intake, "INTAKE_DATABASE_URL"),
    "worker-signup": Program(_worker("signup", "signup", 2), "WORKER_DATABASE_URL"),
    "worker": Program(_worker("worker", "graph,inbound,outbound,sweep", 4), "WORKER_DATABASE_URL"),
    "beat": Program(_beat, "WORKER_DATABASE_URL"),
}
RESIDENT = ("web", "intake", "worker-signup", "worker", "beat")
