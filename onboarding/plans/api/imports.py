"""/api/v1/plan-imports."""

from __future__ import annotations

from typing import Any

import django_filters.rest_framework as filters
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from onboarding.api import refusals
from onboarding.documents import NothingInput
from onboarding.models import PlanImport
from onboarding.plans import importing
from onboarding.plans.api.files import BYTE_BY_BYTE, CSV, CSVParser, as_file, told_as
from onboarding.plans.api.import_documents import ImportDocument, RowDocument
from onboarding.states import ImportState
from portal.kernel.api import Problem, StrictJSONParser
from tenants.endpoint import Shelf
from tenants.idempotency import idempotent

READ, WRITE = "plans:read", "plans:write"


class ImportFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(choices=ImportState.choices)


class PlanImports(Shelf):
    """Imports of many customers' plans."""

    model = PlanImport
    serializer_class = ImportDocument
    filterset_class = ImportFilter
    parser_classes = [StrictJSONParser, CSVParser]
    scopes = {
        **dict.fromkeys(("list", "retrieve", "rows", "errors", "template"), READ),
        **dict.fromkeys(("create", "apply", "discard"), WRITE),
    }

    def get_queryset(self) -> QuerySet[PlanImport]:
        return PlanImport.objects.all()

    def list(self, request: Request) -> Response:
        """List imports, newest first."""
        return super().list(request)

    def retrieve(self, request: Request, id: str) -> Response:
        """Get one import."""
        return super().retrieve(request)

    @extend_schema(request={CSV: str}, responses={201: ImportDocument})
    @idempotent
    def create(self, request: Request) -> Response:
        """Check a CSV.

        Send the file itself as `text/csv`. Nothing but the import is written; its `rows` tell what each line
        would do.
        """
        if not (request.content_type or "").startswith(CSV):
            raise exceptions.UnsupportedMediaType(request.content_type or "")
        data = dict(request.data)["file"].encode(BYTE_BY_BYTE)
        try:
            made = importing.check_csv(name="api.csv", data=data, now=self.now, by=self.principal.by)
        except importing.BadFile as bad:
            raise Problem(400, bad.code, bad.message) from bad
        return Response(ImportDocument(made).data, status=201)

    @extend_schema(responses=RowDocument(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def rows(self, request: Request, id: str) -> Response:
        """List what each line does when the import is applied, or what is wrong with it."""
        return Response(RowDocument(self.get_object().rows.all(), many=True).data)

    @extend_schema(responses=told_as(CSV))
    @action(detail=True, methods=["get"])
    def errors(self, request: Request, id: str) -> HttpResponse:
        """Get the wrong lines as CSV, each with what to do."""
        return as_file(importing.errors_csv(self.get_object()), kind=CSV, name="errors.csv")

    @extend_schema(responses=told_as(CSV))
    @action(detail=False, methods=["get"])
    def template(self, request: Request) -> HttpResponse:
        """Get a CSV with every column and two customers as an example."""
        return as_file(importing.template_csv(), kind=CSV, name="plans.csv")

    @extend_schema(request=NothingInput, responses=ImportDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def apply(self, request: Request, id: str) -> Response:
        """Write all customers that have no wrong line, in one transaction."""
        return self._act(importing.apply_import)

    @extend_schema(request=NothingInput, responses=ImportDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def discard(self, request: Request, id: str) -> Response:
        """Put an import aside; it stays on record."""
        return self._act(importing.discard_import)

    def _act(self, service: Any) -> Response:
        self.body(NothingInput)
        found = self.get_object()
        with refusals():
            service(plan_import=found, now=self.now, by=self.principal.by)
        return Response(ImportDocument(self.get_queryset().get(pk=found.pk)).data)
