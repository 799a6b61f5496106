"""/api/v1/notice-texts."""

from __future__ import annotations

from typing import Any

import django_filters.rest_framework as filters
from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from onboarding.api import refusals
from onboarding.documents import example
from onboarding.models import NoticeText, PlanNoticeKind
from onboarding.plans.telling import texts
from portal.kernel.api import Body
from tenants.endpoint import Shelf
from tenants.idempotency import idempotent

KINDS = [(kind.value, kind.label) for kind in PlanNoticeKind if kind in texts.KNOWN]
NEW_TEXT = {
    "name": "move",
    "kind": "ANNOUNCEMENT",
    "language": "it",
    "subject": "Il tuo numero si sposta",
    "body": "Ciao {contact}, il {date} spostiamo {numbers}.",
}
TEXT = {
    "id": "01985d70-11bb-7f0e-8d7e-3a4b5c6d7e8f",
    **NEW_TEXT,
    "approved_at": None,
    "approved_by": "",
    "changed_at": "2026-11-22T09:00:00Z",
    "changed_by": "key:4rTq8ZbY0mKc",
}


@extend_schema_serializer(component_name="NoticeTextInput", examples=[example(NEW_TEXT, request=True)])
class TextInput(Body):
    """A text in one language; texts of the same name belong together."""

    name = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(KINDS)
    language = serializers.ChoiceField(settings.LANGUAGES)
    subject = serializers.CharField(max_length=150)
    body = serializers.CharField(max_length=5000, help_text="Names in braces are filled in, as {date}.")


@extend_schema_serializer(component_name="NoticeText", examples=[example(TEXT)])
class TextDocument(TextInput):
    """What customers are told of their move; only what a person approved is sent."""

    id = serializers.UUIDField()
    approved_at = serializers.DateTimeField(allow_null=True)
    approved_by = serializers.CharField()
    changed_at = serializers.DateTimeField()
    changed_by = serializers.CharField()


class TextFilter(filters.FilterSet):  # type: ignore[misc]
    name = filters.CharFilter()
    kind = filters.ChoiceFilter(choices=KINDS)
    language = filters.ChoiceFilter(choices=settings.LANGUAGES)


class NoticeTexts(Shelf):
    """Texts to customers about their moves."""

    model = NoticeText
    serializer_class = TextDocument
    filterset_class = TextFilter
    scopes = {"list": "plans:read", "retrieve": "plans:read", "create": "plans:write"}

    def get_queryset(self) -> QuerySet[NoticeText]:
        return NoticeText.objects.all()

    def list(self, request: Request) -> Response:
        """List texts, newest first; `name` is what the decision to inform a customer asks for."""
        return super().list(request)

    def retrieve(self, request: Request, id: str) -> Response:
        """Get one text."""
        return super().retrieve(request)

    @extend_schema(request=TextInput, responses={201: TextDocument})
    @idempotent
    def create(self, request: Request) -> Response:
        """Write a text, or change it, which ends its approval; a person approves it at the desk."""
        given: dict[str, Any] = self.body(TextInput)
        with refusals():
            text = texts.save_text(now=self.now, by=self.principal.by, **given)
        return Response(TextDocument(text).data, status=201)
