"""What the API shows of CSV imports."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from onboarding.documents import example
from onboarding.models import Effect, PlanImportRow
from onboarding.plans.importing import changes_of, sentences
from onboarding.states import ImportState

IMPORT = {
    "id": "01985d60-11bb-7f0e-8d7e-3a4b5c6d7e8f",
    "name": "customers.csv",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "state": "CHECKED",
    "rows_total": 1200,
    "rows_wrong": 3,
    "customers": 500,
    "numbers": 1200,
    "created_at": "2026-11-22T09:00:00Z",
    "created_by": "key:4rTq8ZbY0mKc",
    "applied_at": None,
    "applied_by": "",
}


@extend_schema_serializer(component_name="PlanImportRow")
class RowDocument(serializers.Serializer[Any]):
    """One line of the file: what it does when applied, or what is wrong with it."""

    row_no = serializers.IntegerField(help_text="As in the file: the heading is line 1.")
    customer_ref = serializers.CharField()
    effect = serializers.ChoiceField(Effect.choices)
    changes = serializers.SerializerMethodField()
    errors = serializers.SerializerMethodField()  # type: ignore[assignment]

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_changes(self, row: PlanImportRow) -> list[str]:
        return changes_of(row)

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_errors(self, row: PlanImportRow) -> list[str]:
        return sentences(row.errors)


@extend_schema_serializer(component_name="PlanImport", examples=[example(IMPORT)])
class ImportDocument(serializers.Serializer[Any]):
    """A CSV of customers, numbers and answers: checked first, applied on demand."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    sha256 = serializers.CharField()
    state = serializers.ChoiceField(ImportState.choices)
    rows_total = serializers.IntegerField()
    rows_wrong = serializers.IntegerField()
    customers = serializers.IntegerField()
    numbers = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()
    applied_at = serializers.DateTimeField(allow_null=True)
    applied_by = serializers.CharField()
