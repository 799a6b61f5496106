"""A customer's WhatsApp Business Accounts and business phone numbers, as Meta describes them.

Field names and values are Meta's (reference pages of the WhatsApp Business Account and the phone number);
what we keep beside them stands at the end of each model.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.fields import MetaIdField, TenantForeignKey
from portal.kernel.models import TenantModel
from tenants.models.customer import Customer
from tenants.models.meta import BusinessManager


class Waba(TenantModel):
    """A WhatsApp Business Account: a customer's, or the partner's own (no customer)."""

    customer = TenantForeignKey(
        Customer, null=True, blank=True, related_name="wabas", verbose_name=_("customer")
    )
    business_manager = TenantForeignKey(
        BusinessManager, null=True, blank=True, verbose_name=_("business portfolio")
    )
    waba_id = MetaIdField(_("WABA id"), blank=False)
    name = models.CharField(_("name"), max_length=100, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    timezone_id = models.CharField(_("time zone id"), max_length=10, blank=True)
    message_template_namespace = models.CharField(_("template namespace"), max_length=64, blank=True)
    account_review_status = models.CharField(_("review"), max_length=20, blank=True)
    primary_funding_id = MetaIdField(_("primary funding id"))
    allocation_config_id = MetaIdField(_("credit allocation id"), editable=False)
    subscribed_at = models.DateTimeField(_("app subscribed"), null=True, blank=True, editable=False)
    shared_at = models.DateTimeField(_("shared with us"), null=True, blank=True, editable=False)
    removed_at = models.DateTimeField(_("access withdrawn"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("WhatsApp Business Account")
        verbose_name_plural = _("WhatsApp Business Accounts")
        constraints = [models.UniqueConstraint(fields=["partner_id", "waba_id"], name="waba_once")]

    def __str__(self) -> str:
        return f"{self.name or 'WABA'} ({self.waba_id})"


class PhoneNumber(TenantModel):
    """A business phone number. One number lives on one platform at a time: `platform_type` says which."""

    class Verification(models.TextChoices):
        """State of the one-time code. EXPIRED is no alarm for a number that is CONNECTED on the Cloud API."""

        NOT_VERIFIED = "NOT_VERIFIED", _("not verified")
        VERIFIED = "VERIFIED", _("verified")
        EXPIRED = "EXPIRED", _("expired")

    class Platform(models.TextChoices):
        """Where the number is registered; the truth about registration."""

        CLOUD_API = "CLOUD_API", _("Cloud API")
        ON_PREMISE = "ON_PREMISE", _("On-Premises API")
        NOT_APPLICABLE = "NOT_APPLICABLE", _("not registered")

    customer = TenantForeignKey(
        Customer, null=True, blank=True, related_name="phone_numbers", verbose_name=_("customer")
    )
    waba = TenantForeignKey(Waba, related_name="phone_numbers", verbose_name=_("WABA"))
    phone_number_id = MetaIdField(_("phone number id"), blank=False)
    display_phone_number = models.CharField(_("phone number"), max_length=30)
    verified_name = models.CharField(_("display name"), max_length=100, blank=True)
    quality_rating = models.CharField(_("quality"), max_length=10, default="UNKNOWN")
    code_verification_status = models.CharField(
        _("verification"), max_length=15, choices=Verification.choices, default=Verification.NOT_VERIFIED
    )
    platform_type = models.CharField(
        _("platform"), max_length=15, choices=Platform.choices, default=Platform.NOT_APPLICABLE
    )
    status = models.CharField(_("status"), max_length=20, blank=True)
    throughput_level = models.CharField(_("throughput"), max_length=20, blank=True)
    name_status = models.CharField(_("name review"), max_length=25, blank=True)
    new_name_status = models.CharField(_("new name review"), max_length=25, blank=True)
    certificate = models.TextField(_("certificate"), blank=True)
    new_certificate = models.TextField(_("new certificate"), blank=True)
    account_mode = models.CharField(_("mode"), max_length=10, blank=True)
    is_pin_enabled = models.BooleanField(_("two-step verification"), null=True, blank=True)
    is_official_business_account = models.BooleanField(_("official business account"), default=False)
    is_on_biz_app = models.BooleanField(_("also in the WhatsApp Business app"), default=False)
    is_preverified_number = models.BooleanField(_("pre-verified"), default=False)
    last_onboarded_time = models.DateTimeField(_("last onboarded"), null=True, blank=True)
    messaging_limit_tier = models.CharField(_("messaging limit tier"), max_length=20, blank=True)
    portfolio_messaging_limit = models.CharField(
        _("portfolio messaging limit"),
        max_length=20,
        blank=True,
        help_text="whatsapp_business_manager_messaging_limit",
    )
    webhook_configuration = models.JSONField(_("webhook configuration"), default=dict, blank=True)
    health_status = models.JSONField(_("health"), default=dict, blank=True)

    refreshed_at = models.DateTimeField(_("read from Meta"), null=True, blank=True, editable=False)
    registered_at = models.DateTimeField(_("registered"), null=True, blank=True, editable=False)
    data_localization_region = models.CharField(_("data localization region"), max_length=2, blank=True)
    pin = models.BinaryField(null=True, editable=False)
    # Stored before the call that sets it, beside the old one until Meta has confirmed.
    pending_pin = models.BinaryField(null=True, editable=False)

    class Meta:
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")
        constraints = [
            models.UniqueConstraint(fields=["partner_id", "phone_number_id"], name="phone_number_once"),
            models.CheckConstraint(
                condition=models.Q(platform_type__in=["CLOUD_API", "ON_PREMISE", "NOT_APPLICABLE"]),
                name="one_platform_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.display_phone_number or self.phone_number_id

    @property
    def is_registered(self) -> bool:
        return self.platform_type == self.Platform.CLOUD_API
