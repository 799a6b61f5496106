"""The audit trail, and Meta's limits as the table has them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.kernel import audit, clock
from portal.kernel.admin import DeskAdmin, ReadOnlyAdmin
from portal.kernel.models import Audit, Limit
from portal.kernel.rights import actor


@admin.register(Audit)
class AuditAdmin(ReadOnlyAdmin):
    """Who did what to which row; insert-only."""

    view_role = "ENGINEER"
    list_display = ("at", "by", "action", "subject_type", "subject_id", "told")
    list_filter = ("subject_type", "action")
    search_fields = ("by", "action", "subject_id__exact")
    ordering = ("-at", "-id")

    @admin.display(description=_("data"))
    def told(self, row: Audit) -> str:
        return ", ".join(f"{key}: {value}" for key, value in row.data.items())


@admin.register(Limit)
class LimitAdmin(DeskAdmin):
    """A change at Meta is a row here and no release. One table for the whole installation."""

    change_role = "ADMIN"
    list_display = ("name", "shown_value", "shown_unit", "is_changed")
    search_fields = ("name", "applies_to", "note")
    readonly_fields = ("name", "unit", "applies_to", "seeded_value", "source", "as_of", "note")
    fields = ("name", "value", *readonly_fields[1:])

    @admin.display(description=_("value"), ordering="value")
    def shown_value(self, limit: Limit) -> SafeString:
        return format_html('<span class="desk-cut">{}</span>', limit.value)

    @admin.display(description=_("unit"), ordering="unit")
    def shown_unit(self, limit: Limit) -> SafeString:
        return format_html('<span class="desk-cut">{}</span>', limit.unit)

    @admin.display(description=_("changed here"), boolean=True)
    def is_changed(self, limit: Limit) -> bool:
        return limit.value != limit.seeded_value

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.save(update_fields=["value"])
        partner = request.partner  # type: ignore[attr-defined]
        audit.record(
            row=partner,
            action="limit.changed",
            now=clock.now(),
            by=actor(request),
            name=obj.name,
            value=obj.value,
        )
