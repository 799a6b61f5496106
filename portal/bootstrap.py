"""Make .venv from the hashed requirements, with nothing but a bare Python.

Standard library only: it runs before anything is installed. `python3 -m portal.bootstrap dev`
prepares what `make lint` needs.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "portal-stamp.json"
UV_HOME = CHECKOUT / ".venv-uv"
REQUIREMENTS = CHECKOUT / "requirements"
OLDEST_PYTHON = (3, 11)
# Each group holds everything of the group before it, at the same versions.
GROUPS = ("demo", "test", "dev")


class BootstrapError(Exception):
    """The environment can not be made; the message says what to do."""


def ensure(group: str) -> None:
    """Go on inside .venv with at least this group installed; returns only when already there."""
    # Without bytecode each of a dozen processes starts four times slower; it is written beside our code.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    prepare(group)
    if not in_venv():
        enter_venv()


def prepare(group: str) -> None:
    """Install a group unless the stamp says that it is there."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        raise BootstrapError(f"Python 3.11 or newer is needed, this is {found} ({sys.executable}).")
    if not is_satisfied(group):
        with _alone():
            if not is_satisfied(group):
                install(group)


def in_venv() -> bool:
    """Say whether this process already runs in .venv."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def enter_venv() -> None:
    """Replace this process by the environment's Python with the same words."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(PYTHON, [str(PYTHON), *sys.argv])


def is_satisfied(group: str) -> bool:
    """Say whether the stamp promises this group or one that holds it."""
    if not PYTHON.exists():
        return False
    stamps = _stamps()
    return any(stamps.get(name) == _digest(name) for name in GROUPS[GROUPS.index(group) :])


def install(group: str) -> None:
    """Install one group beside what is there, and stamp it."""
    started = time.monotonic()
    requirements = REQUIREMENTS / f"{group}.txt"
    for attempt in (_install_with_uv, _install_with_uv_and_system_certificates, _install_with_pip):
        if attempt(requirements):
            break
    else:
        raise BootstrapError(f"Could not install {requirements.relative_to(CHECKOUT)}; the reason is above.")
    # An older stamp stays only while its lock is the present one: the locks agree with each other.
    stamps = {name: digest for name, digest in _stamps().items() if digest == _digest(name)}
    STAMP.write_text(json.dumps(stamps | {group: _digest(group)}))
    _say(f"Environment ready in {time.monotonic() - started:.0f} s.")


def _install_with_uv(requirements: Path, **extra: str) -> bool:
    uv = _find_uv()
    if uv is None:
        return False
    environment = {"UV_PYTHON_DOWNLOADS": "never", "UV_LINK_MODE": "copy", **extra}
    if not PYTHON.exists():
        _say("Making .venv")
        if not _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)], **environment):
            return False
    _say(f"Installing {requirements.relative_to(CHECKOUT)} with uv")
    words = ["--python", str(PYTHON), "--require-hashes", "--compile-bytecode", "-r", str(requirements)]
    return _run([uv, "pip", "install", *words], **environment)


def _install_with_uv_and_system_certificates(requirements: Path) -> bool:
    if _find_uv() is None:
        return False
    _say("Once more, with the system's certificates")
    return _install_with_uv(requirements, UV_SYSTEM_CERTS="1")


def _install_with_pip(requirements: Path) -> bool:
    if not PYTHON.exists():
        _say("Making .venv with the standard library")
        if not _run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)]):
            return False
    _say(f"Installing {requirements.relative_to(CHECKOUT)} with pip, which takes longer")
    words = ["--python", str(PYTHON), "install", "--require-hashes", "-r", str(requirements)]
    return _pip(*words)


def _find_uv() -> str | None:
    """Return uv from PATH, or get the pinned one for this checkout alone."""
    if on_path := shutil.which("uv"):
        return on_path
    requirements = REQUIREMENTS / "uv.txt"
    version = requirements.read_text().split("==", 1)[1].split()[0]
    uv = UV_HOME / "bin" / "uv"
    if not (UV_HOME / f"uv-{version}.dist-info").exists():
        _say(f"Getting uv {version}")
        shutil.rmtree(UV_HOME, ignore_errors=True)
        words = ["--target", str(UV_HOME), "--no-deps", "--require-hashes", "-r", str(requirements)]
        if not _pip("install", "--quiet", *words):
            return None
    return str(uv) if uv.exists() else None


def _pip(*words: str) -> bool:
    # A user's own settings for these two contradict --target and --python.
    return _run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *words],
        PIP_USER="0",
        PIP_REQUIRE_VIRTUALENV="0",
        PIP_ROOT_USER_ACTION="ignore",
    )


def _run(command: list[str], **extra: str) -> bool:
    # Progress belongs on stderr: what a command prints may be read by a machine.
    environment = os.environ | extra
    return (
        subprocess.run(command, cwd=CHECKOUT, env=environment, stdout=sys.stderr, check=False).returncode == 0
    )


def _digest(group: str) -> str:
    return hashlib.sha256((REQUIREMENTS / f"{group}.txt").read_bytes()).hexdigest()


def _stamps() -> dict[str, str]:
    try:
        stamps: dict[str, str] = json.loads(STAMP.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return stamps


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time install into a checkout."""
    if not os.access(CHECKOUT, os.W_OK):
        raise BootstrapError(f"{CHECKOUT} is not writable for this user, so .venv can not be made there.")
    handle = os.open(REQUIREMENTS, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _say(text: str) -> None:
    print(f"[setup] {text}", file=sys.stderr, flush=True)


def main() -> None:
    """Prepare the group named on the command line and say nothing when it is there."""
    group = sys.argv[1] if len(sys.argv) > 1 else "demo"
    if group not in GROUPS:
        raise SystemExit(f"usage: python3 -m portal.bootstrap {{{','.join(GROUPS)}}}")
    try:
        prepare(group)
    except BootstrapError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
