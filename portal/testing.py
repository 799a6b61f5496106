"""`manage.py test`: servers of its own, then pytest with whatever words were given."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from portal.embedded import EmbeddedError, Home, running
from portal.programs import CHECKOUT

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The whole suite runs in parallel, file by file since a running product is shared by the tests of a file, and
# more of them than cores since many tests wait. Whoever gives words of their own decides for themselves.
MOST_WORKERS = 4
IN_PARALLEL = ("--dist", "loadfile", "--no-loadscope-reorder")


def main(words: list[str]) -> int:
    """Run pytest on fresh servers without fsync; returns its exit status."""
    environment = dict(os.environ) | browser_environment()
    words = words or ["-n", str(min((os.cpu_count() or 1) + 1, MOST_WORKERS)), *IN_PARALLEL]
    if not {"ADMIN_DATABASE_URL", "REDIS_URL"} - environment.keys():
        return _pytest(words, environment)
    folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
    # The servers of root run as nobody, who must be able to pass.
    folder.chmod(0o711)
    try:
        with running(Home(folder), fsync=False) as (_, addresses):
            return _pytest(words, environment | addresses)
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def browser_environment() -> dict[str, str]:
    """Find a Chromium; where CI asks for one, its absence is a failure and not a skip."""
    required = {"PORTAL_REQUIRE_BROWSER": "1"} if os.environ.get("CI") == "true" else {}
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        print("No Chromium on PATH: browser tests are skipped (apt-get install chromium).", flush=True)
        return required
    return required | {"CHROMIUM": found}


def _pytest(words: list[str], environment: dict[str, str]) -> int:
    process = subprocess.Popen([sys.executable, "-m", "pytest", *words], cwd=CHECKOUT, env=environment)
    signal.signal(signal.SIGTERM, lambda number, frame: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal told pytest too: let it finish its report and its fixtures.
            continue
