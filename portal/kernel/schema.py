"""The OpenAPI document: what DRF cannot see by itself, namely problems, scopes and repeatable requests."""

from __future__ import annotations

from typing import Any

from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from portal.kernel.api import PROBLEM_TYPE, ProblemDocument

ALWAYS = {
    401: "No key, or one that is malformed, unknown, expired or revoked.",
    403: "The key does not have the scope.",
    429: "More than 600 calls in a minute with this key; `Retry-After` says when to come back.",
    503: "The service is not available for a moment; nothing was done.",
}
MISSING = {404: "There is nothing at this address for this key: missing and foreign ids answer alike."}
BAD_QUERY = {400: "A parameter is wrong or unknown; `errors` says which."}
BAD_BODY = {
    400: "The body is not valid; `errors` says where.",
    409: "It cannot be done in this state, or the first request with this Idempotency-Key still runs.",
    413: "The body is larger than 256 KB.",
    415: "The body is not application/json.",
}
MISMATCH = {422: "This Idempotency-Key was used for another request."}
WITH_A_WAIT = (409, 429, 503)
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Repeat the request with the same key within 72 hours and nothing is done twice: the"
    " first answer comes again, with the header `Idempotency-Replayed: true`. Refused requests are not kept.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
HEADERS = {
    "X-Request-Id": "Names this request in our logs; quote it when you ask us.",
    "RateLimit-Limit": "Calls that the key may make in a minute.",
    "RateLimit-Remaining": "Calls that it may make now.",
    "RateLimit-Reset": "Seconds until all calls are back.",
    "Idempotency-Replayed": "`true`: the answer to an earlier request with the same Idempotency-Key.",
    "Retry-After": "Seconds to wait before the request is sent again.",
}
BUDGET = ("X-Request-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


def describe_headers(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put what the headers mean into the document once; a hook of drf-spectacular."""
    numbers = ("RateLimit", "Retry")
    result["components"]["headers"] = {
        name: {"description": text, "schema": {"type": "integer" if name.startswith(numbers) else "string"}}
        for name, text in HEADERS.items()
    }
    return result


def _headers(*names: str) -> dict[str, dict[str, str]]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


class Schema(AutoSchema):
    """One operation of an `Endpoint`: its docstring is its text, its scopes its security."""

    def get_summary(self) -> str:
        """The first line of the docstring."""
        return self._doc()[0].strip().rstrip(".")

    def get_description(self) -> str:  # type: ignore[override]
        """The rest of the docstring."""
        return "\n".join(line.strip() for line in self._doc()[1:]).strip()

    def _doc(self) -> list[str]:
        handler = getattr(self.view, getattr(self.view, "action", "") or self.method.lower())
        return (handler.__doc__ or "").splitlines() or [""]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """The key, with the scope that the action needs."""
        super().get_auth()  # puts the scheme into the document
        view: Any = self.view
        scope = view.scopes[view.action]
        return [{"apiKey": [scope] if scope else []}]

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        if self.method == "POST":
            operation["parameters"] = [*operation.get("parameters", []), IDEMPOTENCY_KEY]
        problem = {PROBLEM_TYPE: {"schema": self.resolve_serializer(ProblemDocument, "response").ref}}
        for answer in operation["responses"].values():
            answer["headers"] = _headers(
                *BUDGET, *(["Idempotency-Replayed"] if self.method == "POST" else [])
            )
        for status, meaning in self._problems().items():
            headers = _headers("X-Request-Id", *(["Retry-After"] if status in WITH_A_WAIT else []))
            told = {"description": meaning, "content": problem, "headers": headers}
            operation["responses"][str(status)] = told
        operation["responses"] = dict(sorted(operation["responses"].items()))
        return operation

    def _problems(self) -> dict[int, str]:
        detail = "{" in self.path
        return (
            (BAD_BODY if self.method in ("POST", "PATCH") else {})
            | (BAD_QUERY if self.method == "GET" else {})
            | (MISMATCH if self.method == "POST" else {})
            | (MISSING if detail else {})
            | ALWAYS
        )


class ScopedFilters(DjangoFilterExtension):  # type: ignore[no-untyped-call]
    """The filters of a list, told without asking the model's manager, which answers only inside a scope."""

    priority = 1

    def get_schema_operation_parameters(self, auto_schema: AutoSchema, *_: Any, **__: Any) -> list[Any]:
        view: Any = auto_schema.view
        found: list[Any] = []
        for name, field in view.filterset_class.base_filters.items():
            found += self.resolve_filter_field(auto_schema, view.model, view.filterset_class, name, field)  # type: ignore[no-untyped-call]
        return found


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a request says who it is."""

    target_class = "tenants.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "wpk_<id>_<secret><checksum>",
            "description": "An API key of the partner. Staff make keys in the desk; each is shown once.",
        }
