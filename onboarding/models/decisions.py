"""What was decided for a plan, and what the customer was told and when."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding.models.plan import MigrationPlan
from portal.kernel.fields import TenantForeignKey
from portal.kernel.models import TenantModel, WorkRow


class DecisionKey(models.TextChoices):
    """The three decisions that Meta's guide asks for before a customer moves."""

    INFORM = "INFORM", _("inform the customer")
    DOCUMENTATION = "DOCUMENTATION", _("write documentation")
    PRICE = "PRICE", _("change the price")


class PlanNoticeKind(models.TextChoices):
    ANNOUNCEMENT = "ANNOUNCEMENT", _("announcement")
    REMINDER = "REMINDER", _("reminder")
    CORRECTION = "CORRECTION", _("new date")
    CANCELLATION = "CANCELLATION", _("date withdrawn")
    COMPLETION = "COMPLETION", _("completed")
    # Our own words, which nobody approves: the way to the customer's page, what it waits for there, and
    # that a number is back where it was.
    LINK = "LINK", _("link to the page")
    NEEDED = "NEEDED", _("the customer is needed")
    RETURNED = "RETURNED", _("number taken back")


# What tells of no date.
DATELESS = (PlanNoticeKind.LINK, PlanNoticeKind.NEEDED, PlanNoticeKind.RETURNED)


class NoticeText(TenantModel):
    """A text to customers in one language; only an approved one is sent; a change ends the approval."""

    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=PlanNoticeKind.choices)
    language = models.CharField(
        _("language"), max_length=5, choices=[("en", _("English")), ("it", _("Italian"))]
    )
    subject = models.CharField(_("subject"), max_length=150)
    body = models.TextField(_("text"), max_length=5000)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    approved_by = models.CharField(_("approved by"), max_length=100, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), editable=False)
    changed_by = models.CharField(_("changed by"), max_length=100, editable=False)

    class Meta:
        verbose_name = _("text to customers")
        verbose_name_plural = _("texts to customers")
        ordering = ["name", "kind", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner_id", "name", "kind", "language"], name="notice_text_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_kind_display()} ({self.language})"


class PlanDecision(TenantModel):
    """One decision of a plan, with who took it and when; `choice` False is a decision too."""

    plan = TenantForeignKey(MigrationPlan, related_name="decisions", verbose_name=_("migration plan"))
    key = models.CharField(_("decision"), max_length=15, choices=DecisionKey.choices)
    choice = models.BooleanField(_("yes or no"))
    # INFORM: the name of the approved texts, and how many days before the move.
    text_name = models.CharField(_("text"), max_length=60, blank=True)
    days_before = models.PositiveSmallIntegerField(_("days before"), null=True, blank=True)
    # DOCUMENTATION: where it is.
    url = models.URLField(_("address"), blank=True)
    # PRICE: a month's price in the customer's currency, and what the hosting cost that Meta now bears.
    hosting_cost_saved = models.DecimalField(
        _("hosting cost saved"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    price_before = models.DecimalField(
        _("price before"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    price_after = models.DecimalField(
        _("price after"), max_digits=10, decimal_places=2, null=True, blank=True
    )
    effective_from = models.DateField(_("from"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    decided_at = models.DateTimeField(_("decided"))
    decided_by = models.CharField(_("decided by"), max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "key"], name="plan_decision_once")]


class PlanNotice(WorkRow):
    """An e-mail to the customer about its move, as it was rendered; at most one of a kind is to be sent.

    A text without `sent_at` means that the e-mail may have left: a crash came before we could note it.
    """

    WORK_TASK = "onboarding.send_plan_notice"
    WORK_QUEUE = "outbound"

    plan = TenantForeignKey(MigrationPlan, related_name="notices", verbose_name=_("migration plan"))
    kind = models.CharField(_("kind"), max_length=12, choices=PlanNoticeKind.choices)
    language = models.CharField(_("language"), max_length=5)
    recipient = models.EmailField(_("to"), blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"), blank=True)
    # The start that this notice tells; another date needs a correction.
    told_start_at = models.DateTimeField(_("tells of"), null=True, blank=True)
    corrects = TenantForeignKey("self", null=True, blank=True, related_name="corrections")
    created_at = models.DateTimeField(_("created"))
    created_by = models.CharField(_("created by"), max_length=100)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    # Why it was not sent: its date or its decision changed before its moment came.
    cancelled_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice to a customer")
        verbose_name_plural = _("notices to customers")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind"],
                condition=models.Q(sent_at=None, cancelled_at=None),
                name="plan_notice_once",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="plan_notice_due")
        ]
