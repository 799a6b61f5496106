"""What every endpoint of /api/v1 is made of: scopes by action, one pace per key, no silent typos."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar, cast

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from portal.kernel import clock
from portal.kernel.pacing import Decision, Rate, pacer
from tenants.keys import Principal

M = TypeVar("M", bound=Model)
PACE = Rate(calls=600, period=60.0)
PAGE_PARAMETERS = frozenset({"limit", "cursor"})


class KeyThrottle(BaseThrottle):
    """600 calls a minute for each key, however many keys the partner has."""

    decision: Decision

    def allow_request(self, request: Request, view: Any) -> bool:
        principal = cast(Principal, request.user)
        self.decision = pacer().decide({f"{principal.partner_id}:api:{principal.key_id}": PACE})
        view.pace = self.decision
        return self.decision.wait == 0

    def wait(self) -> float:
        return self.decision.wait


class Endpoint(viewsets.GenericViewSet[Any]):
    """A resource of the API. The scope middleware has entered the partner's scope before it runs."""

    http_method_names = ["get", "head", "post", "patch"]
    lookup_field = "id"
    lookup_value_converter = "uuid"
    throttle_classes = [KeyThrottle]
    scopes: ClassVar[Mapping[str, str | None]]
    """Action to the scope it needs; None: any key. What is not named here is closed."""
    pace: Decision | None = None

    @property
    def now(self) -> datetime:
        return clock.now()

    @property
    def principal(self) -> Principal:
        return cast(Principal, self.request.user)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        unknown = set(request.query_params) - self._parameters()
        if unknown:
            message = exceptions.ErrorDetail(str(_("There is no such parameter.")), code="unknown_parameter")
            raise exceptions.ValidationError({name: [message] for name in sorted(unknown)})

    def _parameters(self) -> frozenset[str]:
        if self.action != "list":
            return frozenset()
        filterset = getattr(self, "filterset_class", None)
        return PAGE_PARAMETERS | frozenset(filterset.base_filters if filterset else ())

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        if self.pace is not None:
            response["RateLimit-Limit"] = str(PACE.calls)
            response["RateLimit-Remaining"] = str(self.pace.left)
            response["RateLimit-Reset"] = str(math.ceil((PACE.calls - self.pace.left) * PACE.spacing))
        response["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)

    def body(self, serializer: type[Any], **options: Any) -> dict[str, Any]:
        """The request's body, checked."""
        given = serializer(data=self.request.data, **options)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def referred(self, rows: QuerySet[M], field: str, id: uuid.UUID) -> M:
        """The row that a field of the body names; missing and foreign ids are refused alike."""
        found = rows.filter(pk=id).first()
        if found is None:
            message = exceptions.ErrorDetail(
                str(_("There is no such object for this key.")), code="not_found"
            )
            raise exceptions.ValidationError({field: [message]})
        return found


class Shelf(mixins.ListModelMixin, mixins.RetrieveModelMixin, Endpoint):
    """A resource whose rows are listed and shown."""

    model: ClassVar[type[Model]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Tells the OpenAPI generator, which runs without a tenant, what `get_queryset` is about.
        cls.queryset = QuerySet(cls.model).none()
