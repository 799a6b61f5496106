"""What every API view shares: problems (RFC 9457), strict JSON, strict fields, pages by cursor."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import math
import uuid
from http import HTTPStatus
from typing import IO, Any, NoReturn

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import exceptions, serializers
from rest_framework.pagination import BasePagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from portal.kernel.logs import request_id

PROBLEM_TYPE = "application/problem+json"
MAX_BODY = 256 * 1024
MAX_DEPTH = 32
DEFAULT_PAGE, MAX_PAGE = 50, 100
RETRYABLE = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}

logger = logging.getLogger("portal.api")


class Problem(exceptions.APIException):
    """An answer that refuses: `code` is for programs and never changes, `detail` is for people."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str | Promise,
        *,
        errors: dict[str, list[dict[str, str]]] | None = None,
        retry_after: float | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(str(detail), code)
        self.status_code, self.code, self.errors = status, code, errors
        self.wait = math.ceil(retry_after) if retry_after is not None else None
        self.retryable = status in RETRYABLE if retryable is None else retryable

    def body(self) -> dict[str, object]:
        """The problem document (RFC 9457)."""
        document: dict[str, object] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status_code).phrase,
            "status": self.status_code,
            "detail": str(self.detail),
            "code": self.code,
            "request_id": request_id.get(),
            "retryable": self.retryable,
        }
        return document | ({"errors": self.errors} if self.errors is not None else {})

    def headers(self) -> dict[str, str]:
        """The headers that go with it."""
        given = {"Retry-After": str(self.wait)} if self.wait is not None else {}
        return given | ({"WWW-Authenticate": "Bearer"} if self.status_code == HTTPStatus.UNAUTHORIZED else {})


def not_found() -> Problem:
    """One answer for what is missing and for what belongs to somebody else."""
    return Problem(404, "not_found", _("There is nothing at this address for this key."))


def unavailable() -> Problem:
    """The answer while the database cannot be reached."""
    return Problem(503, "unavailable", _("The service is not available for a moment."), retry_after=5)


def failed() -> Problem:
    """The answer to an error of ours; the log has the traceback under the same request id."""
    return Problem(500, "internal_error", _("Something went wrong on our side; tell us the request id."))


def problem_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception of a view as a problem and undo what the request wrote; DRF calls it."""
    problem = as_problem(exc)
    if problem is None:
        return None
    if problem.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("request failed: %s", type(exc).__name__, exc_info=exc)
    if connection.in_atomic_block:
        transaction.set_rollback(True)
    return Response(problem.body(), problem.status_code, headers=problem.headers(), content_type=PROBLEM_TYPE)


def as_problem(exc: BaseException | None) -> Problem | None:
    """The problem that tells of an exception; None for one that nobody expected."""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, Http404 | exceptions.NotFound):
        return not_found()
    if isinstance(exc, RequestDataTooBig):
        return Problem(413, "body_too_large", _("A request body may have 256 KB."))
    if isinstance(exc, OperationalError | InterfaceError):
        return unavailable()
    if isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if isinstance(exc, exceptions.ValidationError):
        return Problem(400, "invalid_request", _("The request is not valid."), errors=_by_field(exc.detail))
    if isinstance(exc, exceptions.APIException):
        code = getattr(exc.detail, "code", exc.default_code)
        return Problem(exc.status_code, code, str(exc.detail), retry_after=getattr(exc, "wait", None))
    return None


def _by_field(detail: Any, path: str = "") -> dict[str, list[dict[str, str]]]:
    """Flatten DRF's nested messages to `{"customer.name": [{code, message}]}`."""
    if isinstance(detail, dict):
        found: dict[str, list[dict[str, str]]] = {}
        for name, inner in detail.items():
            found |= _by_field(inner, f"{path}.{name}" if path else str(name))
        return found
    messages = [one for one in detail if isinstance(one, exceptions.ErrorDetail)]
    told = [{"code": str(one.code), "message": str(one)} for one in messages]
    found = {path or "body": told} if told else {}
    for index, one in enumerate(detail):
        if isinstance(one, dict | list):
            found |= _by_field(one, f"{path}.{index}")
    return found


class StrictJSONParser(BaseParser):
    """JSON of at most 256 KB and 32 levels, without the things on which parsers disagree."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        raw = stream.read(MAX_BODY + 1)
        if len(raw) > MAX_BODY:
            raise RequestDataTooBig
        try:
            parsed = json.loads(
                raw.decode(),
                object_pairs_hook=_object,
                parse_constant=_no_constant,
                parse_float=_finite,
            )
        except (ValueError, RecursionError) as error:
            raise Problem(400, "malformed_json", _("The body is not JSON that we accept.")) from error
        if not isinstance(parsed, dict):
            raise Problem(400, "malformed_json", _("The body must be a JSON object."))
        if _deeper_than(parsed, MAX_DEPTH):
            raise Problem(400, "malformed_json", _("The body is nested too deeply."))
        return parsed


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name appears twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError("a number is out of range")
    return value


def _deeper_than(value: object, levels: int) -> bool:
    layer = [value]
    for _level in range(levels + 1):
        containers = [one for one in layer if isinstance(one, dict | list)]
        layer = [inner for one in containers for inner in (one.values() if isinstance(one, dict) else one)]
        if not containers:
            return False
    return True


class Body(serializers.Serializer[Any]):
    """A request body or query whose unknown names are refused: a typo must not be silently without effect."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            message = exceptions.ErrorDetail(str(_("There is no such field.")), code="unknown_field")
            raise exceptions.ValidationError({name: [message] for name in sorted(unknown)})
        return super().to_internal_value(data)


class ProblemError(serializers.Serializer[Any]):
    """What is wrong with one field."""

    code = serializers.CharField(help_text="For programs; never translated.")
    message = serializers.CharField(help_text="For people, in the language of Accept-Language.")


@extend_schema_serializer(component_name="Problem")
class ProblemDocument(serializers.Serializer[Any]):
    """An error, as RFC 9457 describes it."""

    type = serializers.CharField(help_text="Always about:blank: `code` says which problem it is.")
    title = serializers.CharField(help_text="The HTTP status in words.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What happened, for people, in the language of Accept-Language.")
    code = serializers.CharField(help_text="What happened, for programs; never changes.")
    request_id = serializers.CharField(help_text="Quote it when you ask us; also in the header X-Request-Id.")
    retryable = serializers.BooleanField(help_text="Whether the same request may succeed later.")
    errors = serializers.DictField(  # type: ignore[assignment]
        child=ProblemError(many=True), required=False, help_text="By field, where fields are at fault."
    )


class Pages(BasePagination):
    """Newest first, by id: ids are time-ordered and unique, so no page shifts under its reader."""

    next_cursor: str | None = None

    def paginate_queryset(
        self, queryset: models.QuerySet[Any] | Any, request: Request, view: Any = None
    ) -> list[Any]:
        limit = _limit(request.query_params.get("limit"))
        rows = queryset.order_by("-id")
        if cursor := request.query_params.get("cursor"):
            rows = rows.filter(id__lt=_opened(cursor))
        page = list(rows[: limit + 1])
        if len(page) > limit:
            self.next_cursor = base64.urlsafe_b64encode(page[limit - 1].pk.bytes).decode().rstrip("=")
        return page[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"data": data, "next_cursor": self.next_cursor})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        cursor: dict[str, Any] = {"type": ["string", "null"], "example": None}
        cursor["description"] = "Send it as `cursor` for the next page; null at the end."
        return {
            "type": "object",
            "required": ["data", "next_cursor"],
            "properties": {"data": schema, "next_cursor": cursor},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE}
        cursor = "The `next_cursor` of the page before."
        return [
            {"name": "limit", "in": "query", "description": "Rows per page.", "schema": limit},
            {"name": "cursor", "in": "query", "description": cursor, "schema": {"type": "string"}},
        ]


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_PAGE
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_PAGE):
        message = exceptions.ErrorDetail(str(_("Choose a number from 1 to 100.")), code="invalid")
        raise exceptions.ValidationError({"limit": [message]})
    return int(text)


def _opened(cursor: str) -> uuid.UUID:
    try:
        return uuid.UUID(bytes=base64.b64decode(cursor + "==", altchars=b"-_", validate=True))
    except (ValueError, binascii.Error) as error:
        message = exceptions.ErrorDetail(str(_("This cursor is not one of ours.")), code="invalid")
        raise exceptions.ValidationError({"cursor": [message]}) from error
