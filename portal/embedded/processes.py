"""Child processes that never outlive their supervisor by accident."""

from __future__ import annotations

import ctypes
import json
import os
import pwd
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from portal.embedded.home import Home, write_private
from portal.embedded.orphans import remove_socket_dir, signal_group, started_at, stop_orphans

PR_SET_PDEATHSIG = 1
GRACEFUL = (signal.SIGTERM, signal.SIGKILL)
# PostgreSQL's words: SIGINT is a fast shutdown, SIGQUIT an immediate one.
POSTGRES = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
# Higher tiers stop first, so that no program loses its servers before it has put its work down.
POSTGRES_TIER, VALKEY_TIER, PROGRAM_TIER = 0, 1, 2


@dataclass(slots=True)
class Child:
    """One running program in a process group of its own."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path
    stop_signals: Sequence[signal.Signals] = GRACEFUL
    tier: int = PROGRAM_TIER

    @property
    def pid(self) -> int:
        return self.popen.pid

    def is_alive(self) -> bool:
        return self.popen.poll() is None

    def ask(self) -> None:
        """Send the first signal without waiting."""
        if self.is_alive():
            self.popen.send_signal(self.stop_signals[0])

    def stop(self, grace: float = 20.0) -> None:
        """Ask, wait, insist; then end whatever the program left in its group."""
        for number in self.stop_signals:
            if not self.is_alive():
                break
            self.popen.send_signal(number)
            try:
                self.popen.wait(grace)
            except subprocess.TimeoutExpired:
                continue
        signal_group(self.pid, signal.SIGKILL)

    def last_words(self, lines: int = 15) -> str:
        """Return the end of its log, for an error message."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass(slots=True)
class Processes:
    """Starts children and keeps a record on disk by which the next start can clean up."""

    home: Home
    socket_dir: Path | None = None
    children: list[Child] = field(default_factory=list)

    def spawn(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        user: str | None = None,
        stop_signals: Sequence[signal.Signals] = GRACEFUL,
        tier: int = PROGRAM_TIER,
        cwd: Path | None = None,
    ) -> Child:
        """Start a program that writes to logs/<name>.log; the log before it is kept as .log.1."""
        log = self.home.logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        with log.open("wb") as output:
            popen = subprocess.Popen(
                argv,
                env=dict(env),
                cwd=cwd or self.home.root,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=die_with_parent(stop_signals[0]),  # noqa: PLW1509 - it calls nothing that locks
                **as_user(user),
            )
        child = Child(name, popen, log, stop_signals, tier)
        self.children.append(child)
        self.write_record()
        return child

    def stop(self, child: Child) -> None:
        """Stop one child and take it off the record."""
        child.stop()
        self.children.remove(child)
        self.write_record()

    def kill(self, child: Child) -> None:
        """End one child and all it forked without asking, and take it off the record."""
        signal_group(child.pid, signal.SIGKILL)
        child.popen.wait()
        self.children.remove(child)
        self.write_record()

    def stop_all(self) -> None:
        """Stop everything, tier by tier; each tier is asked at once and then waited for."""
        for tier in sorted({child.tier for child in self.children}, reverse=True):
            of_tier = [child for child in self.children if child.tier == tier]
            for child in of_tier:
                child.ask()
            for child in reversed(of_tier):
                self.stop(child)
        if self.socket_dir is not None:
            remove_socket_dir(self.socket_dir)
        self.home.run_record.unlink(missing_ok=True)

    def write_record(self) -> None:
        running = [
            {
                "name": child.name,
                "pid": child.pid,
                "started": started_at(child.pid),
                "stop_signals": [int(number) for number in child.stop_signals],
            }
            for child in self.children
        ]
        record = {"socket_dir": str(self.socket_dir) if self.socket_dir else None, "processes": running}
        write_private(self.home.run_record, json.dumps(record, indent=2))


@contextmanager
def owned(home: Home, *, reset: bool = False) -> Iterator[Processes]:
    """Own a home: clean up after a killed run first, stop all that was started last."""
    with home.locked():
        stop_orphans(home)
        if reset:
            home.wipe()
            home.prepare()
        processes = Processes(home)
        try:
            yield processes
        finally:
            with _uninterrupted():
                processes.stop_all()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Finish stopping although somebody is impatient; every wait in there is bounded."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Identity(TypedDict):
    """The arguments by which subprocess changes who a child is."""

    user: str | None
    group: int | None
    extra_groups: list[str] | None


def as_user(user: str | None) -> Identity:
    """Return the arguments that drop root's rights for good, or keep the caller's identity."""
    if user is None:
        return Identity(user=None, group=None, extra_groups=None)
    return Identity(user=user, group=pwd.getpwnam(user).pw_gid, extra_groups=[])


def die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Have Linux send the signal when the supervisor dies, however it dies."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def in_child() -> None:
        prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            os._exit(1)

    return in_child
