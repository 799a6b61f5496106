"""The stack as a person starts it: everything answers, a dead part is named, nothing is left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.embedded import Home
from portal.embedded.orphans import started_at
from portal.programs import CHECKOUT, PROGRAMS, Ports
from portal.stack import Stack, StackError, answers, start_stack

pytestmark = pytest.mark.races


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
    folder.chmod(0o711)
    yield Home(folder)
    shutil.rmtree(folder)


def test_everything_answers_and_a_dead_part_is_named(home: Home) -> None:
    with start_stack(home, Ports.free(), fsync=False) as stack:
        assert {"postgres", "valkey", *PROGRAMS} == set(stack.pids)
        for url in (f"{stack.portal_url}/healthz", f"{stack.intake_url}/healthz", stack.simulator_url):
            assert answers(url)
        assert {"staff", "customer_link", "api_key"} <= set(stack.seeded)
        assert answers(stack.seeded["customer_link"])
        logged = "".join(log.read_text() for log in home.logs.iterdir())
        assert stack.seeded["api_key"] not in logged
        assert stack.seeded["staff"]["password"] not in logged
        stack.check()
        lives = {pid: started_at(pid) for pid in stack.pids.values()}

        _kill_and_start_again(stack, "worker")
        stack.check()

        os.kill(stack.pids["beat"], signal.SIGKILL)
        stack.children["beat"].popen.wait()
        with pytest.raises(StackError, match="beat ended with status -9"):
            stack.check()
    assert not [pid for pid, life in lives.items() if started_at(pid) == life]
    assert not home.run_record.exists()


def test_a_demo_after_a_killed_one_cleans_up_goes_on_and_obeys_sigterm(home: Home) -> None:
    before = json.loads((home.root / "demo.json").read_text())
    with _demo(home, Ports.free()) as killed:
        record = json.loads(home.run_record.read_text())
        killed.kill()
    with _demo(home, Ports.free()) as demo:
        _nothing_lives(record)
        record = json.loads(home.run_record.read_text())
        demo.terminate()
        assert demo.wait(60) == 0
    _nothing_lives(record)
    assert json.loads((home.root / "demo.json").read_text()) == before


def _kill_and_start_again(stack: Stack, name: str) -> None:
    pid = stack.pids[name]
    stack.kill(name)
    assert name not in stack.pids
    stack.start(name)
    assert stack.pids[name] != pid


def _demo(home: Home, ports: Ports) -> subprocess.Popen[str]:
    """Start `manage.py demo` and wait for its welcome."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    environment |= {variable: str(getattr(ports, name)) for name, variable in Ports.variables().items()}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=CHECKOUT,
        env=environment | {"PORTAL_HOME": str(home.root)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "Logs and data" in line:
            break
    else:
        process.stdout.close()
        pytest.fail(f"the demo ended with {process.wait()}: {''.join(said)}")
    return process


def _nothing_lives(record: dict[str, list[dict[str, object]]]) -> None:
    assert record["processes"]
    for process in record["processes"]:
        assert started_at(int(str(process["pid"]))) != process["started"], process["name"]
