"""What a move needs and leaves behind: the On-Premises client, its backup, the checks, the report."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding.models.plan import PlanLine
from portal.kernel.fields import TenantForeignKey
from portal.kernel.models import TenantModel, WorkRow


class OnPremisesClient(TenantModel):
    """Where the On-Premises client of a line answers, and the password of its admin user."""

    line = TenantForeignKey(PlanLine, on_delete=models.CASCADE, related_name="clients")
    base_url = models.URLField(_("address"), max_length=200)
    username = models.CharField(_("user name"), max_length=60, default="admin")
    password = models.BinaryField(null=True, editable=False)
    changed_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = _("On-Premises client")
        verbose_name_plural = _("On-Premises clients")
        constraints = [models.UniqueConstraint(fields=["line"], name="one_client_per_line")]


class BackupSource(models.TextChoices):
    CLIENT = "CLIENT", _("taken from the client")
    UPLOAD = "UPLOAD", _("uploaded")


class PlanBackup(WorkRow):
    """The registration data of an On-Premises number, sealed; wiped after use or when it expires."""

    WORK_TASK = "onboarding.wipe_backup"
    WORK_QUEUE = "graph"

    line = TenantForeignKey(PlanLine, related_name="backups", verbose_name=_("number of a plan"))
    source = models.CharField(_("source"), max_length=6, choices=BackupSource.choices)
    data = models.BinaryField(null=True, editable=False)
    password = models.BinaryField(null=True, editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    taken_at = models.DateTimeField(_("taken"))
    taken_by = models.CharField(_("taken by"), max_length=100)
    expires_at = models.DateTimeField(_("expires"))
    refused_at = models.DateTimeField(_("refused by Meta"), null=True, blank=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    wiped_at = models.DateTimeField(_("wiped"), null=True, blank=True)

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        ordering = ["-taken_at", "-id"]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="plan_backup_due")
        ]


class CheckResult(models.TextChoices):
    OK = "OK", _("fine")
    FAIL = "FAIL", _("not yet")
    UNKNOWN = "UNKNOWN", _("cannot be read: confirm it")
    NOT_APPLICABLE = "NOT_APPLICABLE", _("does not apply")


class PlanCheck(TenantModel):
    """One preflight check of a line, with its evidence and who or what gave it."""

    line = TenantForeignKey(PlanLine, on_delete=models.CASCADE, related_name="checks")
    key = models.CharField(_("check"), max_length=30)
    result = models.CharField(_("result"), max_length=15, choices=CheckResult.choices)
    # What was read: Meta's field names and values, or what a person confirmed. Never a secret.
    evidence = models.JSONField(_("evidence"), default=dict)
    checked_at = models.DateTimeField(_("checked"))
    checked_by = models.CharField(_("checked by"), max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "key"], name="plan_check_once")]


class MoveReport(TenantModel):
    """What the verifier found after a move; insert-only, so that it stays what the customer read."""

    line = TenantForeignKey(PlanLine, related_name="reports", verbose_name=_("number of a plan"))
    # {"checks": [{"key", "ok", "evidence"}], "downtime_seconds", "templates": {...}}
    facts = models.JSONField()
    proven = models.BooleanField(_("proven"))
    written_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("report of a move")
        verbose_name_plural = _("reports of moves")
        ordering = ["-written_at", "-id"]
