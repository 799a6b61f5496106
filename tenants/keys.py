"""API keys of integrators: made, checked, used, revoked.

A key is `wpk_<id>_<secret><checksum>`. The id finds the row, the SHA-256 of the whole proves it, and the
checksum (CRC-32) refuses a typo or a cut copy without a query.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import uuid
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.kernel import audit
from portal.kernel.rls import find_tenant
from portal.kernel.scope import current_scope, scope
from tenants.models import ApiKey

SCOPES: dict[str, Promise] = {
    "customers:read": _("See customers"),
    "customers:write": _("Create and change customers"),
    "onboardings:read": _("See onboardings and their steps"),
    "onboardings:write": _("Invite customers and act on onboardings"),
    "plans:read": _("See migration plans, schedules of waves and imports"),
    "plans:write": _("Make, schedule and run migration plans"),
    "numbers:read": _("See phone numbers and WhatsApp Business Accounts"),
    "messages:read": _("See messages"),
    "messages:write": _("Send messages"),
}
ALPHABET = string.digits + string.ascii_letters
ID_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 12, 43, 6
SHAPE = re.compile(
    rf"(wpk_([0-9A-Za-z]{{{ID_LENGTH}}})_[0-9A-Za-z]{{{SECRET_LENGTH}}})([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)
USE_NOTED_EVERY = timedelta(minutes=1)


class ScopesInvalid(ValueError):
    """A key needs at least one scope, and only scopes that exist."""

    message = _("Choose at least one scope from the list.")


class KeyRefused(Exception):
    """A key that opens nothing; `code` says why, as far as its holder may know."""

    def __init__(self, code: str, message: Promise) -> None:
        super().__init__(code)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Principal:
    """The machine that calls: which key of which partner, and what it may do."""

    key_pk: uuid.UUID
    key_id: str
    partner_id: uuid.UUID
    name: str
    scopes: frozenset[str]
    expires_at: datetime | None
    is_authenticated = True

    @property
    def by(self) -> str:
        """How history and audit name it."""
        return f"key:{self.key_id}"


def create_key(
    *, name: str, scopes: Collection[str], expires_at: datetime | None, now: datetime, by: str
) -> tuple[ApiKey, str]:
    """Make a key; the second value is the key itself, which is shown once and kept nowhere."""
    if not scopes or set(scopes) - SCOPES.keys():
        raise ScopesInvalid
    key_id = _random(ID_LENGTH)
    clear = _signed(f"wpk_{key_id}_{_random(SECRET_LENGTH)}")
    key = ApiKey(
        partner_id=current_scope().partner_id,
        name=name,
        key_id=key_id,
        key_hash=_digest(clear),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
        created_at=now,
        created_by=by,
    )
    key.save(force_insert=True)
    granted = " ".join(key.scopes)
    audit.record(row=key, action="api_key.created", now=now, by=by, key_id=key_id, scopes=granted)
    return key, clear


def revoke_key(*, key: ApiKey, now: datetime, by: str) -> None:
    """End a key at once; the next request with it is refused. Revoking it again changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        key.revoked_at = now
        audit.record(row=key, action="api_key.revoked", now=now, by=by, key_id=key.key_id)


def check_key(*, clear: str, now: datetime) -> Principal:
    """Return who holds this key and note its use, or raise `KeyRefused`. Called outside any scope."""
    shape = SHAPE.fullmatch(clear)
    if shape is None or not hmac.compare_digest(_checksum(shape[1]), shape[3]):
        raise KeyRefused("key_malformed", _("This is not a whole API key; was all of it copied?"))
    for _key_pk, partner_id in find_tenant(ApiKey, key_id=shape[2]):
        with scope(partner_id):
            key = ApiKey.objects.get(key_id=shape[2])
            if hmac.compare_digest(_digest(clear), key.key_hash):
                return _usable(key, now)
    raise KeyRefused("key_unknown", _("This API key does not exist."))


def _usable(key: ApiKey, now: datetime) -> Principal:
    if key.revoked_at is not None:
        raise KeyRefused("key_revoked", _("This API key was revoked."))
    if key.expires_at is not None and key.expires_at <= now:
        raise KeyRefused("key_expired", _("This API key has expired."))
    if key.last_used_at is None or key.last_used_at <= now - USE_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    return Principal(key.pk, key.key_id, key.partner_id, key.name, frozenset(key.scopes), key.expires_at)


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _position in range(length))


def _signed(body: str) -> str:
    return body + _checksum(body)


def _checksum(body: str) -> str:
    value, digits = zlib.crc32(body.encode()), ""
    for _position in range(CHECKSUM_LENGTH):
        value, digit = divmod(value, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def _digest(clear: str) -> str:
    return hashlib.sha256(clear.encode()).hexdigest()
