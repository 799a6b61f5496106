"""What a killed run left behind: told apart from strangers, and stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from portal.embedded.home import Home

PROC = Path("/proc")


def started_at(pid: int) -> str | None:
    """Return a mark that tells one life of a process id from the next, None when it is not alive."""
    if _has_proc():
        fields = _proc_stat(pid)
        return None if fields is None or fields[0] == "Z" else fields[19]
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None


def stop_orphans(home: Home, *, grace: float = 20.0) -> list[str]:
    """Stop what a killed supervisor left running; returns the names, last started first."""
    if not home.run_record.exists():
        return []
    record = json.loads(home.run_record.read_text())
    stopped = []
    for process in reversed(record["processes"]):
        pid, mark = process["pid"], process["started"]
        if mark is not None and started_at(pid) == mark:
            _stop_by_pid(pid, mark, process["stop_signals"], grace)
            stopped.append(str(process["name"]))
        for left in _forked_by(pid, home):
            with suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL)
    if record["socket_dir"]:
        remove_socket_dir(Path(record["socket_dir"]))
    home.run_record.unlink()
    return stopped


def end_crashed_cluster(data: Path) -> None:
    """Clear the way for a PostgreSQL whose postmaster was killed.

    It keeps off its own data while any process has the old one's number, even a zombie or a stranger.
    When the postmaster is surely gone, what it forked is ended too: those processes work in the data folder.
    """
    data = data.resolve()
    lock = data / "postmaster.pid"
    if not lock.exists() or not _has_proc():
        return
    running = list(_working_in(data))
    if int(lock.read_text().split()[0]) in running:
        return
    for pid in running:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(_working_in(data)) and time.monotonic() < deadline:
        time.sleep(0.05)
    if not any(_working_in(data)):
        lock.unlink()


def remove_socket_dir(path: Path) -> None:
    """Delete a folder that holds sockets and their lock files only."""
    if path.is_dir() and not path.is_symlink():
        for entry in path.iterdir():
            entry.unlink()
        path.rmdir()


def signal_group(pid: int, number: int) -> None:
    """Signal every process of a group, if there is one."""
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def _stop_by_pid(pid: int, mark: str, signals: Sequence[int], grace: float) -> None:
    for number in signals:
        signal_group(pid, number)
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline:
            if started_at(pid) != mark:
                signal_group(pid, signal.SIGKILL)
                return
            time.sleep(0.05)


def _forked_by(leader: int, home: Home) -> Iterator[int]:
    """Find what a dead leader left in its group; the home in its environment proves that it is ours."""
    ours = f"PORTAL_HOME={home.root}".encode()
    for folder in PROC.glob("[0-9]*"):
        fields = _proc_stat(int(folder.name))
        if fields is not None and int(fields[2]) == leader:
            with suppress(OSError):
                if ours in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name)


def _working_in(folder: Path) -> Iterator[int]:
    for process in PROC.glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder:
                yield int(process.name)


def _proc_stat(pid: int) -> list[str] | None:
    """Return Linux's facts about a process from its state on: state, parent, group, ..."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _has_proc() -> bool:
    return (PROC / "self" / "stat").exists()
