"""The customer's door: links to the page, and sessions of Meta's signup window."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding.models.onboarding import Onboarding
from portal.kernel.fields import MetaIdField, TenantForeignKey
from portal.kernel.models import TenantModel, WorkRow
from tenants.models import Customer


class OnboardingLink(TenantModel):
    """A link to one onboarding or to one migration plan: 32 random bytes, of which only the SHA-256 is kept.

    A plan's page is there before its first onboarding, and shows the one that needs the customer.
    """

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE)
    onboarding = TenantForeignKey(
        Onboarding, null=True, blank=True, on_delete=models.CASCADE, related_name="links"
    )
    plan = TenantForeignKey(
        "onboarding.MigrationPlan", null=True, blank=True, on_delete=models.CASCADE, related_name="links"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=100)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(onboarding__isnull=True, plan__isnull=False)
                | models.Q(onboarding__isnull=False, plan__isnull=True),
                name="link_of_onboarding_or_plan",
            )
        ]


class SignupSession(WorkRow):
    """One opening of Meta's signup window by one visitor of a link.

    Its results (the code from the callback, the window message) come in any order, late, or not at all. The
    code is exchanged once: its hash is unique and stored before the exchange. The exchange is work of its own
    row, so that no lease of the journey can outlive the 30 seconds that the code has.
    """

    WORK_TASK = "onboarding.exchange_code"
    WORK_QUEUE = "signup"

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE)
    onboarding = TenantForeignKey(Onboarding, on_delete=models.CASCADE, related_name="signup_sessions")
    link = TenantForeignKey(OnboardingLink, on_delete=models.CASCADE)
    nonce_hash = models.CharField(max_length=64, unique=True)
    started_at = models.DateTimeField()
    code = models.BinaryField(null=True, editable=False)
    code_hash = models.CharField(max_length=64, null=True, blank=True, unique=True)
    code_received_at = models.DateTimeField(null=True, blank=True)
    exchanged_at = models.DateTimeField(null=True, blank=True)
    event = models.CharField(max_length=60, blank=True)
    event_at = models.DateTimeField(null=True, blank=True)
    business_id = MetaIdField()
    waba_id = MetaIdField()
    phone_number_id = MetaIdField()
    current_step = models.CharField(max_length=60, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    meta_session_id = models.CharField(max_length=100, blank=True)
    failed_reason = models.CharField(_("why it did not lead on"), max_length=40, blank=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="signup_session_due"
            ),
            models.Index(fields=["onboarding", "-started_at"], name="signup_session_newest"),
        ]
