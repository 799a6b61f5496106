"""/api/v1/onboardings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django_filters.rest_framework as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from onboarding import queries, services
from onboarding.documents import (
    CancelInput,
    CodeInput,
    CodeRequestInput,
    InvitationDocument,
    InvitationInput,
    LinkDocument,
    LinkInput,
    NothingInput,
    OnboardingDocument,
    OwnNumberInput,
)
from onboarding.models import Kind, Onboarding
from onboarding.states import OnboardingState
from portal.graph.secret import Secret
from portal.kernel.api import Problem
from tenants import queries as tenants
from tenants.endpoint import Shelf
from tenants.idempotency import idempotent
from tenants.models import MetaApp


class OnboardingFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(choices=OnboardingState.choices)
    kind = filters.ChoiceFilter(choices=Kind.choices)
    customer = filters.UUIDFilter(field_name="customer_id", label="Id of the customer.")
    waba_id = filters.CharFilter(field_name="waba__waba_id", label="Meta's id.")
    phone_number_id = filters.CharFilter(field_name="phone_number__phone_number_id", label="Meta's id.")


class Onboardings(Shelf):
    """Journeys of numbers to the Cloud API."""

    model = Onboarding
    serializer_class = OnboardingDocument
    filterset_class = OnboardingFilter
    scopes = {
        "list": "onboardings:read",
        "retrieve": "onboardings:read",
        "create": "onboardings:write",
        "own_number": "onboardings:write",
        "link": "onboardings:write",
        "retry": "onboardings:write",
        "register": "onboardings:write",
        "cancel": "onboardings:write",
        "request_code": "onboardings:write",
        "verify_code": "onboardings:write",
    }

    def get_queryset(self) -> QuerySet[Onboarding]:
        return queries.desk_queue()

    def list(self, request: Request) -> Response:
        """List onboardings, newest first, each with its steps and what it waits for."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        journeys = queries.journeys(rows, now=self.now)
        return self.get_paginated_response(OnboardingDocument(journeys, many=True).data)

    def retrieve(self, request: Request, id: str) -> Response:
        """Get one onboarding."""
        return self._told(self.get_object())

    @extend_schema(request=InvitationInput, responses={201: InvitationDocument})
    @idempotent
    def create(self, request: Request) -> Response:
        """Invite a customer.

        Opens an onboarding and answers with the link to the customer's page. The link is shown this once;
        repeat the request with the same Idempotency-Key to read it again.
        """
        given = self.body(InvitationInput)
        onboarding, link = services.invite_customer(
            customer=self.referred(tenants.customers(), "customer", given["customer"]),
            app=app_of(given),
            expected_business_id=given.get("expected_business_id", ""),
            send_email=given["send_email"],
            now=self.now,
            by=self.principal.by,
        )
        shown = OnboardingDocument(queries.journey(onboarding, now=self.now)).data
        return Response({**shown, "link": link}, status=201)

    @extend_schema(request=OwnNumberInput, responses={201: OnboardingDocument})
    @action(detail=False, methods=["post"], url_path="own-number")
    @idempotent
    def own_number(self, request: Request) -> Response:
        """Onboard one of the partner's own numbers.

        It is verified with a code (`request-code`, `verify-code`) and has no registration window.
        """
        given = self.body(OwnNumberInput)
        own = tenants.phone_numbers().filter(customer=None)
        number = self.referred(own, "phone_number", given["phone_number"])
        with refusals():
            onboarding = services.start_own_number(
                app=app_of(given), waba=number.waba, phone_number=number, now=self.now, by=self.principal.by
            )
        return self._told(onboarding, status=201)

    @extend_schema(request=LinkInput, responses={201: LinkDocument})
    @action(detail=True, methods=["post"])
    @idempotent
    def link(self, request: Request, id: str) -> Response:
        """Make a new link; older ones stop working at once."""
        given = self.body(LinkInput)
        with refusals():
            link = services.send_new_link(
                onboarding=self.get_object(),
                send_email=given["send_email"],
                now=self.now,
                by=self.principal.by,
            )
        return Response({"link": link}, status=201)

    @extend_schema(request=NothingInput, responses=OnboardingDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def retry(self, request: Request, id: str) -> Response:
        """Take the current step up again.

        What Meta must settle first is still waited for, and nothing is done at Meta twice.
        """
        self.body(NothingInput)
        return self._act(services.retry)

    @extend_schema(request=NothingInput, responses=OnboardingDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def register(self, request: Request, id: str) -> Response:
        """Try the registration now; no condition is skipped."""
        self.body(NothingInput)
        return self._act(services.register_now)

    @extend_schema(request=CancelInput, responses=OnboardingDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request: Request, id: str) -> Response:
        """End an onboarding; what was done at Meta stays as it is."""
        return self._act(services.cancel, **self.body(CancelInput))

    @extend_schema(request=CodeRequestInput, responses=OnboardingDocument)
    @action(detail=True, methods=["post"], url_path="request-code")
    @idempotent
    def request_code(self, request: Request, id: str) -> Response:
        """Have Meta send a verification code to an own number."""
        return self._act(services.request_code, **self.body(CodeRequestInput))

    @extend_schema(request=CodeInput, responses=OnboardingDocument)
    @action(detail=True, methods=["post"], url_path="verify-code")
    @idempotent
    def verify_code(self, request: Request, id: str) -> Response:
        """Verify an own number with the code it received."""
        return self._act(services.submit_code, code=Secret(self.body(CodeInput)["code"]))

    def _act(self, service: Any, **given: Any) -> Response:
        onboarding = self.get_object()
        with refusals():
            service(onboarding=onboarding, now=self.now, by=self.principal.by, **given)
        return self._told(onboarding)

    def _told(self, onboarding: Onboarding, status: int = 200) -> Response:
        shown = OnboardingDocument(queries.journey(onboarding, now=self.now))
        return Response(shown.data, status=status)


@contextmanager
def refusals() -> Iterator[None]:
    """What a service refuses is a conflict with the state of things."""
    try:
        yield
    except services.Refused as refused:
        raise Problem(409, refused.code, refused.message) from refused


def app_of(given: dict[str, Any]) -> MetaApp:
    try:
        return tenants.app_for(given.get("app_id", ""))
    except tenants.AppUnclear as unclear:
        message = exceptions.ErrorDetail(str(_("Name one of your Meta apps.")), code="not_found")
        raise exceptions.ValidationError({"app_id": [message]}) from unclear
