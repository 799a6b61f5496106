"""A caller of the API, as an integrator has one: a key and JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.test import Client

from tenants.keys import SCOPES, create_key
from tests.conftest import NOW, Tenant


@dataclass
class Api:
    """Requests below /api/v1/ with one key; the last answer is kept in `last`."""

    key: str = ""
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def call(self, method: str, path: str, body: Any = None, media: str = "", **headers: str) -> Any:
        if self.key:
            headers.setdefault("Authorization", f"Bearer {self.key}")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, str | bytes) else json.dumps(body) if body is not None else ""
        kind = media or ("application/json" if body is not None else "application/octet-stream")
        return self.client.generic(method, f"/api/v1/{path}", data, content_type=kind, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)


def make_api(tenant: Tenant, *scopes: str, **values: Any) -> Api:
    """A caller with a new key of this tenant, with all scopes if none is named."""
    with tenant.scope():
        options = {"name": "CRM", "expires_at": None, "now": NOW, "by": "test"} | values
        return Api(create_key(scopes=scopes or tuple(SCOPES), **options)[1])


def problem(answer: HttpResponse) -> tuple[int, str]:
    """Status and code of a refusal, which must have the form of a problem."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    document = json.loads(answer.content)
    assert document["status"] == answer.status_code
    assert document["request_id"] == answer["X-Request-Id"]
    assert {"type", "title", "detail", "retryable"} <= document.keys()
    return answer.status_code, document["code"]
