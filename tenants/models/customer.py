"""A business customer of the partner."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.kernel.models import TenantModel
from tenants.models.validators import validate_time_zone


class Customer(TenantModel):
    """The business that will send and receive messages."""

    name = models.CharField(_("name"), max_length=100)
    contact_name = models.CharField(_("contact person"), max_length=100, blank=True)
    contact_email = models.EmailField(_("contact e-mail"))
    language = models.CharField(
        _("language"), max_length=5, choices=[("en", _("English")), ("it", _("Italian"))], default="it"
    )
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="Europe/Rome", validators=[validate_time_zone]
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        choices=[(code, code) for code in ("AUD", "EUR", "GBP", "IDR", "INR", "USD")],
        help_text=_("In which the shared credit line is billed; it cannot be changed later."),
    )
    website = models.URLField(_("website"), blank=True)
    external_id = models.CharField(_("your reference"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created"), editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner_id", "external_id"],
                condition=~models.Q(external_id=""),
                name="customer_external_id_once",
            )
        ]

    def __str__(self) -> str:
        return self.name
