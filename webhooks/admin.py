"""What Meta sent: each change, and the bytes it came in."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.kernel.admin import ReadOnlyAdmin
from portal.kernel.related import Related
from portal.kernel.rights import allows
from portal.kernel.templatetags.desk import pretty_json
from webhooks.models import Change, Payload

CHANGES = Related(
    _("changes"), Change, "payload", ("field", "entry_id", "state", "error", "received_at"), ("received_at",)
)


@admin.register(Payload)
class PayloadAdmin(ReadOnlyAdmin):
    """Signed requests of Meta as they came, for engineers."""

    view_role = "ENGINEER"
    list_display = ("received_at", "app_id", "size", "processed_at", "is_garbage", "trouble")
    list_filter = ("is_garbage", ("processed_at", admin.EmptyFieldListFilter))
    search_fields = ("digest", "app_id")
    ordering = ("-received_at", "-id")
    related: ClassVar[Any] = (CHANGES,)
    fields = (
        ("received_at", "processed_at"),
        ("app_id", "digest"),
        ("is_garbage", "tries"),
        "trouble",
        "raw",
    )
    readonly_fields = ("tries", "trouble", "raw")

    @admin.display(description=_("bytes"))
    def size(self, payload: Payload) -> int:
        return len(payload.body)

    @admin.display(description=_("attempts"))
    def tries(self, payload: Payload) -> int:
        return payload.attempts

    @admin.display(description=_("last error"))
    def trouble(self, payload: Payload) -> str:
        return payload.last_error

    @admin.display(description=_("as it came"))
    def raw(self, payload: Payload) -> SafeString:
        text = bytes(payload.body).decode(errors="replace")
        try:
            return pretty_json(json.loads(text))
        except ValueError:
            return format_html('<pre class="desk-code">{}</pre>', text)


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """Changes, each once, with what became of it; what they say is for engineers."""

    list_display = ("received_at", "field", "entry_id", "state", "error")
    list_filter = ("state", "field")
    search_fields = ("entry_id", "key")
    ordering = ("-received_at", "-id")
    facts: ClassVar[Any] = (("field", "state"), ("entry_id", "entry_time"), ("received_at", "key"), "error")
    readonly_fields = ("content", "source")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        content = [(_("Content"), {"fields": ("source", "content")})] if allows(request, "ENGINEER") else []
        return [(None, {"fields": self.facts}), *content]

    @admin.display(description=_("value"))
    def content(self, change: Change) -> SafeString:
        return pretty_json(change.value)

    @admin.display(description=_("payload"))
    def source(self, change: Change) -> SafeString:
        address = reverse("admin:webhooks_payload_change", args=[change.payload_id])
        return format_html('<a class="desk-link" href="{}">{}</a>', address, _("as it came"))
