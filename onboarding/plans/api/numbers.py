"""/api/v1/plan-numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_filters.rest_framework as filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from onboarding import services as journeys
from onboarding.api import refusals
from onboarding.documents import NothingInput
from onboarding.models import PlanLine
from onboarding.plans import queries, services
from onboarding.plans.api.plan_documents import NumberDocument
from onboarding.plans.api.plan_inputs import (
    BackupInput,
    ClientInput,
    ConfirmationInput,
    NumberChange,
    PinInput,
    ReasonInput,
)
from onboarding.plans.moving import backups, checks, clients, execution, rollback
from onboarding.states import LineState
from portal.graph.secret import Secret
from tenants import queries as tenants
from tenants.endpoint import Shelf
from tenants.idempotency import idempotent

READ, WRITE = "plans:read", "plans:write"


class NumberFilter(filters.FilterSet):  # type: ignore[misc]
    plan = filters.UUIDFilter(field_name="plan_id", label="Id of the plan.")
    state = filters.ChoiceFilter(choices=LineState.choices)


class PlanNumbers(Shelf):
    """The numbers of migration plans."""

    model = PlanLine
    serializer_class = NumberDocument
    filterset_class = NumberFilter
    scopes = {
        "list": READ,
        "retrieve": READ,
        **dict.fromkeys(
            ("partial_update", "abandon", "roll_back", "confirm_check", "client", "backup", "pin"), WRITE
        ),
    }

    def get_queryset(self) -> QuerySet[PlanLine]:
        return PlanLine.objects.select_related("plan", "phone_number", "onboarding", "destination_waba")

    def list(self, request: Request) -> Response:
        """List the numbers of plans, newest first."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(self._shown(rows))

    def retrieve(self, request: Request, id: str) -> Response:
        """Get one number of a plan."""
        return self._told(self.get_object())

    @extend_schema(request=NumberChange, responses=NumberDocument)
    def partial_update(self, request: Request, id: str) -> Response:
        """Change what is known of a number that has not begun to move."""
        given = self.body(NumberChange, partial=True)
        if given.get("destination_waba"):
            given["destination_waba"] = self.referred(
                tenants.wabas(), "destination_waba", given["destination_waba"]
            )
        return self._act(services.update_line, **given)

    @extend_schema(request=ReasonInput, responses=NumberDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def abandon(self, request: Request, id: str) -> Response:
        """Leave this number out; what was done at Meta stays as it is."""
        return self._act(execution.abandon_line, **self.body(ReasonInput))

    @extend_schema(request=NothingInput, responses=NumberDocument)
    @action(detail=True, methods=["post"], url_path="roll-back")
    @idempotent
    def roll_back(self, request: Request, id: str) -> Response:
        """Take the number back to the On-Premises API, where that still exists."""
        self.body(NothingInput)
        return self._act(rollback.roll_back)

    @extend_schema(request=ConfirmationInput, responses=NumberDocument)
    @action(detail=True, methods=["post"], url_path="confirm-check")
    @idempotent
    def confirm_check(self, request: Request, id: str) -> Response:
        """Confirm a check that Meta cannot be asked about."""
        return self._act(checks.confirm_check, **self.body(ConfirmationInput))

    @extend_schema(request=ClientInput, responses=NumberDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def client(self, request: Request, id: str) -> Response:
        """Store where the number's On-Premises client answers."""
        given = self.body(ClientInput)
        return self._act(clients.store_client, **{**given, "password": Secret(given["password"])})

    @extend_schema(request=BackupInput, responses=NumberDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def backup(self, request: Request, id: str) -> Response:
        """Store a backup that the customer made. It is sealed, and wiped after use."""
        given = {name: Secret(value) for name, value in self.body(BackupInput).items()}
        return self._act(backups.upload_backup, **given)

    @extend_schema(request=PinInput, responses=NumberDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def pin(self, request: Request, id: str) -> Response:
        """Store the number's PIN and go on with it."""
        line, pin = self.get_object(), Secret(self.body(PinInput)["pin"])
        with refusals():
            if line.onboarding is None:
                raise journeys.NumberUnknown
            journeys.set_pin(onboarding=line.onboarding, pin=pin, now=self.now, by=self.principal.by)
        return self._told(line)

    def _act(self, service: Any, **given: Any) -> Response:
        line = self.get_object()
        with refusals():
            service(line=line, now=self.now, by=self.principal.by, **given)
        return self._told(line)

    def _told(self, line: PlanLine) -> Response:
        return Response(self._shown([self.get_queryset().get(pk=line.pk)])[0])

    def _shown(self, rows: Sequence[PlanLine]) -> Any:
        plans = [*{row.plan_id: row.plan for row in rows}.values()]
        of_plans = queries.summaries(plans, now=self.now)
        views = {view.line.pk: view for summary in of_plans for view in summary.lines}
        context = {"details": queries.line_details(rows)}
        return NumberDocument([views[row.pk] for row in rows], many=True, context=context).data
