"""Start PostgreSQL and Valkey on unix sockets, and say where they are."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from portal.embedded.binaries import POSTGRES_MAJOR, Binaries, find_binaries
from portal.embedded.home import LOGIN_ROLES, SUPERUSER, EmbeddedError, Home
from portal.embedded.orphans import end_crashed_cluster
from portal.embedded.processes import (
    POSTGRES,
    POSTGRES_TIER,
    VALKEY_TIER,
    Child,
    Processes,
    as_user,
)
from portal.embedded.roles import DATABASE, Unavailable, prepare

READY_WITHIN = 60.0
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
URL_NAMES = {
    "DATABASE_URL": "portal_app",
    "WORKER_DATABASE_URL": "portal_worker",
    "INTAKE_DATABASE_URL": "portal_intake",
    "STAFF_DATABASE_URL": "portal_staff_ro",
    "MIGRATOR_DATABASE_URL": "portal_migrator",
    "ADMIN_DATABASE_URL": SUPERUSER,
}


def start_servers(processes: Processes, *, fsync: bool = True) -> dict[str, str]:
    """Start both servers in an owned home; returns the variables by which programs reach them."""
    home = processes.home
    binaries = find_binaries(home)
    sockets = processes.socket_dir = _make_socket_dir(binaries.user)
    processes.write_record()
    credentials = home.credentials()
    postgres = _start_postgres(processes, binaries, credentials, sockets, fsync)
    valkey = _start_valkey(processes, binaries, sockets)
    _wait("PostgreSQL", postgres, lambda: _prepared(sockets, credentials))
    _wait("Valkey", valkey, (sockets / "valkey.sock").exists)
    urls = {name: database_url(role, credentials[role], sockets) for name, role in URL_NAMES.items()}
    return {**urls, "REDIS_URL": f"unix://{sockets}/valkey.sock"}


def database_url(role: str, password: str, sockets: Path) -> str:
    """Return the address as libpq, psycopg and django-environ all read it."""
    return f"postgres://{role}:{quote(password, safe='')}@/{DATABASE}?host={sockets}"


def _make_socket_dir(user: str | None) -> Path:
    # A socket's path must stay under 108 bytes, so it can not live in the home or below a long TMPDIR.
    path = Path(tempfile.mkdtemp(prefix="portal-", dir="/tmp"))
    _give(path, user)
    return path


def _give(path: Path, user: str | None) -> None:
    if user is not None:
        shutil.chown(path, user)


def _start_postgres(
    processes: Processes, binaries: Binaries, credentials: dict[str, str], sockets: Path, fsync: bool
) -> Child:
    data = processes.home.postgres
    if not data.exists():
        _initdb(processes.home, binaries, credentials[SUPERUSER], fsync)
    found = (data / "PG_VERSION").read_text().strip()
    if found != POSTGRES_MAJOR:
        raise EmbeddedError(f"{data} is PostgreSQL {found}'s, not {POSTGRES_MAJOR}'s; start with --reset.")
    end_crashed_cluster(data)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "max_connections": "200",
        "log_timezone": "UTC",
    }
    if not fsync:
        # A killed process still loses nothing, only a machine that loses power does.
        settings |= {"fsync": "off", "full_page_writes": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return processes.spawn(
        "postgres",
        [str(binaries.postgres / "postgres"), "-D", str(data), *options],
        env=SERVER_ENVIRONMENT,
        user=binaries.user,
        stop_signals=POSTGRES,
        tier=POSTGRES_TIER,
    )


def _initdb(home: Home, binaries: Binaries, password: str, fsync: bool) -> None:
    """Make the cluster beside its place and move it there, so that a killed run leaves no half of one."""
    making = home.root / "making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    password_file = making / "password"
    password_file.write_text(password)
    for path in (making, password_file):
        _give(path, binaries.user)
    cluster = making / "cluster"
    done = subprocess.run(
        [
            str(binaries.postgres / "initdb"), f"--pgdata={cluster}", f"--username={SUPERUSER}",
            f"--pwfile={password_file}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--set=timezone=UTC",
            "--no-instructions", *([] if fsync else ["--no-sync"]),
        ],
        env=SERVER_ENVIRONMENT,
        cwd=home.root,
        capture_output=True,
        text=True,
        check=False,
        **as_user(binaries.user),
    )  # fmt: skip
    if done.returncode:
        raise EmbeddedError(f"initdb failed:\n{done.stdout}{done.stderr}")
    cluster.rename(home.postgres)
    shutil.rmtree(making)


def _start_valkey(processes: Processes, binaries: Binaries, sockets: Path) -> Child:
    """Start Valkey without persistence: it carries wake-ups and caches, PostgreSQL is the truth."""
    folder = processes.home.valkey
    folder.mkdir(mode=0o700, exist_ok=True)
    _give(folder, binaries.user)
    settings = {
        "port": "0",
        "unixsocket": f"{sockets}/valkey.sock",
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
        "dir": str(folder),
    }
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return processes.spawn(
        "valkey",
        [str(binaries.valkey), *options],
        env=SERVER_ENVIRONMENT,
        user=binaries.user,
        tier=VALKEY_TIER,
    )


def _prepared(sockets: Path, credentials: dict[str, str]) -> bool:
    try:
        prepare(sockets, credentials[SUPERUSER], {role: credentials[role] for role in LOGIN_ROLES})
    except Unavailable:
        return False
    return True


def _wait(title: str, child: Child, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not is_ready():
        if not child.is_alive() or time.monotonic() > deadline:
            raise EmbeddedError(f"{title} did not start (whole log: {child.log}):\n{child.last_words()}")
        time.sleep(0.02)
