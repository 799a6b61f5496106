"""Envelope encryption of tokens, PINs and app secrets.

The key list of the installation (SECRET_KEYS) wraps one random key per tenant; that key seals each value
with AES-GCM, bound to `tenant|table|column|pk`, so that a ciphertext moved to another row, column or tenant
does not open. Opened values are `Secret`s, which print as `***` and which the Graph client alone reveals.
"""

from __future__ import annotations

import os
import uuid
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

from portal.graph.secret import Secret
from portal.kernel.models import TenantKey
from portal.kernel.rls import find_tenant
from portal.kernel.scope import scope

NONCE_BYTES = 12


class CannotOpen(RuntimeError):
    """A stored secret does not open: wrong key, or the ciphertext is not of this row."""


def seal(*, row: models.Model, column: str, value: str) -> bytes:
    """Encrypt `value` for this column of this row (which must have its id and partner_id already)."""
    nonce = os.urandom(NONCE_BYTES)
    cipher = AESGCM(_tenant_key(row.partner_id))  # type: ignore[attr-defined]
    return nonce + cipher.encrypt(nonce, value.encode(), _binding(row, column))


def open_sealed(*, row: models.Model, column: str) -> Secret:
    """Decrypt this column of this row; raise `CannotOpen` if it is empty, moved or sealed by another key."""
    stored = getattr(row, column)
    if not stored:
        raise CannotOpen(f"{row._meta.label}.{column} holds nothing")
    return open_bytes(bytes(stored), _tenant_key(row.partner_id), _binding(row, column))  # type: ignore[attr-defined]


def open_bytes(stored: bytes, tenant_key: bytes, binding: bytes) -> Secret:
    """Decrypt bytes made by `seal`."""
    try:
        return Secret(
            AESGCM(tenant_key).decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], binding).decode()
        )
    except InvalidTag as error:
        raise CannotOpen(
            f"a secret of {binding.split(b'|')[1].decode()} does not open with this key"
        ) from error


def create_tenant_key(*, partner_id: uuid.UUID) -> TenantKey:
    """Make and store the key of a new tenant. Inside its scope."""
    wrapped = ring_of_keys().encrypt(AESGCM.generate_key(bit_length=256))
    return TenantKey.objects.create(partner_id=partner_id, wrapped=wrapped)


def unwrap(wrapped: bytes) -> bytes:
    """Open a wrapped tenant key with the installation's key list."""
    try:
        return ring_of_keys().decrypt(bytes(wrapped))
    except InvalidToken as error:
        raise CannotOpen(
            "no key in SECRET_KEYS opens this tenant's key; put the old key back into the list"
        ) from error


def rewrap_tenant_keys() -> tuple[int, int]:
    """Wrap every tenant's key with the newest installation key; return (rewrapped, already so).

    Online: each key is replaced in a transaction of its own and opens before and after. Stopped half way, the
    next run goes on.
    """
    newest = Fernet(settings.SECRET_KEYS[0])
    rewrapped = current = 0
    for key_id, partner_id in find_tenant(TenantKey):
        with scope(partner_id):
            key = TenantKey.objects.select_for_update().get(pk=key_id)
            try:
                newest.decrypt(bytes(key.wrapped))
                current += 1
            except InvalidToken:
                key.wrapped = newest.encrypt(unwrap(bytes(key.wrapped)))
                key.save(update_fields=["wrapped"])
                rewrapped += 1
    return rewrapped, current


def try_tenant_keys(*, at_most: int) -> None:
    """Raise `CannotOpen` if a tenant's key does not open; of many tenants `at_most` are tried, evenly."""
    found = find_tenant(TenantKey)
    for _key_id, partner_id in found[:: max(1, -(-len(found) // at_most))]:
        with scope(partner_id):
            wrapped = TenantKey.objects.values_list("wrapped", flat=True).get(partner_id=partner_id)
        unwrap(bytes(wrapped))


def ring_of_keys() -> MultiFernet:
    """The installation's keys, newest first, as settings give them."""
    return _ring(tuple(settings.SECRET_KEYS))


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def binding(partner_id: object, table: str, column: str, pk: object) -> bytes:
    """What a ciphertext is bound to, so that it opens nowhere else."""
    return f"{partner_id}|{table}|{column}|{pk}".encode()


def _binding(row: models.Model, column: str) -> bytes:
    return binding(row.partner_id, row._meta.db_table, column, row.pk)  # type: ignore[attr-defined]


def _tenant_key(partner_id: uuid.UUID) -> bytes:
    wrapped = TenantKey.objects.values_list("wrapped", flat=True).get(partner_id=partner_id)
    return _unwrapped(bytes(wrapped), tuple(settings.SECRET_KEYS))


@lru_cache(maxsize=10_000)
def _unwrapped(wrapped: bytes, keys: tuple[str, ...]) -> bytes:
    # Keyed by ciphertext: rotation writes another one, so a stale entry can never be served.
    return unwrap(wrapped)
