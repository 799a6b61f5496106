"""The bootstrap: standard library only, stamps that never lie, and a way on when uv has none."""

from __future__ import annotations

import ast
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from portal import bootstrap

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bare checkout with small locks, and the bootstrap looking at it."""
    (tmp_path / "requirements").mkdir()
    for group in bootstrap.GROUPS:
        (tmp_path / "requirements" / f"{group}.txt").write_text(f"lock of {group}")
    for name, path in {
        "CHECKOUT": tmp_path,
        "VENV": tmp_path / ".venv",
        "PYTHON": tmp_path / ".venv" / "bin" / "python",
        "STAMP": tmp_path / ".venv" / "portal-stamp.json",
        "REQUIREMENTS": tmp_path / "requirements",
    }.items():
        monkeypatch.setattr(bootstrap, name, path)
    return tmp_path


@pytest.fixture
def commands(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the bootstrap ran, with uv on PATH and every command a success."""
    ran: list[str] = []

    def run(command: list[str], **extra: str) -> bool:
        ran.append(" ".join([*map(str, command), *extra]))
        bootstrap.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        bootstrap.PYTHON.touch()
        return True

    monkeypatch.setattr(bootstrap, "_run", run)
    monkeypatch.setattr(bootstrap, "_find_uv", lambda: "uv")
    return ran


@pytest.mark.parametrize("path", ["manage.py", "portal/__init__.py", "portal/bootstrap.py"])
def test_what_runs_before_the_environment_needs_only_the_standard_library(path: str) -> None:
    allowed = set(sys.stdlib_module_names) | {"portal"}
    for node in ast.parse((CHECKOUT / path).read_text()).body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert {name.partition(".")[0] for name in names} <= allowed


def test_every_requirement_has_hashes_and_no_address() -> None:
    for path in (CHECKOUT / "requirements").glob("*.txt"):
        text = path.read_text()
        pinned = re.findall(r"^[a-z0-9][^\n]*==", text, re.MULTILINE)
        hashed = re.findall(r"^[a-z0-9][^\n]*==[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)
        assert len(pinned) == len(hashed) > 0
        assert "://" not in text


def test_groups_agree_on_every_version() -> None:
    versions = [_versions(group) for group in bootstrap.GROUPS]
    for smaller, larger in itertools.pairwise(versions):
        assert smaller.items() <= larger.items()


def test_an_empty_checkout_installs_once(checkout: Path, commands: list[str]) -> None:
    bootstrap.prepare("demo")
    bootstrap.prepare("demo")
    assert len([command for command in commands if "pip install" in command]) == 1
    assert "--require-hashes" in commands[-1]


def test_a_larger_group_satisfies_a_smaller_one(checkout: Path, commands: list[str]) -> None:
    bootstrap.prepare("dev")
    assert bootstrap.is_satisfied("demo")
    assert bootstrap.is_satisfied("test")


def test_a_smaller_group_does_not_satisfy_a_larger_one(checkout: Path, commands: list[str]) -> None:
    bootstrap.prepare("demo")
    assert not bootstrap.is_satisfied("test")


def test_a_new_lock_installs_again_and_old_promises_end(checkout: Path, commands: list[str]) -> None:
    bootstrap.prepare("dev")
    old = {group: (checkout / "requirements" / f"{group}.txt").read_text() for group in bootstrap.GROUPS}
    for group in bootstrap.GROUPS:
        (checkout / "requirements" / f"{group}.txt").write_text("newer")
    bootstrap.prepare("demo")
    for group, text in old.items():
        (checkout / "requirements" / f"{group}.txt").write_text(text)
    assert not bootstrap.is_satisfied("dev")


def test_a_vanished_interpreter_is_noticed(checkout: Path, commands: list[str]) -> None:
    bootstrap.prepare("demo")
    bootstrap.PYTHON.unlink()
    assert not bootstrap.is_satisfied("demo")


def test_a_broken_stamp_is_no_promise(checkout: Path, commands: list[str]) -> None:
    bootstrap.prepare("demo")
    bootstrap.STAMP.write_text("{half")
    assert not bootstrap.is_satisfied("demo")


def test_without_uv_pip_installs_the_same_lock(
    checkout: Path, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_find_uv", lambda: None)
    bootstrap.prepare("demo")
    assert "-m venv" in commands[0]
    assert "-m pip" in commands[1]
    assert "--require-hashes" in commands[1]
    assert json.loads(bootstrap.STAMP.read_text()).keys() == {"demo"}


def test_uv_is_tried_with_the_systems_certificates_before_pip(
    checkout: Path, commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    succeed = bootstrap._run
    monkeypatch.setattr(
        bootstrap, "_run", lambda command, **extra: succeed(command, **extra) and "UV_SYSTEM_CERTS" in extra
    )
    bootstrap.prepare("demo")
    assert "UV_SYSTEM_CERTS" in commands[-1]


def test_nothing_is_promised_when_nothing_worked(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_run", lambda command, **extra: False)
    monkeypatch.setattr(bootstrap, "_find_uv", lambda: "uv")
    with pytest.raises(bootstrap.BootstrapError, match=r"requirements/demo\.txt"):
        bootstrap.prepare("demo")
    assert not bootstrap.is_satisfied("demo")


def test_an_old_python_is_refused_by_name(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(bootstrap.BootstrapError, match=r"3\.11 or newer is needed, this is 3\.9\.2"):
        bootstrap.prepare("demo")


def test_an_unprepared_machine_is_told_where_to_begin(tmp_path: Path) -> None:
    (tmp_path / "portal").mkdir()
    for path in ("manage.py", "portal/__init__.py", "portal/bootstrap.py"):
        shutil.copy(CHECKOUT / path, tmp_path / path)
    bare = [sys._base_executable, "-I", "-c", _RUN_MANAGE.format(folder=str(tmp_path))]  # type: ignore[attr-defined]
    done = subprocess.run(bare, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=False)
    assert done.returncode == 1
    assert "python3 manage.py demo" in done.stderr


_RUN_MANAGE = """
import sys, runpy
sys.path.insert(0, {folder!r})
sys.argv = ["manage.py", "migrate"]
runpy.run_path({folder!r} + "/manage.py", run_name="__main__")
"""


def _versions(group: str) -> dict[str, str]:
    text = (CHECKOUT / "requirements" / f"{group}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9][\w.-]*(?:\[[\w,]+\])?)==([^\s;]+)", text, re.MULTILINE))
