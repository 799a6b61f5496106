"""The journey and its steps."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.models import Message
from onboarding.states import ONBOARDING_WAYS, STEP_WAYS, OnboardingState, StepState
from portal.kernel.fields import MetaIdField, TenantForeignKey
from portal.kernel.models import TenantModel, WorkRow
from portal.kernel.states import machine
from tenants.models import BusinessToken, Customer, MetaApp, PhoneNumber, Waba


class Kind(models.TextChoices):
    """How the number comes to the Cloud API."""

    EMBEDDED_SIGNUP = "EMBEDDED_SIGNUP", _("embedded signup")
    OWN_NUMBER = "OWN_NUMBER", _("the partner's own number")
    ON_PREMISES = "ON_PREMISES", _("from the On-Premises API")
    NUMBER_MOVE = "NUMBER_MOVE", _("from another WABA")
    PARTNER_SWITCH = "PARTNER_SWITCH", _("with its WABA from another partner")
    COEXISTENCE = "COEXISTENCE", _("stays in the WhatsApp Business app too")
    ROLLBACK = "ROLLBACK", _("back to the On-Premises API")


class Onboarding(WorkRow):
    """One number's journey. What it waits for stands on its steps; where it is, in `state`."""

    WORK_TASK = "onboarding.advance"
    WORK_QUEUE = "graph"
    TRANSITIONS: ClassVar = ONBOARDING_WAYS

    customer = TenantForeignKey(
        Customer, null=True, blank=True, related_name="onboardings", verbose_name=_("customer")
    )
    app = TenantForeignKey(MetaApp, verbose_name=_("Meta app"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.EMBEDDED_SIGNUP)
    state = models.CharField(
        _("state"),
        max_length=20,
        choices=OnboardingState.choices,
        default=OnboardingState.INVITED,
        editable=False,
    )
    expected_business_id = MetaIdField(
        _("expected business id"),
        help_text=_("If the invitation is for one portfolio: another one stops and asks."),
    )
    token = TenantForeignKey(BusinessToken, null=True, blank=True, editable=False)
    waba = TenantForeignKey(Waba, null=True, blank=True, editable=False, verbose_name=_("WABA"))
    phone_number = TenantForeignKey(
        PhoneNumber,
        null=True,
        blank=True,
        editable=False,
        related_name="onboardings",
        verbose_name=_("phone number"),
    )
    signed_up_at = models.DateTimeField(_("signed up"), null=True, blank=True, editable=False)
    window_ends_at = models.DateTimeField(_("register before"), null=True, blank=True, editable=False)
    registered_at = models.DateTimeField(_("registered"), null=True, blank=True, editable=False)
    live_at = models.DateTimeField(_("live"), null=True, blank=True, editable=False)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True, editable=False)
    # Numbers verified by a code: what staff asked for or typed in, until Meta has been told.
    code_method = models.CharField(max_length=5, blank=True, editable=False)
    code_language = models.CharField(max_length=10, blank=True, editable=False)
    entered_code = models.BinaryField(null=True, editable=False)
    test_message = TenantForeignKey(Message, null=True, blank=True, editable=False, related_name="+")
    created_at = models.DateTimeField(_("created"), editable=False)
    created_by = models.CharField(_("created by"), max_length=100, editable=False)

    class Meta:
        verbose_name = _("onboarding")
        verbose_name_plural = _("onboardings")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner_id", "phone_number"],
                condition=models.Q(state__in=["INVITED", "SIGNED_UP", "REGISTERED", "EXPIRED"]),
                name="one_open_onboarding_per_number",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="onboarding_due"),
            models.Index(
                fields=["partner_id", "window_ends_at"],
                condition=models.Q(state="SIGNED_UP"),
                name="onboarding_window",
            ),
            models.Index(fields=["partner_id", "-created_at", "-id"], name="onboarding_newest"),
        ]
        triggers = [machine(ONBOARDING_WAYS)]

    def __str__(self) -> str:
        return f"{self.phone_number or self.customer or self.pk}"


class Owner(models.TextChoices):
    """Who must act next."""

    CUSTOMER = "CUSTOMER", _("customer")
    STAFF = "STAFF", _("partner")
    META = "META", _("Meta")
    CONSUMER = "CONSUMER", _("consumer")
    PORTAL = "PORTAL", _("portal")


class Step(TenantModel):
    """One step of a journey. `owner`, `reason` and `until` are its Requirement while it is not done."""

    TRANSITIONS: ClassVar = STEP_WAYS

    onboarding = TenantForeignKey(Onboarding, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.PENDING)
    owner = models.CharField(max_length=10, choices=Owner.choices, blank=True)
    reason = models.CharField(
        max_length=40, blank=True, help_text="A key of onboarding.requirements.REASONS."
    )
    until = models.DateTimeField(null=True, blank=True)
    code = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Meta's error code, if one is the cause.")
    )
    subcode = models.PositiveIntegerField(null=True, blank=True)
    fbtrace_id = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["onboarding", "key"], name="step_once")]
        triggers = [machine(STEP_WAYS)]

    def __str__(self) -> str:
        return self.key
