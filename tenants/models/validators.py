"""What a person may type into the fields that something else relies on."""

from __future__ import annotations

import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from portal.kernel.models import Limit

validate_colour = RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", _("Write a colour such as #0b6e4f."))


def validate_time_zone(value: str) -> None:
    """Refuse a zone that dates cannot be told in."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("This is not a time zone such as Europe/Rome."), code="time_zone")


def validate_region(value: str) -> None:
    """Refuse a region in which Meta does not store data."""
    known = Limit.objects.filter(pk="data_localization_regions").values_list("value", flat=True).first() or ""
    if value not in known.split():
        message = _("Meta stores data in these regions: %(known)s.")
        raise ValidationError(message, code="region", params={"known": known})
