"""What every app stands on: tenant rows, work rows, history, intents, audit."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.ids import uuid7
from portal.kernel.scope import ScopedManager


class TenantModel(models.Model):
    """A row of one Partner. The foreign key to it is added by `SecureTable`: nobody joins to the tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner_id = models.UUIDField(editable=False, db_index=True)

    objects = ScopedManager()

    class Meta:
        abstract = True


class WorkRow(TenantModel):
    """A row that is work: due at a time, leased by one worker, retried by moving `due_at`.

    `WORK_TASK` and `WORK_QUEUE` name the Celery task that is rung for it; a message carries the id only.
    """

    WORK_TASK: ClassVar[str]
    WORK_QUEUE: ClassVar[str]

    due_at = models.DateTimeField(null=True, blank=True, editable=False, help_text=_("Empty: nothing to do."))
    attempts = models.PositiveIntegerField(default=0, editable=False)
    lease_no = models.PositiveBigIntegerField(default=0, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True, default="", editable=False)

    class Meta:
        abstract = True


class InsertOnly(pgtrigger.Protect):
    """History that nobody rewrites: not even bulk SQL of the application."""

    def __init__(self) -> None:
        super().__init__(name="insert_only", operation=pgtrigger.Update | pgtrigger.Delete)


class Transition(TenantModel):
    """One change of state of one row: what the state column says, with who, when and why."""

    subject_type = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    seq = models.PositiveIntegerField()
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.CharField(max_length=100)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_id", "seq"], name="transition_once")]
        triggers = [InsertOnly()]


class Audit(TenantModel):
    """Who did what to which row, written in the transaction of the change. No content, no secrets."""

    at = models.DateTimeField(_("when"), db_index=True)
    by = models.CharField(_("by whom"), max_length=100)
    action = models.CharField(_("action"), max_length=60)
    subject_type = models.CharField(_("kind of row"), max_length=60)
    subject_id = models.UUIDField(_("row"))
    data = models.JSONField(_("data"), default=dict)

    class Meta:
        verbose_name = _("audit row")
        verbose_name_plural = _("audit trail")
        indexes = [models.Index(fields=["subject_id", "at"], name="audit_subject")]
        triggers = [InsertOnly()]


class TenantKey(TenantModel):
    """The data key of one tenant, wrapped by the installation's keys."""

    wrapped = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner_id"], name="tenant_key_once")]


class CallOutcome(models.TextChoices):
    """What we know of a call's effect at Meta (reliability rule 2.5)."""

    OPEN = "", _("under way or unknown")
    NOT_DONE = "NOT_DONE", _("not done for certain")
    DEFINITE = "DEFINITE", _("answered")
    UNKNOWN = "UNKNOWN", _("unknown")


class GraphCall(TenantModel):
    """The intent to change something at Meta, committed before the first byte is sent."""

    work_id = models.UUIDField(help_text=_("The work row this attempt belongs to."))
    lease_no = models.PositiveBigIntegerField()
    operation = models.CharField(max_length=40)
    target = models.CharField(
        max_length=64, blank=True, help_text=_("Meta's id of the object that is changed.")
    )
    phone_number_id = models.CharField(max_length=32, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=CallOutcome.choices, blank=True, default="")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    code = models.PositiveIntegerField(null=True, blank=True)
    subcode = models.PositiveIntegerField(null=True, blank=True)
    fbtrace_id = models.CharField(max_length=64, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner_id", "phone_number_id"],
                condition=models.Q(finished_at=None) & ~models.Q(phone_number_id=""),
                name="one_call_in_flight_per_number",
            )
        ]
        indexes = [
            models.Index(fields=["work_id", "started_at"], name="graphcall_work"),
            models.Index(fields=["phone_number_id", "operation", "started_at"], name="graphcall_budget"),
        ]

    @property
    def succeeded(self) -> bool:
        return self.outcome == CallOutcome.DEFINITE and self.code is None


class Limit(models.Model):
    """One of Meta's limits, seeded from limits.csv; an operator may change the value, never the code."""

    name = models.CharField(_("name"), max_length=80, primary_key=True)
    value = models.CharField(_("value"), max_length=300, blank=True)
    unit = models.CharField(_("unit"), max_length=120, blank=True)
    applies_to = models.CharField(_("applies to"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    as_of = models.CharField(_("as of"), max_length=20, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    seeded_value = models.CharField(_("first value"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SandboxClock(models.Model):
    """How far the present is moved; one row, read only where the sandbox is on."""

    moved_by = models.DurationField()


class Pulse(models.Model):
    """When a sweep ran or a worker's consuming loop last turned."""

    name = models.CharField(max_length=120, primary_key=True)
    at = models.DateTimeField()


class DatabaseIdentity(models.Model):
    """Which database this was when last looked at; another one means a restore or a failover happened."""

    system_identifier = models.CharField(max_length=30)
    timeline = models.PositiveIntegerField()
    changed_at = models.DateTimeField(null=True)
