"""/api/v1/messages."""

from __future__ import annotations

import django_filters.rest_framework as filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from messaging import queries, services
from messaging.documents import MessageDocument, MessageInput
from messaging.models import Direction, Message, MessageStatus
from portal.kernel.api import Problem
from tenants import queries as tenants
from tenants.endpoint import Shelf
from tenants.idempotency import idempotent

BAD_INPUT = (services.EmptyBody, services.BodyTooLong)


class MessageFilter(filters.FilterSet):  # type: ignore[misc]
    customer = filters.UUIDFilter(field_name="customer_id", label="Id of the customer.")
    phone_number = filters.UUIDFilter(field_name="phone_number__id", label="Id of the number.")
    wa_id = filters.CharFilter(label="The consumer.")
    direction = filters.ChoiceFilter(choices=Direction.choices)
    status = filters.ChoiceFilter(choices=MessageStatus.choices)


class Messages(Shelf):
    """Messages in and out."""

    model = Message
    serializer_class = MessageDocument
    filterset_class = MessageFilter
    scopes = {"list": "messages:read", "retrieve": "messages:read", "create": "messages:write"}

    def get_queryset(self) -> QuerySet[Message]:
        return queries.messages()

    def list(self, request: Request) -> Response:
        """List messages, newest first."""
        return super().list(request)

    def retrieve(self, request: Request, id: str) -> Response:
        """Get one message."""
        return super().retrieve(request)

    @extend_schema(request=MessageInput, responses={202: MessageDocument})
    @idempotent
    def create(self, request: Request) -> Response:
        """Send a text.

        It is queued and sent within seconds; follow its `status`. Free text may go out only within 24 hours
        of the consumer's last message (`customer_service_window_closed` otherwise). A message whose fate is
        unknown stays `UNCONFIRMED` until Meta tells us, and is never sent twice.
        """
        given = self.body(MessageInput)
        try:
            message = services.send_text(
                phone_number=self.referred(tenants.phone_numbers(), "phone_number", given["phone_number"]),
                wa_id=given["wa_id"],
                body=given["text"]["body"],
                now=self.now,
                by=self.principal.by,
            )
        except services.MessageRefused as refused:
            status = 400 if isinstance(refused, BAD_INPUT) else 409
            raise Problem(status, refused.code, refused.message) from refused
        return Response(MessageDocument(message).data, status=202)
