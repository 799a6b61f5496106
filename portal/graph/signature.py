"""HMAC-SHA256 as Meta uses it: over webhook bodies, and as proof that a token's caller knows the app secret.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
https://developers.facebook.com/docs/graph-api/guides/secure-requests
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from .secret import Secret

HEADER = "X-Hub-Signature-256"
_PREFIX = "sha256="


def sign(body: bytes, secret: Secret) -> str:
    """The value of X-Hub-Signature-256 for these exact bytes."""
    return _PREFIX + hmac.new(secret.reveal_bytes(), body, hashlib.sha256).hexdigest()


def verify(body: bytes, header: str | None, secrets: Iterable[Secret]) -> bool:
    """Whether one of the app's secrets (current, previous) made this header for these exact bytes."""
    given = (header or "").encode("utf-8", "surrogatepass")
    valid = False
    for secret in secrets:  # all of them every time: the duration must not tell which one fits
        valid |= bool(secret) & hmac.compare_digest(sign(body, secret).encode(), given)
    return valid


def appsecret_proof(token: Secret, app_secret: Secret) -> Secret:
    """What Meta wants beside a token to know that a server sends it."""
    return Secret(hmac.new(app_secret.reveal_bytes(), token.reveal_bytes(), hashlib.sha256).hexdigest())
