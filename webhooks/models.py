"""What Meta sent: the bytes as they came, then the changes in them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.fields import MetaIdField, TenantForeignKey
from portal.kernel.models import TenantModel, WorkRow


class Payload(WorkRow):
    """One accepted POST: signed by the app's secret, stored before Meta got its 200."""

    WORK_TASK = "webhooks.process"
    WORK_QUEUE = "inbound"

    app_id = MetaIdField(_("app id"), blank=False)
    body = models.BinaryField(editable=False)
    digest = models.CharField(_("digest"), max_length=64)
    received_at = models.DateTimeField(_("received"))
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)
    is_garbage = models.BooleanField(
        _("unreadable"), default=False, help_text=_("Signed by Meta, yet not a payload we can read.")
    )

    class Meta:
        verbose_name = _("payload")
        verbose_name_plural = _("payloads")
        constraints = [models.UniqueConstraint(fields=["partner_id", "digest"], name="payload_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="payload_due")
        ]


class ChangeState(models.TextChoices):
    PENDING = "PENDING", _("to do")
    DONE = "DONE", _("done")
    IGNORED = "IGNORED", _("kept without effect")
    QUARANTINED = "QUARANTINED", _("for an asset we do not know")
    FAILED = "FAILED", _("failed")


class Change(TenantModel):
    """One change of one entry, once: `key` is Meta's own key of what it tells."""

    payload = TenantForeignKey(
        Payload, on_delete=models.CASCADE, related_name="changes", verbose_name=_("payload")
    )
    key = models.CharField(_("key"), max_length=200)
    field = models.CharField(_("field"), max_length=60)
    entry_id = MetaIdField(_("entry"))
    entry_time = models.DateTimeField(_("Meta's time"), null=True, blank=True)
    value = models.JSONField(_("value"))
    state = models.CharField(
        _("state"), max_length=12, choices=ChangeState.choices, default=ChangeState.PENDING
    )
    error = models.CharField(_("error"), max_length=500, blank=True)
    received_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        constraints = [models.UniqueConstraint(fields=["partner_id", "key"], name="change_once")]
        indexes = [models.Index(fields=["partner_id", "field", "-received_at"], name="change_newest")]

    @property
    def phone_number_id(self) -> str:
        """The number a change of the messages family is about; empty for other fields."""
        metadata = self.value.get("metadata")
        return str(metadata.get("phone_number_id") or "") if isinstance(metadata, dict) else ""

    @property
    def waba_id(self) -> str:
        """The account a change is about; entry.id is the partner's own portfolio in events about partners."""
        info = self.value.get("waba_info")
        return str(info.get("waba_id") or "") if isinstance(info, dict) else self.entry_id
