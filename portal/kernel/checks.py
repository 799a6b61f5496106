"""What a process looks at before it serves anybody: mistakes of set-up that must not become incidents."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection

from portal.kernel.secrets import CannotOpen, try_tenant_keys

META = ("facebook.com", "meta.com", "whatsapp.com")
TENANT_KEYS_TRIED = 200
SHORTEST_SECRET = 32

logger = logging.getLogger("portal.checks")


def refuse_to_start() -> None:
    """Exit with one line for each mistake. A database that is not there yet is none: /readyz tells of it."""
    faults = list(settings_faults())
    try:
        if not faults:
            faults.extend(role_faults())
            faults.extend(key_faults())
    except (OperationalError, ProgrammingError) as error:
        logger.warning("started without looking at the database: %s", type(error).__name__)
    finally:
        # A server that forks must not hand this connection to its children.
        connection.close()
    if faults:
        raise SystemExit("\n".join(faults))


def settings_faults() -> Iterator[str]:
    """Mistakes that the settings alone show."""
    host = urlsplit(settings.GRAPH_BASE_URL).hostname or ""
    host = host.rstrip(".")
    if settings.SANDBOX and any(host == name or host.endswith(f".{name}") for name in META):
        yield f"SANDBOX=true moves the clock, and GRAPH_BASE_URL is the real Meta ({host}): choose one."
    if len(settings.SECRET_KEY) < SHORTEST_SECRET:
        yield f"SECRET_KEY has fewer than {SHORTEST_SECRET} characters: sessions could be forged."
    if not settings.SECRET_KEYS:
        yield "SECRET_KEYS is empty: nothing could be encrypted."
    for place, key in enumerate(settings.SECRET_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            yield f"Key {place} of SECRET_KEYS is no Fernet key (32 bytes in url-safe base64)."


def role_faults() -> Iterator[str]:
    """Row security binds no superuser and nobody with BYPASSRLS, so neither may serve."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        row = cursor.fetchone()
    if row is None or row[1] or row[2]:
        name = row[0] if row else "unknown"
        yield f"The database role {name} is not bound by row security: use portal_app, _worker or _intake."


def key_faults() -> Iterator[str]:
    """The installation's keys must open the tenants' keys."""
    try:
        try_tenant_keys(at_most=TENANT_KEYS_TRIED)
    except CannotOpen as error:
        yield f"SECRET_KEYS: {error}."
