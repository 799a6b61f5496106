"""Starting the demo: warm, on data that is there, against cold, on an empty home."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from portal.bench.figures import BenchError, Figure
from portal.bench.place import Place
from portal.programs import CHECKOUT, Ports

READY = "Ready."
STOPPED_WITHIN = 60.0
WARM = 2


def measure(place: Place) -> Iterator[Figure]:
    """From the command to the line that says it is ready; the environment is installed before."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        Path(folder).chmod(0o711)  # the servers of root run as nobody, who must be able to pass
        cold = _start(folder)
        warm = min(_start(folder) for _ in range(WARM))
    yield Figure(
        bench="start",
        name="warm start of the demo, the better of two",
        value=warm,
        unit="s",
        baseline=cold,
        against="a cold start",
        promise="within 10 s",
    )


def _start(home: str) -> float:
    ports = Ports.free()
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    environment |= {variable: str(getattr(ports, name)) for name, variable in Ports.variables().items()}
    begun = time.perf_counter()
    demo = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=CHECKOUT,
        env=environment | {"PORTAL_HOME": home},
        stdout=subprocess.PIPE,
        text=True,
    )
    said = []
    try:
        for line in demo.stdout or ():
            said.append(line)
            if READY in line:
                return time.perf_counter() - begun
        raise BenchError(f"the demo did not start: {''.join(said)}")
    finally:
        demo.send_signal(signal.SIGTERM)
        demo.communicate(timeout=STOPPED_WITHIN)
