"""Run the two servers for development.

    python -m portal.embedded --home DIR --no-fsync > DIR.env &
    . DIR.env

Prints the variables as shell exports, then stays in the foreground until it is told to stop.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from portal.embedded import EmbeddedError, Home, default_home, running


def main() -> int:
    """Start, print, wait; non-zero when a server died or could not start."""
    parser = argparse.ArgumentParser(prog="python -m portal.embedded")
    parser.add_argument("--home", type=Path, default=default_home(Path(__file__).parents[2]))
    parser.add_argument("--fsync", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--reset", action="store_true", help="wipe the home's data first")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    try:
        home = Home(options.home.absolute())
        with running(home, fsync=options.fsync, reset=options.reset) as (processes, environment):
            for name, value in environment.items():
                print(f"export {name}={shlex.quote(value)}")
            sys.stdout.flush()
            while all(child.is_alive() for child in processes.children):
                time.sleep(0.5)
            return 1
    except KeyboardInterrupt:
        return 0
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


sys.exit(main())
