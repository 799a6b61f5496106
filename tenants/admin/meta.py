"""The partner's own resources at Meta. Secrets go in and never come out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.graph.secret import Secret
from portal.kernel import clock
from portal.kernel.admin import DeskAdmin
from portal.kernel.admin_forms import DeskForm, long_text_field, secret_field
from portal.kernel.buttons import button
from portal.kernel.related import Related
from portal.kernel.rights import actor
from tenants import assets, services
from tenants.models import AppPermission, BusinessManager, CreditLine, MetaApp, SystemUser, TermsAcceptance


class SecretForm(forms.Form):
    secret = secret_field(_("app secret"), min_length=16, help_text=_("App settings, Basic, App secret."))


class TokenForm(forms.Form):
    token = secret_field(
        _("token"),
        min_length=16,
        help_text=_(
            "Business settings, Users, System users, Generate token, with whatsapp_business_management,"
            " whatsapp_business_messaging and business_management."
        ),
    )


class ReasonForm(forms.Form):
    reason = long_text_field(_("reason"), max_length=200)


PERMISSIONS = Related(
    _("permissions"),
    AppPermission,
    "app",
    ("permission", "access_level", "review_state", "submitted_at", "decided_at"),
    ("permission",),
)
SYSTEM_USERS = Related(
    _("system users"),
    SystemUser,
    "app",
    ("name", "role", "system_user_id", "token_state", "token_checked_at", "token_expires_at"),
)


@admin.register(BusinessManager)
class BusinessManagerAdmin(DeskAdmin):
    """Business portfolios: the partner's own and those of its customers."""

    add_role = change_role = "ENGINEER"
    list_display = ("name", "business_id", "customer", "is_verified", "messaging_limit")
    list_select_related = ("customer",)
    search_fields = ("name", "business_id", "customer__name")
    ordering = ("name", "id")
    fields = (("name", "business_id"), "customer", ("is_verified", "messaging_limit"))


@admin.register(CreditLine)
class CreditLineAdmin(DeskAdmin):
    """The credit lines with which the partner pays Meta."""

    add_role = change_role = "ENGINEER"
    list_display = ("legal_entity_name", "extended_credit_id", "business_manager")
    list_select_related = ("business_manager",)
    ordering = ("legal_entity_name", "id")


class AppForm(DeskForm):
    secret = secret_field(_("app secret"), min_length=16, help_text=_("App settings, Basic, App secret."))


@admin.register(MetaApp)
class MetaAppAdmin(DeskAdmin):
    """The partner's app at Meta: its review, its system users, its one webhook endpoint."""

    add_role = change_role = "ENGINEER"
    list_display = ("display_name", "app_id", "business_manager", "webhook_verified_at")
    list_select_related = ("business_manager",)
    ordering = ("display_name", "id")
    related: ClassVar[Any] = (PERMISSIONS, SYSTEM_USERS)
    typed: ClassVar[Any] = (
        ("display_name", "contact_email"),
        ("app_id", "config_id"),
        ("business_manager", "app_type"),
    )
    readonly_fields = ("callback", "fields_heard", "webhook_verified_at", "secret_custody")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=DeskForm if obj else AppForm, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": (*self.typed, "secret")})]
        webhook = ("callback", "fields_heard", ("webhook_verified_at", "secret_custody"))
        return [(None, {"fields": self.typed}), (_("Webhook and secrets"), {"fields": webhook})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "app_id") if obj else ()

    @admin.display(description=_("webhook callback"))
    def callback(self, app: MetaApp) -> str:
        return f"{settings.INTAKE_PUBLIC_URL}/webhooks/meta/{app.app_id}"

    @admin.display(description=_("webhook fields"))
    def fields_heard(self, app: MetaApp) -> str:
        return ", ".join(app.webhook_fields)

    @admin.display(description=_("app secret"))
    def secret_custody(self, app: MetaApp) -> str:
        return str(_("kept encrypted") if app.app_secret else _("missing"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        data = form.cleaned_data
        created = assets.register_app(
            business=data["business_manager"],
            app_id=data["app_id"],
            display_name=data["display_name"],
            contact_email=data["contact_email"],
            app_secret=Secret(data["secret"]),
            config_id=data["config_id"],
            now=clock.now(),
            by=actor(request),
        )
        self.adopt(obj, created)

    def button_names(self, row: Any) -> list[str]:
        return ["replace_secret"]

    @button(
        _("Replace the app secret"),
        role="ADMIN",
        form=SecretForm,
        explanation=_("Webhooks signed with the secret before this one are still accepted."),
    )
    def replace_secret(self, request: HttpRequest, row: MetaApp, data: Mapping[str, Any]) -> None:
        secret = Secret(data["secret"])
        assets.rotate_app_secret(app=row, app_secret=secret, now=clock.now(), by=actor(request))
        self.message_user(request, _("The new app secret is stored."))


@admin.register(AppPermission)
class AppPermissionAdmin(DeskAdmin):
    """Where each permission stands in Meta's App Review; kept by hand, since Meta has no call for it."""

    add_role = change_role = delete_role = "ENGINEER"
    list_display = ("permission", "app", "access_level", "review_state", "submitted_at", "decided_at")
    list_select_related = ("app",)
    list_filter = ("review_state", "access_level")
    ordering = ("permission", "id")
    fields = ("app", "permission", ("access_level", "review_state"), ("submitted_at", "decided_at"))


@admin.register(SystemUser)
class SystemUserAdmin(DeskAdmin):
    """At most one admin and one employee for each app, as Meta allows."""

    add_role = change_role = "ENGINEER"
    list_display = ("name", "role", "app", "token_state", "token_checked_at", "token_expires_at")
    list_select_related = ("app",)
    list_filter = ("role", "token_state")
    ordering = ("name", "id")
    readonly_fields = ("token_state", "granted", "token_checked_at", "token_expires_at")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        typed = (None, {"fields": (("name", "system_user_id"), ("app", "role"))})
        token = (
            _("Token"),
            {"fields": (("token_state", "granted"), ("token_checked_at", "token_expires_at"))},
        )
        return [typed, token] if obj else [typed]

    @admin.display(description=_("token permissions"))
    def granted(self, user: SystemUser) -> str:
        return ", ".join(user.token_scopes)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        created = assets.add_system_user(now=clock.now(), by=actor(request), **form.cleaned_data)
        self.adopt(obj, created)

    def button_names(self, row: Any) -> list[str]:
        return ["store_token"]

    @button(
        _("Store a token"),
        role="ENGINEER",
        form=TokenForm,
        explanation=_("It replaces the token before it. It is encrypted at once and never shown again."),
    )
    def store_token(self, request: HttpRequest, row: SystemUser, data: Mapping[str, Any]) -> None:
        token = Secret(data["token"])
        assets.store_system_user_token(system_user=row, token=token, now=clock.now(), by=actor(request))
        self.message_user(request, _("The token is stored."))


@admin.register(TermsAcceptance)
class TermsAcceptanceAdmin(DeskAdmin):
    """Who accepted the terms in WhatsApp Manager. Registration calls fail until somebody has."""

    add_role = "ADMIN"
    refusals = (services.TermsAlreadyAccepted,)
    list_display = ("accepted_by", "accepted_at", "version", "withdrawn_at")
    ordering = ("-accepted_at",)
    fields = ("accepted_by", "accepted_at", "version", "withdrawn_at", "withdrawn_reason")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj:
            return [(None, {"fields": self.fields})]
        how = _(
            "Accept the terms in the banner of WhatsApp Manager first, then note here who did it."
            " Registrations that wait for them go on by themselves."
        )
        return [(None, {"fields": ("accepted_by", "version"), "description": how})]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        accepted = services.accept_terms(
            partner_id=obj.partner_id, now=clock.now(), by=actor(request), **form.cleaned_data
        )
        self.adopt(obj, accepted)

    def button_names(self, row: Any) -> list[str]:
        return [] if row.withdrawn_at else ["withdraw"]

    @button(
        _("Withdraw"),
        role="ADMIN",
        form=ReasonForm,
        style="danger",
        explanation=_("No number is registered until the terms are accepted again."),
    )
    def withdraw(self, request: HttpRequest, row: TermsAcceptance, data: Mapping[str, Any]) -> None:
        services.withdraw_terms(reason=data["reason"], now=clock.now(), by=actor(request))
        self.message_user(request, _("The acceptance is withdrawn."))
