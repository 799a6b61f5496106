"""The whole product as real processes: servers, simulator, web, intake, workers and beat.

`manage.py demo` runs one; `manage.py story` and the tests that need real processes run their own beside it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from portal.embedded import Child, EmbeddedError, Home, Processes, default_home, owned, start_servers
from portal.embedded.home import write_private
from portal.embedded.processes import die_with_parent
from portal.programs import CHECKOUT, HOST, PROGRAMS, RESIDENT, Ports

ANSWER_WITHIN = 120.0
COMMAND_WITHIN = 300.0
Say = Callable[[str], None]


class StackError(EmbeddedError):
    """A part of the stack did not start or ended by itself; the message holds its last words."""


@dataclass(slots=True)
class Stack:
    """A running product: its addresses, what was seeded, and its processes by name."""

    processes: Processes
    ports: Ports
    environment: dict[str, str]
    seeded: dict[str, Any] = field(default_factory=dict)

    @property
    def children(self) -> dict[str, Child]:
        return {child.name: child for child in self.processes.children}

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self.children.items()}

    @property
    def portal_url(self) -> str:
        return f"http://{HOST}:{self.ports.web}"

    @property
    def simulator_url(self) -> str:
        return f"http://{HOST}:{self.ports.simulator}"

    @property
    def intake_url(self) -> str:
        return f"http://{HOST}:{self.ports.intake}"

    def start(self, name: str, **settings: str) -> Child:
        """Start one of the product's programs, with settings of its own if a test wants them."""
        program = PROGRAMS[name]
        environment = as_role(self.environment | settings, program.database)
        command = program.command(self.ports, environment)
        return self.processes.spawn(name, command, env=environment, cwd=CHECKOUT)

    def stop(self, name: str) -> None:
        """Stop one program as an operator would."""
        self.processes.stop(self.children[name])

    def kill(self, name: str) -> None:
        """End one program and all it forked at once, as a crash would."""
        self.processes.kill(self.children[name])

    def manage(self, *words: str, database: str = "DATABASE_URL") -> str:
        """Run a management command to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=CHECKOUT,
            env=as_role(self.environment, database),
            capture_output=True,
            text=True,
            timeout=COMMAND_WITHIN,
            check=False,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        # What it answered may be a key or a password, which no log holds.
        (self.processes.home.logs / f"{words[0]}.log").write_text(done.stderr)
        if done.returncode:
            raise StackError(f"manage.py {words[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done.stdout

    def seed(self, *words: str) -> None:
        """Run the seed and keep what it says; a later run may not be told a secret again."""
        path = self.processes.home.root / "demo.json"
        known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        lines = self.manage("seed_demo", *words).strip().splitlines()
        try:
            said: dict[str, Any] = json.loads(lines[-1]) if lines else {}
        except ValueError:
            raise StackError(f"The last line of seed_demo is not JSON: {lines[-1]}") from None
        self.seeded = known | {name: value for name, value in said.items() if value is not None}
        write_private(path, json.dumps(self.seeded, indent=2))

    def wait_for(self, name: str, url: str) -> None:
        """Wait until a program answers at all and well."""
        child, deadline = self.children[name], time.monotonic() + ANSWER_WITHIN
        while not answers(url):
            if not child.is_alive() or time.monotonic() > deadline:
                raise StackError(f"{name} did not start (whole log: {child.log}):\n{child.last_words()}")
            time.sleep(0.05)

    def check(self) -> None:
        """Raise when any process has ended by itself."""
        for child in self.processes.children:
            if not child.is_alive():
                ended = f"{child.name} ended with status {child.popen.returncode}"
                raise StackError(f"{ended} (whole log: {child.log}):\n{child.last_words()}")


@contextmanager
def start_stack(
    home: Home,
    ports: Ports,
    *,
    fsync: bool = True,
    reset: bool = False,
    plans: bool = False,
    servers: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
    say: Say = lambda text: None,
) -> Iterator[Stack]:
    """Run the product in a home of its own until the block ends; nothing of it is left behind.

    `servers` are the addresses of servers that somebody else runs; without them it starts its own.
    `plans`: customers have migration plans too.
    """
    prepared = prepare_stack(
        home, ports, fsync=fsync, reset=reset, servers=servers, settings=settings, say=say
    )
    with prepared as stack:
        say("Starting web, intake, workers and beat, and seeding a partner with its customers")
        for name in RESIDENT:
            stack.start(name)
        stack.seed(*(["--plans"] if plans else []))
        stack.wait_for("web", f"{stack.portal_url}/healthz")
        stack.wait_for("intake", f"{stack.intake_url}/healthz")
        with _published(home, stack.environment):
            yield stack


@contextmanager
def prepare_stack(
    home: Home,
    ports: Ports,
    *,
    fsync: bool = True,
    reset: bool = False,
    servers: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
    say: Say = lambda text: None,
) -> Iterator[Stack]:
    """Run the servers, a migrated database and the simulator; who asked starts the rest."""
    with owned(home, reset=reset) as processes:
        refuse_busy(ports)
        if servers is None:
            say("Starting PostgreSQL and Valkey")
            # The data in this home can be read with this home's keys only.
            servers = start_servers(processes, fsync=fsync) | home.secrets()
        environment = _environment(home, ports, servers) | dict(settings or {})
        stack = Stack(processes, ports, environment)
        say("Starting the simulator and migrating the database")
        stack.start("simulator")
        stack.manage("migrate", "--no-input", database="MIGRATOR_DATABASE_URL")
        stack.wait_for("simulator", f"{stack.simulator_url}/_sim/clock")
        yield stack


def home_from_environment() -> Home:
    """Return the home named by PORTAL_HOME, or this checkout's own."""
    given = os.environ.get("PORTAL_HOME")
    return Home(Path(given).absolute() if given else default_home(CHECKOUT))


def given_servers() -> dict[str, str] | None:
    """Return the addresses of servers that somebody else runs, None when ours are to be started."""
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        return None
    names = ("WORKER_DATABASE_URL", "INTAKE_DATABASE_URL", "MIGRATOR_DATABASE_URL")
    same = {name: os.environ.get(name, os.environ["DATABASE_URL"]) for name in names}
    return same | {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}


def running_environment(home: Home) -> dict[str, str]:
    """Return the variables of the stack that runs in a home now, so that other commands can join it."""
    try:
        environment: dict[str, str] = json.loads((home.root / "environment.json").read_text())
    except FileNotFoundError:
        return {}
    return environment


def refuse_busy(ports: Ports) -> None:
    """Name the variable to set when somebody else holds a port."""
    for name, variable in Ports.variables().items():
        port = getattr(ports, name)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                raise StackError(f"Port {port} is in use; set {variable} to a free one.") from None


def answers(url: str) -> bool:
    """Say whether an address of this machine answers with success."""
    # A proxy of the environment would be asked for 127.0.0.1 too.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def as_owner(url: str) -> str:
    """Return the migrator's address with every statement run as the role that owns the tables."""
    return f"{url}{'&' if '?' in url else '?'}options=-c%20role%3Dportal_owner"


def as_role(environment: Mapping[str, str], database: str) -> dict[str, str]:
    """Return the environment of a program that holds the password of one database role only."""
    others = {name: value for name, value in environment.items() if not name.endswith("DATABASE_URL")}
    url = environment[database]
    return others | ({database: url} if database == "MIGRATOR_DATABASE_URL" else {}) | {"DATABASE_URL": url}


def _environment(home: Home, ports: Ports, addresses: Mapping[str, str]) -> dict[str, str]:
    simulator = f"http://{HOST}:{ports.simulator}"
    wanted = {
        **home.secrets(),
        "PUBLIC_URL": f"http://{HOST}:{ports.web}",
        "INTAKE_PUBLIC_URL": f"http://{HOST}:{ports.intake}",
        "EMAIL_URL": f"filemail:///{quote(str(home.mail))}",
    }
    fixed = {
        **addresses,
        "PORTAL_HOME": str(home.root),
        **{variable: str(getattr(ports, name)) for name, variable in Ports.variables().items()},
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "GRAPH_BASE_URL": simulator,
        "EMBEDDED_SIGNUP_SDK_URL": f"{simulator}/sdk.js",
        "EMBEDDED_SIGNUP_ORIGINS": simulator,
        "ON_PREMISES_ALLOWED_NETWORKS": "127.0.0.0/8",
        "SANDBOX": "true",
        "PYTHONUNBUFFERED": "1",
    }
    return wanted | dict(os.environ) | fixed


@contextmanager
def _published(home: Home, environment: Mapping[str, str]) -> Iterator[None]:
    """Let `manage.py shell` and the like find the running stack."""
    path = home.root / "environment.json"
    ours = {name: value for name, value in environment.items() if os.environ.get(name) != value}
    write_private(path, json.dumps(ours, indent=2))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
