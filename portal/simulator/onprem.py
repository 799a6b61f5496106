"""The On-Premises client of a number, as far as a migration needs it.

https://developers.facebook.com/docs/whatsapp/on-premises/reference/settings/backup-and-restore
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from .compare import same
from .nodes import PhoneNumber
from .settings import Settings
from .world import World

USER, PASSWORD = "admin", "secret"


class ClientError(Exception):
    """An answer in the On-Premises envelope."""

    def __init__(self, status: int, code: int, title: str) -> None:
        super().__init__(title)
        self.status, self.code, self.title = status, code, title


def token(world: World, number: PhoneNumber) -> str:
    """The bearer token of the client's admin user."""
    text = f"{world.seed}:onprem:{number.id}"
    return base64.urlsafe_b64encode(hashlib.blake2b(text.encode(), digest_size=24).digest()).decode()


def _seal(number_id: str, password: str) -> str:
    return hmac.new(password.encode(), f"onprem:{number_id}".encode(), hashlib.sha256).hexdigest()


def gateway_status(number: PhoneNumber) -> str:
    return "connected" if number.onprem_connected else "disconnected"


def backup(number: PhoneNumber, *, password: str, settings: Settings) -> str:
    """Registration data, sealed with the password; only a running, connected client can make it."""
    if not settings.onprem_available or not number.onprem_connected:
        raise ClientError(500, 1014, "Internal error: the client is not connected")
    if not password:
        raise ClientError(400, 1008, "Required parameter is missing: password")
    return base64.b64encode(f"{number.id}:{_seal(number.id, password)}".encode()).decode()


def opens(number: PhoneNumber, *, data: str, password: str) -> bool:
    """Whether a backup belongs to this number and the password fits."""
    try:
        number_id, _, seal = base64.b64decode(data.encode(), validate=True).decode().partition(":")
    except ValueError:
        return False
    return number_id == number.id and same(seal, _seal(number.id, password))


def restore(number: PhoneNumber, *, data: str, password: str, settings: Settings) -> None:
    """Back from Cloud API to the client, possible while On-Premises existed."""
    if not settings.onprem_available:
        raise ClientError(500, 1014, "Internal error: this client has expired")
    if not opens(number, data=data, password=password):
        raise ClientError(400, 1009, "Parameter value is not valid: data or password")
    if number.platform_type == "CLOUD_API":
        raise ClientError(400, 1011, "The number is registered on Cloud API")
    number.platform_type, number.status, number.onprem_connected = "ON_PREMISE", "CONNECTED", True
