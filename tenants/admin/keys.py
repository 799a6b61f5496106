"""API keys: made once, shown once, revoked at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from portal.kernel import clock
from portal.kernel.admin import DeskAdmin
from portal.kernel.admin_forms import DeskForm, many_choices_field
from portal.kernel.buttons import button
from portal.kernel.rights import actor
from tenants import keys
from tenants.models import ApiKey


class ApiKeyForm(DeskForm):
    scopes = many_choices_field(_("scopes"), keys.SCOPES.items())

    class Meta:
        model = ApiKey
        fields = ("name", "scopes", "expires_at")


@admin.register(ApiKey)
class ApiKeyAdmin(DeskAdmin):
    """Keys of integrators. Only the digest is kept, so a lost key is replaced and never found again."""

    view_role = "ENGINEER"
    add_role = "ADMIN"
    list_display = (
        "name",
        "shown_id",
        "shown_scopes",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    search_fields = ("name", "key_id")
    ordering = ("revoked_at", "name")
    readonly_fields = (
        "shown_id",
        "shown_scopes",
        "created_at",
        "created_by",
        "last_used_at",
        "revoked_at",
    )
    form = ApiKeyForm

    @admin.display(description=_("key"))
    def shown_id(self, key: ApiKey) -> str:
        return f"wpk_{key.key_id}_…"

    @admin.display(description=_("scopes"))
    def shown_scopes(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        names = ("name", "expires_at", *self.readonly_fields) if obj else ("name", "scopes", "expires_at")
        return [(None, {"fields": names})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj:  # nothing of a key can be changed, so its page needs no field of the form
            kwargs["form"] = DeskForm
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        key, clear = keys.create_key(now=clock.now(), by=actor(request), **form.cleaned_data)
        self.adopt(obj, key)
        obj.clear = clear

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self.show_once(
            request,
            obj,
            title=_("The new API key"),
            value=obj.clear,
            explanation=_("Copy it now. It is kept nowhere and cannot be shown again."),
        )

    def button_names(self, row: Any) -> list[str]:
        return [] if row.revoked_at else ["revoke"]

    @button(
        _("Revoke"),
        role="ADMIN",
        form=forms.Form,
        style="danger",
        explanation=_("The next request with this key is refused. This cannot be undone."),
    )
    def revoke(self, request: HttpRequest, row: ApiKey, data: Mapping[str, Any]) -> None:
        keys.revoke_key(key=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The key is revoked."))
