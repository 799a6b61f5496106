"""The partner's own resources at Meta, and the tokens that open its customers' assets."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.fields import MetaIdField, TenantForeignKey
from portal.kernel.models import TenantModel
from tenants.models.customer import Customer


class TokenState(models.TextChoices):
    """What we know of a token; only proof (error 190 or debug_token) makes it INVALID."""

    MISSING = "MISSING", _("missing")
    VALID = "VALID", _("valid")
    INVALID = "INVALID", _("invalid")


class BusinessManager(TenantModel):
    """A business portfolio at Meta (formerly Business Manager): the partner's, or a customer's."""

    customer = TenantForeignKey(Customer, null=True, blank=True, verbose_name=_("customer"))
    business_id = MetaIdField(_("business id"), blank=False)
    name = models.CharField(_("name"), max_length=100, blank=True)
    is_verified = models.BooleanField(_("verified by Meta"), default=False)
    messaging_limit = models.CharField(_("messaging limit"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("business portfolio")
        verbose_name_plural = _("business portfolios")
        constraints = [models.UniqueConstraint(fields=["partner_id", "business_id"], name="business_once")]

    def __str__(self) -> str:
        return f"{self.name or _('Business portfolio')} ({self.business_id})"


class MetaApp(TenantModel):
    """The partner's app: one webhook endpoint, many customers."""

    business_manager = TenantForeignKey(BusinessManager, verbose_name=_("business portfolio"))
    app_id = MetaIdField(_("app id"), blank=False, unique=True)
    app_type = models.CharField(_("type"), max_length=20, default="Business")
    display_name = models.CharField(_("display name"), max_length=100)
    contact_email = models.EmailField(_("contact e-mail"))
    config_id = MetaIdField(_("embedded signup configuration id"))
    app_secret = models.BinaryField(null=True, editable=False)
    previous_app_secret = models.BinaryField(null=True, editable=False)
    verify_token = models.BinaryField(null=True, editable=False)
    webhook_callback_url = models.URLField(_("webhook callback"), max_length=200, blank=True, editable=False)
    webhook_fields = ArrayField(
        models.CharField(max_length=60), verbose_name=_("webhook fields"), default=list, editable=False
    )
    webhook_verified_at = models.DateTimeField(_("webhook verified"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Meta app")
        verbose_name_plural = _("Meta apps")

    def __str__(self) -> str:
        return f"{self.display_name} ({self.app_id})"


class AccessLevel(models.TextChoices):
    NONE = "NONE", _("none")
    STANDARD = "STANDARD", _("standard access")
    ADVANCED = "ADVANCED", _("advanced access")


class ReviewState(models.TextChoices):
    """Where a permission stands in Meta's App Review."""

    NOT_SUBMITTED = "NOT_SUBMITTED", _("not submitted")
    IN_REVIEW = "IN_REVIEW", _("in review")
    APPROVED = "APPROVED", _("approved")
    REJECTED = "REJECTED", _("rejected")


class AppPermission(TenantModel):
    """One permission of an app with its access level and App Review state."""

    app = TenantForeignKey(
        MetaApp, on_delete=models.CASCADE, related_name="permissions", verbose_name=_("Meta app")
    )
    permission = models.CharField(_("permission"), max_length=60)
    access_level = models.CharField(
        _("access level"), max_length=10, choices=AccessLevel.choices, default=AccessLevel.NONE
    )
    review_state = models.CharField(
        _("App Review"), max_length=15, choices=ReviewState.choices, default=ReviewState.NOT_SUBMITTED
    )
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("permission")
        verbose_name_plural = _("permissions")
        constraints = [models.UniqueConstraint(fields=["app", "permission"], name="app_permission_once")]

    def __str__(self) -> str:
        return self.permission


class SystemUser(TenantModel):
    """A system user of the partner: at most one ADMIN and one EMPLOYEE for each app."""

    class SystemRole(models.TextChoices):
        ADMIN = "ADMIN", _("admin")
        EMPLOYEE = "EMPLOYEE", _("employee")

    app = TenantForeignKey(MetaApp, related_name="system_users", verbose_name=_("Meta app"))
    system_user_id = MetaIdField(_("system user id"), blank=False)
    name = models.CharField(_("name"), max_length=100)
    role = models.CharField(_("role"), max_length=10, choices=SystemRole.choices)
    token = models.BinaryField(null=True, editable=False)
    token_state = models.CharField(
        _("token"), max_length=10, choices=TokenState.choices, default=TokenState.MISSING, editable=False
    )
    token_scopes = ArrayField(
        models.CharField(max_length=60), verbose_name=_("token permissions"), default=list, editable=False
    )
    token_expires_at = models.DateTimeField(_("token expires"), null=True, blank=True, editable=False)
    token_checked_at = models.DateTimeField(_("token checked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("system user")
        verbose_name_plural = _("system users")
        constraints = [
            models.UniqueConstraint(fields=["app", "role"], name="one_system_user_per_app_and_role"),
            models.CheckConstraint(
                condition=models.Q(role__in=["ADMIN", "EMPLOYEE"]), name="system_user_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"


class CreditLine(TenantModel):
    """The extended credit line with which the partner pays Meta for its customers."""

    business_manager = TenantForeignKey(BusinessManager, verbose_name=_("business portfolio"))
    extended_credit_id = MetaIdField(_("extended credit id"), blank=False)
    legal_entity_name = models.CharField(_("legal entity"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("credit line")
        verbose_name_plural = _("credit lines")
        constraints = [
            models.UniqueConstraint(fields=["partner_id", "extended_credit_id"], name="credit_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.legal_entity_name or _('Credit line')} ({self.extended_credit_id})"


class TermsAcceptance(TenantModel):
    """Who accepted the WhatsApp Business Platform terms for the partner: Meta has no way to ask."""

    accepted_at = models.DateTimeField(_("accepted"))
    accepted_by = models.CharField(_("accepted by"), max_length=100)
    version = models.CharField(_("version"), max_length=40, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("acceptance of the terms")
        verbose_name_plural = _("acceptances of the terms")
        constraints = [
            models.UniqueConstraint(
                fields=["partner_id"],
                condition=models.Q(withdrawn_at=None),
                name="one_terms_acceptance_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.accepted_by}, {self.accepted_at:%Y-%m-%d}"


class BusinessToken(TenantModel):
    """The business integration token that embedded signup gave for one customer."""

    customer = TenantForeignKey(Customer, related_name="tokens", verbose_name=_("customer"))
    app = TenantForeignKey(MetaApp, verbose_name=_("Meta app"))
    token = models.BinaryField(null=True, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=TokenState.choices, default=TokenState.MISSING, editable=False
    )
    scopes = ArrayField(
        models.CharField(max_length=60), verbose_name=_("permissions"), default=list, editable=False
    )
    waba_ids = ArrayField(models.CharField(max_length=32), default=list, editable=False)
    obtained_at = models.DateTimeField(_("obtained"), editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("customer token")
        verbose_name_plural = _("customer tokens")
        indexes = [models.Index(fields=["customer", "-obtained_at"], name="business_token_newest")]

    def __str__(self) -> str:
        return f"{self.customer} ({self.get_state_display()})"
