"""Messages in and out, and the customer service window."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.fields import TenantForeignKey
from portal.kernel.models import TenantModel, WorkRow
from tenants.models import Customer, PhoneNumber


class Direction(models.TextChoices):
    INBOUND = "INBOUND", _("from the consumer")
    OUTBOUND = "OUTBOUND", _("to the consumer")


class MessageStatus(models.TextChoices):
    """Where a message is. An outbound one never goes back: accepted < sent < delivered < read < played."""

    RECEIVED = "RECEIVED", _("received")
    QUEUED = "QUEUED", _("queued")
    UNCONFIRMED = "UNCONFIRMED", _("sent, no answer")
    ACCEPTED = "ACCEPTED", _("accepted")
    SENT = "SENT", _("sent")
    DELIVERED = "DELIVERED", _("delivered")
    READ = "READ", _("read")
    PLAYED = "PLAYED", _("played")
    FAILED = "FAILED", _("failed")


# A status may only replace one with a smaller rank; FAILED is final and replaces all but a proof of delivery.
STATUS_RANK = {
    MessageStatus.QUEUED: 0,
    MessageStatus.UNCONFIRMED: 1,
    MessageStatus.ACCEPTED: 2,
    MessageStatus.SENT: 3,
    MessageStatus.DELIVERED: 4,
    MessageStatus.READ: 5,
    MessageStatus.PLAYED: 6,
    MessageStatus.FAILED: 7,
}


class Message(WorkRow):
    """One message. Outbound rows are work until Meta has them; an unknown outcome is never repeated."""

    WORK_TASK = "messaging.send"
    WORK_QUEUE = "outbound"

    customer = TenantForeignKey(Customer, null=True, blank=True, verbose_name=_("customer"))
    phone_number = TenantForeignKey(PhoneNumber, related_name="messages", verbose_name=_("phone number"))
    direction = models.CharField(_("direction"), max_length=8, choices=Direction.choices)
    wa_id = models.CharField(_("consumer"), max_length=140)
    wamid = models.CharField(max_length=128, null=True, blank=True)
    message_type = models.CharField(_("type"), max_length=30)
    payload = models.JSONField(
        _("Meta's message object"), default=dict, help_text=_("Meta's message object.")
    )
    status = models.CharField(_("status"), max_length=12, choices=MessageStatus.choices)
    code = models.PositiveIntegerField(_("code"), null=True, blank=True)
    fbtrace_id = models.CharField(_("reference"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created"))
    created_by = models.CharField(_("created by"), max_length=100)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["partner_id", "wamid"],
                condition=models.Q(wamid__isnull=False),
                name="message_wamid_once",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="message_due"),
            models.Index(fields=["phone_number", "-created_at"], name="message_newest"),
        ]


class CustomerServiceWindow(TenantModel):
    """24 hours from a consumer's last message, in which free-form messages may be sent to them."""

    customer = TenantForeignKey(Customer, null=True, blank=True)
    phone_number = TenantForeignKey(PhoneNumber, related_name="service_windows")
    wa_id = models.CharField(max_length=140)
    last_inbound_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["phone_number", "wa_id"], name="service_window_once")]
