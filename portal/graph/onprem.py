"""The On-Premises client of a number: a program at the customer's, not a part of Graph.

https://developers.facebook.com/docs/whatsapp/on-premises/reference
"""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from .answers import decode_object
from .client import CallRecord
from .errors import GraphError, NotSent, OutcomeUnknown, Refused
from .secret import Secret
from .transport import Outgoing, Reply, Transport, TransportError

logger = logging.getLogger("portal.graph")

CONNECTED = "connected"
_SIGN_IN, _HEALTH = "/v1/users/login", "/v1/health"
_BACKUP, _RESTORE = "/v1/settings/backup", "/v1/settings/restore"


class ClientRefused(Refused):
    """The client answered with an error of its own; `code` is one of its codes and no code of Graph's."""


class SignInRefused(ClientRefused):
    """The client does not accept the user name or the password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPremises:
    """One client at its address, as its admin user. It is given a transport that guards where it leads."""

    base_url: str
    username: str
    password: Secret
    transport: Transport
    before_send: Callable[[], None] | None = None
    on_call: Callable[[CallRecord], None] | None = None
    timeout: float = 20.0

    def also_on_call(self, observer: Callable[[CallRecord], None]) -> OnPremises:
        """The same client with one more observer of its calls."""
        first = self.on_call

        def both(record: CallRecord) -> None:
            if first:
                first(record)
            observer(record)

        return replace(self, on_call=both)

    def sign_in(self) -> Secret:
        """POST /v1/users/login: the bearer token of the admin user.

        https://developers.facebook.com/docs/whatsapp/on-premises/reference/users/login
        """
        pair = f"{self.username}:{self.password.reveal()}".encode()
        answer = self._request("POST", _SIGN_IN, token=Secret(base64.b64encode(pair)), scheme="Basic")
        users = answer.get("users")
        token = (
            users[0].get("token")
            if isinstance(users, list) and users and isinstance(users[0], dict)
            else None
        )
        if not isinstance(token, str) or not token.isprintable() or not token.isascii():
            raise OutcomeUnknown("the answer has no token")
        return Secret(token)

    def health(self) -> str:
        """GET /v1/health: `gateway_status`; with several nodes "connected" if one of them is.

        https://developers.facebook.com/docs/whatsapp/on-premises/reference/health
        """
        health = self._signed_in("GET", _HEALTH).get("health")
        if not isinstance(health, dict):
            raise OutcomeUnknown("the answer has no health")
        nodes = [health, *(node for node in health.values() if isinstance(node, dict))]
        found = [str(node["gateway_status"]) for node in nodes if "gateway_status" in node]
        if not found:
            raise OutcomeUnknown("the answer has no gateway_status")
        return CONNECTED if CONNECTED in found else found[0][:40]

    def backup(self, *, password: Secret) -> Secret:
        """POST /v1/settings/backup: the registration, encrypted with `password`; changes nothing.

        https://developers.facebook.com/docs/whatsapp/on-premises/reference/settings/backup-and-restore
        """
        settings = self._signed_in("POST", _BACKUP, body={"password": password}).get("settings")
        data = settings.get("data") if isinstance(settings, dict) else None
        if not isinstance(data, str) or not data:
            raise OutcomeUnknown("the answer has no backup")
        return Secret(data)

    def restore(self, *, data: Secret, password: Secret) -> None:
        """POST /v1/settings/restore: put the registration back; people see a changed security code.

        https://developers.facebook.com/docs/whatsapp/on-premises/reference/settings/backup-and-restore
        """
        self._signed_in("POST", _RESTORE, body={"password": password, "data": data})

    def _signed_in(
        self, method: str, path: str, *, body: Mapping[str, Secret] | None = None
    ) -> dict[str, Any]:
        return self._request(method, path, token=self.sign_in(), body=body)

    def _request(
        self,
        method: str,
        path: str,
        *,
        token: Secret,
        scheme: str = "Bearer",
        body: Mapping[str, Secret] | None = None,
    ) -> dict[str, Any]:
        if self.before_send:
            self.before_send()
        outgoing = Outgoing(
            method=method,
            url=Secret(f"{self.base_url.rstrip('/')}{path}"),
            token=token,
            scheme=scheme,
            body=None if body is None else Secret(msgspec.json.encode(body, enc_hook=_clear)),
            timeout=self.timeout,
        )
        started, status = time.monotonic(), None
        result: dict[str, Any] | GraphError
        try:
            reply = self.transport.send(outgoing)
            status, result = reply.status, _understand(reply)
        except TransportError as failure:
            result = (OutcomeUnknown if failure.sent else NotSent)(failure.reason)
        self._report(method, path, status, started, result)
        if isinstance(result, GraphError):
            raise result
        return result

    def _report(
        self, method: str, path: str, status: int | None, started: float, result: dict[str, Any] | GraphError
    ) -> None:
        error = result if isinstance(result, GraphError) else None
        record = CallRecord(
            method=method,
            path_template=f"{{client}}{path}",
            status=status,
            code=error.code if error else None,
            subcode=None,
            fbtrace_id=None,
            duration_ms=round((time.monotonic() - started) * 1000),
            error=type(error).__name__ if error else None,
        )
        logger.info("%s", record)
        if self.on_call:
            self.on_call(record)


def _understand(reply: Reply) -> dict[str, Any] | GraphError:
    """The answer, or the error that it is; nothing of the client's text is kept, which may quote secrets."""
    if reply.status in (401, 403):
        return SignInRefused("the client refused the sign-in", http_status=reply.status)
    if reply.status == 200 and reply.body.strip() in (b"", b"null"):
        return {}  # as a restore answers
    try:
        answer = decode_object(reply.body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return OutcomeUnknown("the answer makes no sense", http_status=reply.status)
    code = _code(answer.get("errors"))
    if reply.status >= 500:
        return OutcomeUnknown("the client has a fault", http_status=reply.status, code=code)
    if code is not None or not 200 <= reply.status < 300:
        return ClientRefused("the client refused", http_status=reply.status, code=code)
    return answer


def _code(errors: object) -> int | None:
    first = errors[0] if isinstance(errors, list) and errors else None
    code = first.get("code") if isinstance(first, dict) else None
    return code if isinstance(code, int) and 0 <= code < 1_000_000 else None


def _clear(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"{type(value).__name__} can not be sent")
