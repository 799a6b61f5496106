"""/api/v1: customers, their WhatsApp Business Accounts and phone numbers, and the key itself."""

from __future__ import annotations

import django_filters.rest_framework as filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from portal.kernel.api import Problem
from tenants import queries, services
from tenants.documents import (
    CustomerChange,
    CustomerDocument,
    CustomerInput,
    MeDocument,
    PhoneNumberDocument,
    WabaDocument,
)
from tenants.endpoint import Endpoint, Shelf
from tenants.idempotency import idempotent
from tenants.models import Customer, PhoneNumber, Waba


class CustomerFilter(filters.FilterSet):  # type: ignore[misc]
    external_id = filters.CharFilter(label="Your own reference.")


class Customers(Shelf):
    """Business customers of the partner."""

    model = Customer
    serializer_class = CustomerDocument
    filterset_class = CustomerFilter
    scopes = {
        "list": "customers:read",
        "retrieve": "customers:read",
        "create": "customers:write",
        "partial_update": "customers:write",
    }

    def get_queryset(self) -> QuerySet[Customer]:
        return queries.customers()

    def list(self, request: Request) -> Response:
        """List customers, newest first."""
        return super().list(request)

    def retrieve(self, request: Request, id: str) -> Response:
        """Get one customer."""
        return super().retrieve(request)

    @extend_schema(request=CustomerInput, responses={201: CustomerDocument})
    @idempotent
    def create(self, request: Request) -> Response:
        """Create a customer.

        Nothing is sent to it and nothing happens at Meta; invite it with `POST /api/v1/onboardings`.
        """
        given = self.body(CustomerInput)
        try:
            customer = services.create_customer(
                partner_id=self.principal.partner_id, now=self.now, by=self.principal.by, **given
            )
        except services.ExternalIdTaken as taken:
            raise Problem(409, "external_id_taken", taken.message) from taken
        return Response(CustomerDocument(customer).data, status=201)

    @extend_schema(request=CustomerChange, responses=CustomerDocument)
    def partial_update(self, request: Request, id: str) -> Response:
        """Change a customer."""
        customer, changes = self.get_object(), self.body(CustomerChange, partial=True)
        try:
            services.update_customer(customer=customer, now=self.now, by=self.principal.by, **changes)
        except services.ExternalIdTaken as taken:
            raise Problem(409, "external_id_taken", taken.message) from taken
        return Response(CustomerDocument(customer).data)


class WabaFilter(filters.FilterSet):  # type: ignore[misc]
    customer = filters.UUIDFilter(field_name="customer_id", label="Id of the customer.")
    waba_id = filters.CharFilter(label="Meta's id.")


class Wabas(Shelf):
    """WhatsApp Business Accounts that customers shared with us."""

    model = Waba
    serializer_class = WabaDocument
    filterset_class = WabaFilter
    scopes = {"list": "numbers:read", "retrieve": "numbers:read"}

    def get_queryset(self) -> QuerySet[Waba]:
        return queries.wabas()

    def list(self, request: Request) -> Response:
        """List WhatsApp Business Accounts, newest first."""
        return super().list(request)

    def retrieve(self, request: Request, id: str) -> Response:
        """Get one WhatsApp Business Account."""
        return super().retrieve(request)


class PhoneNumberFilter(filters.FilterSet):  # type: ignore[misc]
    customer = filters.UUIDFilter(field_name="customer_id", label="Id of the customer.")
    waba = filters.UUIDFilter(field_name="waba__id", label="Id of the WABA.")
    phone_number_id = filters.CharFilter(label="Meta's id.")


class PhoneNumbers(Shelf):
    """Business phone numbers, as Meta last described them."""

    model = PhoneNumber
    serializer_class = PhoneNumberDocument
    filterset_class = PhoneNumberFilter
    scopes = {"list": "numbers:read", "retrieve": "numbers:read"}

    def get_queryset(self) -> QuerySet[PhoneNumber]:
        return queries.phone_numbers()

    def list(self, request: Request) -> Response:
        """List phone numbers, newest first."""
        return super().list(request)

    def retrieve(self, request: Request, id: str) -> Response:
        """Get one phone number."""
        return super().retrieve(request)


class Me(Endpoint):
    """The key of the request."""

    scopes = {"show": None}

    @extend_schema(responses=MeDocument)
    def show(self, request: Request) -> Response:
        """Say which key this is, of which partner, and what it may do."""
        return Response(MeDocument({"key": self.principal, "partner": queries.partner()}).data)
