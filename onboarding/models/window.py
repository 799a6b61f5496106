"""The registration window as a row that wakes up by itself, and the notices it sends."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding.models.onboarding import Onboarding
from portal.kernel.fields import TenantForeignKey
from portal.kernel.models import WorkRow


class RegistrationWindow(WorkRow):
    """336 hours from the end of one embedded signup, end exclusive; due at its next threshold."""

    WORK_TASK = "onboarding.watch_window"
    WORK_QUEUE = "graph"

    onboarding = TenantForeignKey(Onboarding, on_delete=models.CASCADE, related_name="windows")
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    seen_over_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When a sweep first saw it over; it expires at the second one.")
    )
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Registered, expired, or signed up again.")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["onboarding"],
                condition=models.Q(closed_at=None),
                name="one_open_window_per_onboarding",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="window_due")
        ]


class NoticeKind(models.TextChoices):
    INVITATION = "INVITATION", _("invitation")
    REMINDER_7 = "REMINDER_7", _("7 days left")
    REMINDER_3 = "REMINDER_3", _("3 days left")
    REMINDER_1 = "REMINDER_1", _("1 day left")
    EXPIRED = "EXPIRED", _("window over")
    ACCESS_LOST = "ACCESS_LOST", _("customer token refused")
    SYSTEM_TOKEN = "SYSTEM_TOKEN", _("system user token refused")


class Notice(WorkRow):
    """A message to the people of an onboarding, unique for its kind and window: nobody is told twice."""

    WORK_TASK = "onboarding.send_notice"
    WORK_QUEUE = "outbound"

    onboarding = TenantForeignKey(Onboarding, on_delete=models.CASCADE, related_name="notices")
    window = TenantForeignKey(RegistrationWindow, on_delete=models.CASCADE, null=True, blank=True)
    kind = models.CharField(max_length=12, choices=NoticeKind.choices)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    skipped = models.BooleanField(
        default=False, help_text=_("Its moment had passed; a more urgent one was sent.")
    )
    sealed_link = models.BinaryField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["window", "kind"],
                condition=models.Q(window__isnull=False),
                name="notice_once_per_window",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="notice_due")
        ]
