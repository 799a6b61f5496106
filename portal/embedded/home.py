"""The folder that holds one installation's data, secrets and records of running processes."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOGIN_ROLES = ("portal_migrator", "portal_app", "portal_worker", "portal_intake", "portal_staff_ro")
SUPERUSER = "postgres"


class EmbeddedError(Exception):
    """Something an operator can put right; the message says what and how."""


def default_home(checkout: Path) -> Path:
    """Return the folder a checkout uses when PORTAL_HOME is not set."""
    name = hashlib.sha256(bytes(checkout.resolve())).hexdigest()[:8]
    if os.geteuid() == 0:
        # The servers of root run as nobody, who may not enter root's own cache.
        lasting = Path("/var/tmp")  # noqa: S108
        parent = lasting if lasting.is_dir() else Path(tempfile.gettempdir())
        return parent / f"whatsapp-partner-portal-{name}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "whatsapp-partner-portal" / name


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below PORTAL_HOME, and the lock that lets one supervisor use them."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def binaries(self) -> Path:
        return self.root / "binaries"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def run_record(self) -> Path:
        return self.root / "run.json"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    def prepare(self) -> None:
        """Create the folder, refusing somebody else's and one that holds anything but a portal's data."""
        if not self.root.exists():
            self.root.mkdir(parents=True)
            self.root.chmod(0o711)  # The servers of root run as nobody, who must be able to pass.
        found = os.lstat(self.root)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise EmbeddedError(f"{self.root} is not this user's folder; set PORTAL_HOME to another one.")
        if not self.lock.exists() and any(self.root.iterdir()):
            # `--reset` wipes the folder: it must never be one in which somebody keeps other things.
            raise EmbeddedError(f"{self.root} holds other files; set PORTAL_HOME to a new or empty folder.")
        self.lock.touch()
        for private in (self.logs, self.mail):
            private.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the home; the lock dies with the process, so it is never stale."""
        self.prepare()
        with self.lock.open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise EmbeddedError(
                    f"{self.root} is in use by another run; stop it or set PORTAL_HOME to another folder."
                ) from None
            yield

    def wipe(self) -> None:
        """Delete everything but the lock, which the caller holds."""
        for entry in self.root.iterdir():
            if entry == self.lock:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def secrets(self) -> dict[str, str]:
        """Return the keys that the portal's own settings ask for."""
        known = self.credentials()
        return {name: known[name] for name in ("SECRET_KEY", "SECRET_KEYS", "SANDBOX_TOKEN")}

    def credentials(self) -> dict[str, str]:
        """Return passwords and keys of this home, made once and readable by its owner only."""
        path = self.root / "credentials.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        complete = _new_credentials() | known
        if complete != known:
            write_private(path, json.dumps(complete, indent=2))
        return complete


def _new_credentials() -> dict[str, str]:
    passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, *LOGIN_ROLES)}
    return passwords | {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SECRET_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SANDBOX_TOKEN": secrets.token_urlsafe(24),
    }


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, never readable by others on the way."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
