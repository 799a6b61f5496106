#!/usr/bin/env python3
"""The one door for commands: `demo`, `test`, `story`, `bench`, `simulator`, and all that Django has."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

from portal import bootstrap

# These run on an unprepared machine: the environment group each needs is made first.
GROUPS = {"demo": "demo", "story": "demo", "bench": "demo", "simulator": "demo", "test": "test"}
# These start servers of their own, so they can not wait for Django's settings.
PROGRAMS = {
    "demo": "portal.supervisor",
    "story": "portal.story",
    "bench": "portal.bench.run",
    "test": "portal.testing",
}


def main() -> int:
    """Prepare the environment if the word asks for it, then run the word."""
    word, rest = (sys.argv[1] if len(sys.argv) > 1 else "help"), sys.argv[2:]
    if word in GROUPS:
        bootstrap.ensure(GROUPS[word])
    elif not bootstrap.in_venv() and importlib.util.find_spec("django") is None:
        if not bootstrap.PYTHON.exists():
            print("Nothing is installed yet: run `python3 manage.py demo` first.", file=sys.stderr)
            return 1
        bootstrap.enter_venv()
    return run(word, rest)


def run(word: str, rest: list[str]) -> int:
    """Run one command inside the environment."""
    if word in PROGRAMS:
        return int(importlib.import_module(PROGRAMS[word]).main(rest))
    if word == "simulator":
        os.execv(sys.executable, [sys.executable, "-m", "portal.simulator", *rest])

    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    _join_running_stack()
    if word == "migrate" and (url := os.environ.get("MIGRATOR_DATABASE_URL")):
        from portal.stack import as_owner

        os.environ["DATABASE_URL"] = as_owner(url)
    execute_from_command_line(sys.argv)
    return 0


def _join_running_stack() -> None:
    """Give a command without settings those of the demo that runs in this home."""
    if "SECRET_KEY" not in os.environ:
        from portal.stack import home_from_environment, running_environment

        os.environ.update(running_environment(home_from_environment()))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except bootstrap.BootstrapError as error:
        sys.exit(str(error))
