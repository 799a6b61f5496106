"""The programs start by the commands of the README, with nothing set but what it names."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import pytest

from portal.programs import CHECKOUT

NAMED = {
    "SECRET_KEY": "k" * 32,
    "SECRET_KEYS": "A" * 43 + "=",
    "DATABASE_URL": "postgres://portal_app@127.0.0.1:1/portal",
}
COMMANDS = re.findall(r"`((?:granian|celery) [^`]+)`", (CHECKOUT / "README.md").read_text())


def test_the_readme_names_every_resident_program() -> None:
    assert len(COMMANDS) == 5


@pytest.mark.parametrize(
    "target", sorted({word.split(":")[0] for one in COMMANDS for word in shlex.split(one) if ":" in word})
)
def test_a_program_finds_its_settings_by_itself(target: str) -> None:
    environment = {"PATH": os.environ["PATH"]} | NAMED
    done = subprocess.run(
        [sys.executable, "-c", f"import {target}"],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
