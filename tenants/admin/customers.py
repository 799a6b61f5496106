"""Customers, their accounts and numbers. What Meta says is read-only: only a look at Meta changes it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.kernel import clock
from portal.kernel.admin import DeskAdmin, ReadOnlyAdmin
from portal.kernel.related import Related
from portal.kernel.rights import actor
from tenants import services
from tenants.models import BusinessToken, PhoneNumber, Waba


def numbers_of(key: str) -> Related:
    """The phone numbers of a customer or an account."""
    fields = ("display_phone_number", "verified_name", "platform_type", "code_verification_status", "status")
    return Related(_("phone numbers"), PhoneNumber, key, fields)


ACCOUNTS = Related(
    _("WhatsApp Business Accounts"),
    Waba,
    "customer",
    ("waba_id", "name", "account_review_status", "currency", "shared_at", "removed_at"),
)
TOKENS = Related(
    _("customer tokens"),
    BusinessToken,
    "customer",
    ("obtained_at", "state", "scopes", "waba_ids", "expires_at", "checked_at"),
)


class CustomerAdmin(DeskAdmin):
    """The businesses that will send and receive messages."""

    add_role = "OPERATOR"
    change_role = "OPERATOR"
    list_display = ("name", "contact_name", "contact_email", "language", "external_id", "created_at")
    search_fields = ("name", "contact_name", "contact_email", "external_id")
    list_filter = ("language",)
    ordering = ("name", "id")
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("name", ("contact_name", "contact_email"), ("language", "time_zone"))}),
        (_("For Meta and for you"), {"fields": (("currency", "website"), "external_id")}),
    )
    related: ClassVar[Any] = (numbers_of("customer"), ACCOUNTS, TOKENS)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        created = services.create_customer(
            partner_id=obj.partner_id, now=clock.now(), by=actor(request), **form.cleaned_data
        )
        self.adopt(obj, created)


class WabaAdmin(ReadOnlyAdmin):
    """WhatsApp Business Accounts: the customers' and, without a customer, the partner's own."""

    list_display = ("name", "waba_id", "customer", "account_review_status", "subscribed_at", "removed_at")
    list_select_related = ("customer",)
    search_fields = ("waba_id", "name", "customer__name")
    list_filter = ("account_review_status", ("removed_at", admin.EmptyFieldListFilter))
    ordering = ("name", "id")
    related: ClassVar[Any] = (numbers_of("waba"),)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": (("name", "waba_id"), ("customer", "business_manager"))}),
        (
            _("As Meta describes it"),
            {
                "fields": (
                    ("account_review_status", "currency"),
                    ("timezone_id", "message_template_namespace"),
                    ("primary_funding_id", "allocation_config_id"),
                    ("shared_at", "subscribed_at", "removed_at"),
                )
            },
        ),
    )


class PhoneNumberAdmin(ReadOnlyAdmin):
    """Business phone numbers with every field of Meta's. A PIN is never shown, only whether we hold one."""

    list_display = (
        "display_phone_number",
        "verified_name",
        "customer",
        "platform_type",
        "code_verification_status",
        "status",
        "quality_rating",
        "registered_at",
    )
    list_select_related = ("customer",)
    list_filter = ("platform_type", "code_verification_status", "quality_rating")
    search_fields = ("display_phone_number", "phone_number_id", "verified_name", "customer__name")
    ordering = ("display_phone_number", "id")
    fieldsets: ClassVar[Any] = (
        (
            None,
            {
                "fields": (
                    ("display_phone_number", "phone_number_id"),
                    ("customer", "waba"),
                    ("registered_at", "refreshed_at"),
                    ("pin_custody", "data_localization_region"),
                )
            },
        ),
        (
            _("As Meta describes it"),
            {
                "fields": (
                    ("verified_name", "name_status"),
                    ("platform_type", "status"),
                    ("code_verification_status", "quality_rating"),
                    ("throughput_level", "portfolio_messaging_limit"),
                    ("messaging_limit_tier", "account_mode"),
                    ("is_pin_enabled", "is_on_biz_app"),
                    ("is_official_business_account", "is_preverified_number"),
                    ("new_name_status", "last_onboarded_time"),
                    ("certificate", "new_certificate"),
                    ("webhook_configuration", "health_status"),
                )
            },
        ),
    )
    readonly_fields = ("pin_custody",)

    @admin.display(description=_("PIN"))
    def pin_custody(self, number: PhoneNumber) -> str:
        if number.pending_pin:
            return str(_("a new one is being set"))
        return str(_("kept encrypted") if number.pin else _("not known to us"))


@admin.register(BusinessToken)
class BusinessTokenAdmin(ReadOnlyAdmin):
    """What embedded signup gave for a customer: what it is for and until when, never the token."""

    list_display = ("customer", "state", "app", "obtained_at", "expires_at", "checked_at")
    list_select_related = ("customer", "app")
    list_filter = ("state",)
    search_fields = ("customer__name",)
    ordering = ("-obtained_at",)
    fields = ("customer", "app", "state", "granted", "accounts", "obtained_at", "expires_at", "checked_at")
    readonly_fields = ("state", "granted", "accounts", "obtained_at", "expires_at", "checked_at")

    @admin.display(description=_("permissions"))
    def granted(self, token: BusinessToken) -> str:
        return ", ".join(token.scopes)

    @admin.display(description=_("WABA ids"))
    def accounts(self, token: BusinessToken) -> str:
        return ", ".join(token.waba_ids)
