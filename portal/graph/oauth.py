"""Tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from .answers import decode_object, parse
from .client import Graph
from .errors import OutcomeUnknown, Refused
from .secret import Secret
from .types import AccessToken, DebugToken

_BARE_TOKEN = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.|")
_CLIENT_SECRET_REFUSED = 1


class _Data(msgspec.Struct):
    data: DebugToken


def app_token(*, app_id: str, app_secret: Secret) -> Secret:
    """The token by which an app speaks for itself.

    https://developers.facebook.com/docs/facebook-login/guides/access-tokens#apptokens
    """
    return Secret(f"{app_id}|{app_secret.reveal()}")


def exchange_code(graph: Graph, *, app_id: str, app_secret: Secret, code: Secret) -> AccessToken:
    """GET /oauth/access_token: turn the 30-second code of embedded signup into a business token.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/implementation
    """
    try:
        answer = replace(graph, token=None, app_secret=None).request(
            "GET",
            "/oauth/access_token",
            query={"client_id": app_id, "client_secret": app_secret, "code": code},
            decode=_decode_token,
        )
    except OutcomeUnknown as error:
        if error.code == _CLIENT_SECRET_REFUSED and (error.http_status or 500) < 500:
            raise Refused.like(error) from None  # elsewhere Meta's own failure, here our app secret
        raise
    return parse(answer, AccessToken)


def debug_token(graph: Graph, *, input_token: Secret) -> DebugToken:
    """GET /debug_token: what a token is for; an invalid one is an answer and no error.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/manage-accounts
    """
    return parse(graph.request("GET", "/debug_token", query={"input_token": input_token}), _Data).data


def _decode_token(body: bytes) -> dict[str, Any]:
    """A JSON object, or the bare token that one of Meta's pages shows."""
    text = body.decode().strip()
    if text and set(text) <= _BARE_TOKEN:
        return {"access_token": text}
    return decode_object(body)
