"""Messages, to look at."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from messaging.models import Message
from portal.kernel.admin import ReadOnlyAdmin
from portal.kernel.rights import allows
from portal.kernel.templatetags.desk import pretty_json


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """What went in and out. The content is for those who must find a fault."""

    view_role = "OPERATOR"
    list_display = ("created_at", "direction", "phone_number", "wa_id", "message_type", "status", "code")
    list_select_related = ("phone_number",)
    list_filter = ("direction", "status", "message_type")
    search_fields = ("wa_id", "wamid", "phone_number__display_phone_number")
    ordering = ("-created_at", "-id")
    facts: ClassVar[Any] = (
        ("direction", "status"),
        ("phone_number", "wa_id"),
        ("message_type", "wamid"),
        ("created_at", "created_by"),
        ("sent_at", "delivered_at"),
        ("read_at", "failed_at"),
        ("code", "fbtrace_id"),
        "last_error",
    )
    readonly_fields = ("last_error", "content")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        content = [(_("Content"), {"fields": ("content",)})] if allows(request, "ENGINEER") else []
        return [(None, {"fields": self.facts}), *content]

    @admin.display(description=_("Meta's message object"))
    def content(self, message: Message) -> SafeString:
        return pretty_json(message.payload)
