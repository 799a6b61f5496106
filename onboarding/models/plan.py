"""A customer's migration plan and its lines, one for each number.

https://developers.facebook.com/documentation/business-messaging/whatsapp/get-started-for-solution-partners
"""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding.models.onboarding import Onboarding
from onboarding.states import LINE_WAYS, PLAN_WAYS, LineState, PlanState
from portal.kernel.fields import MetaIdField, TenantForeignKey
from portal.kernel.models import TenantModel, WorkRow
from portal.kernel.states import machine
from tenants.models import Customer, Membership, MetaApp, PhoneNumber, Waba


class Path(models.TextChoices):
    """From where the customer's numbers come to the Cloud API."""

    NEW_CUSTOMER = "NEW_CUSTOMER", _("new customer")
    ONPREM_TO_CLOUD = "ONPREM_TO_CLOUD", _("On-Premises API to Cloud API")
    NUMBER_WABA_TO_WABA = "NUMBER_WABA_TO_WABA", _("number to another WABA")
    WABA_PARTNER_SWITCH = "WABA_PARTNER_SWITCH", _("WABA changes partner")
    COEXISTENCE = "COEXISTENCE", _("WhatsApp Business app and Cloud API")


class Risk(models.TextChoices):
    LOW = "LOW", _("low")
    MEDIUM = "MEDIUM", _("medium")
    HIGH = "HIGH", _("high")


class Recommendation(models.TextChoices):
    """What the assessment says; empty until something is answered."""

    MOVE_NOW = "MOVE_NOW", _("move now")
    MOVE_LATER = "MOVE_LATER", _("move later, with conditions")
    DO_NOT_MOVE = "DO_NOT_MOVE", _("do not move")


class MigrationPlan(WorkRow):
    """How and when one customer moves by one path. Nothing is deleted: a plan ends COMPLETED or ABANDONED."""

    WORK_TASK = "onboarding.run_plan"
    WORK_QUEUE = "graph"
    TRANSITIONS: ClassVar = PLAN_WAYS

    customer = TenantForeignKey(Customer, related_name="plans", verbose_name=_("customer"))
    app = TenantForeignKey(MetaApp, related_name="+", verbose_name=_("Meta app"))
    path = models.CharField(_("path"), max_length=20, choices=Path.choices)
    state = models.CharField(
        _("state"), max_length=12, choices=PlanState.choices, default=PlanState.DRAFT, editable=False
    )
    # Whoever leaves the partner must lose their access, whatever they were responsible for.
    owner = TenantForeignKey(
        Membership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("responsible person"),
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text=_("1 goes first, 5 last."),
    )
    risk = models.CharField(_("risk"), max_length=6, choices=Risk.choices, default=Risk.MEDIUM)
    recommendation = models.CharField(
        _("recommendation"), max_length=12, choices=Recommendation.choices, blank=True, editable=False
    )
    # Set when a schedule of waves is applied; `planned_start_at` is when the portal starts by itself.
    wave = models.PositiveSmallIntegerField(_("wave"), null=True, blank=True, editable=False)
    planned_start_at = models.DateTimeField(_("planned start"), null=True, blank=True, editable=False)
    planned_end_at = models.DateTimeField(_("planned end"), null=True, blank=True, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True, editable=False)
    moves_from = models.TimeField(
        _("may move from"), default="08:00", help_text=_("In the customer's time zone, when traffic is low.")
    )
    moves_until = models.TimeField(_("may move until"), default="18:00")
    changed_at = models.DateTimeField(_("changed"), editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    created_by = models.CharField(_("created by"), max_length=100, editable=False)

    class Meta:
        verbose_name = _("migration plan")
        verbose_name_plural = _("migration plans")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner_id", "customer", "path"],
                condition=models.Q(state__in=["DRAFT", "ASSESSED", "SCHEDULED", "IN_PROGRESS"]),
                name="one_open_plan_per_customer_and_path",
            ),
            models.CheckConstraint(
                condition=models.Q(priority__gte=1, priority__lte=5), name="plan_priority_1_to_5"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="plan_due"),
            models.Index(fields=["partner_id", "planned_start_at"], name="plan_start"),
        ]
        triggers = [machine(PLAN_WAYS)]

    def __str__(self) -> str:
        return f"{self.customer}: {self.get_path_display()}"


class PlanLine(TenantModel):
    """One number of a plan. Its way is an Onboarding, opened when its turn comes; the measures stand here."""

    TRANSITIONS: ClassVar = LINE_WAYS

    plan = TenantForeignKey(MigrationPlan, related_name="lines", verbose_name=_("migration plan"))
    position = models.PositiveSmallIntegerField(_("order"))
    state = models.CharField(
        _("state"), max_length=12, choices=LineState.choices, default=LineState.PENDING, editable=False
    )
    display_phone_number = models.CharField(
        _("phone number"), max_length=30, help_text=_("With + and country code.")
    )
    phone_number = TenantForeignKey(
        PhoneNumber, null=True, blank=True, related_name="plan_lines", verbose_name=_("number at Meta")
    )
    is_test_number = models.BooleanField(
        _("test number"), default=False, help_text=_("Moves first; the others wait until it has moved.")
    )
    daily_volume = models.PositiveIntegerField(_("messages a day"), null=True, blank=True)
    locked_until = models.DateField(
        _("locked until"), null=True, blank=True, help_text=_("The number may not move before this day.")
    )
    source_waba_id = MetaIdField(_("source WABA id"))
    destination_waba = TenantForeignKey(
        Waba, null=True, blank=True, related_name="+", verbose_name=_("destination WABA")
    )
    onboarding = TenantForeignKey(
        Onboarding, null=True, blank=True, editable=False, related_name="plan_lines"
    )
    # The same number's way back, if it went back.
    rollback = TenantForeignKey(Onboarding, null=True, blank=True, editable=False, related_name="+")
    # From when until when the number could neither send nor receive, as far as Meta showed it.
    downtime_started_at = models.DateTimeField(null=True, blank=True, editable=False)
    downtime_ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    passed_no_return_at = models.DateTimeField(null=True, blank=True, editable=False)
    moved_at = models.DateTimeField(_("moved"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("number of a plan")
        verbose_name_plural = _("numbers of a plan")
        ordering = ["position"]
        constraints = [
            # Checked at the end of the transaction: a new order passes through doubles.
            models.UniqueConstraint(
                fields=["plan", "position"],
                name="plan_line_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(
                fields=["partner_id", "display_phone_number"],
                condition=models.Q(state__in=["PENDING", "MOVING"]),
                name="one_open_plan_line_per_number",
            ),
        ]
        indexes = [models.Index(fields=["onboarding"], name="plan_line_onboarding")]
        triggers = [machine(LINE_WAYS)]

    def __str__(self) -> str:
        return self.display_phone_number


class WishKind(models.TextChoices):
    NOT_BEFORE = "NOT_BEFORE", _("not before")
    NOT_AFTER = "NOT_AFTER", _("not after")
    NOT_ON = "NOT_ON", _("not on")


class PlanWish(TenantModel):
    """What a customer wants of the calendar; the planner keeps it or names it in a conflict."""

    plan = TenantForeignKey(MigrationPlan, related_name="wishes", verbose_name=_("migration plan"))
    kind = models.CharField(_("wish"), max_length=10, choices=WishKind.choices)
    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    created_by = models.CharField(max_length=100, editable=False)

    class Meta:
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")
        ordering = ["day", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind", "day"],
                condition=models.Q(withdrawn_at=None),
                name="plan_wish_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.day}"


class PlanDependency(TenantModel):
    """`plan` moves on a later day than `after`."""

    plan = TenantForeignKey(MigrationPlan, related_name="dependencies", verbose_name=_("migration plan"))
    after = TenantForeignKey(MigrationPlan, related_name="dependents", verbose_name=_("moves after"))
    created_at = models.DateTimeField(editable=False)
    created_by = models.CharField(max_length=100, editable=False)

    class Meta:
        verbose_name = _("dependency")
        verbose_name_plural = _("dependencies")
        constraints = [
            models.UniqueConstraint(fields=["plan", "after"], name="plan_dependency_once"),
            models.CheckConstraint(condition=~models.Q(plan=models.F("after")), name="plan_not_after_itself"),
        ]
