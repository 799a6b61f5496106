"""`manage.py demo`: the whole product in the foreground, stopped by Ctrl-C."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO, NoReturn

from portal.embedded import EmbeddedError
from portal.programs import PROGRAMS, Ports
from portal.stack import Stack, given_servers, home_from_environment, start_stack

LOUD_LEVELS = {"WARNING", "ERROR", "CRITICAL"}
LOUD_TEXT = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b|^Traceback")
LOOK_EVERY = 0.25
LABELS = {
    "admin": "Staff console",
    "staff": "Staff sign-in",
    "simulator": "Simulator console",
    "customer_link": "A customer's link",
    "api_key": "API key",
    "app_id": "app_id",
    "config_id": "config_id",
    "home": "Logs and data",
}


def main(words: list[str]) -> int:
    """Run until Ctrl-C, SIGTERM or the end of a part; non-zero when something failed."""
    parser = argparse.ArgumentParser(prog="manage.py demo", description="Run the portal on this machine.")
    parser.add_argument("--reset", action="store_true", help="wipe this home's data and start afresh")
    options = parser.parse_args(words)
    home, ports, servers = home_from_environment(), Ports.from_environment(), given_servers()
    if options.reset and servers:
        parser.error("--reset wipes embedded servers only; DATABASE_URL and REDIS_URL name somebody else's.")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    say = _stopwatch()
    try:
        with start_stack(home, ports, reset=options.reset, plans=True, servers=servers, say=say) as stack:
            say("Ready. Ctrl-C stops it.")
            print(welcome(stack), flush=True)
            try:
                _watch(stack)
            finally:
                print("\nStopping", flush=True)
    except KeyboardInterrupt:
        return 0
    except EmbeddedError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def _stopwatch() -> Callable[[str], None]:
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - started:5.1f} s] {text}", flush=True)

    return say


def welcome(stack: Stack) -> str:
    """Say where everything is and how to get in."""
    rows = _rows(_places(stack) | stack.seeded | {"home": str(stack.processes.home.root)})
    return "\n".join(["", *rows, ""])


def _places(stack: Stack) -> dict[str, Any]:
    return {
        "portal": stack.portal_url,
        "admin": f"{stack.portal_url}/admin/",
        "simulator": stack.simulator_url,
        "intake": stack.intake_url,
    }


def _rows(values: dict[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        label = LABELS.get(name) or name.replace("_", " ").capitalize()
        shown = "  ".join(map(str, value.values())) if isinstance(value, dict) else value
        yield f"  {label:<18} {shown}"


def _watch(stack: Stack) -> NoReturn:
    """Repeat the programs' warnings here and raise when one of them has ended."""
    tails = [Tail(name, stack.children[name].log) for name in PROGRAMS]
    while True:
        for tail in tails:
            for line in tail.loud_lines():
                print(f"{tail.name:>13} | {line}", flush=True)
        stack.check()
        time.sleep(LOOK_EVERY)


@dataclass(slots=True)
class Tail:
    """Reads what was added to a log file."""

    name: str
    path: Path
    _file: BinaryIO = field(init=False)

    def __post_init__(self) -> None:
        self._file = self.path.open("rb")

    def close(self) -> None:
        self._file.close()

    def loud_lines(self) -> Iterator[str]:
        """Give the new complete lines that somebody should see."""
        while line := self._file.readline():
            if not line.endswith(b"\n"):
                self._file.seek(-len(line), os.SEEK_CUR)
                return
            if shown := loud(line.decode(errors="replace").rstrip()):
                yield shown


def loud(line: str) -> str | None:
    """Return what to show of a log line, JSON or plain, that is a warning or worse."""
    try:
        record = json.loads(line)
    except ValueError:
        return line if LOUD_TEXT.search(line) else None
    if not isinstance(record, dict) or record.get("level") not in LOUD_LEVELS:
        return None
    return f"{record['level']} {record.get('logger', '')}: {record.get('message', '')}"


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
