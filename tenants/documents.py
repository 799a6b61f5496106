"""What the API shows of customers and their assets, and what it takes."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from portal.kernel.api import Body
from tenants.models import Customer, PhoneNumber, Waba

CUSTOMER = {
    "id": "01985d2e-8f3a-7c61-9d0b-4f6f0c1f2a11",
    "name": "Panificio Aurora",
    "contact_name": "Giulia Ferri",
    "contact_email": "giulia@aurora.example",
    "language": "it",
    "time_zone": "Europe/Rome",
    "currency": "EUR",
    "website": "https://aurora.example",
    "external_id": "crm-1042",
    "created_at": "2026-11-22T09:00:00Z",
}
WABA = {
    "id": "01985d31-07be-7d55-8b3c-1c2f30a4d9e2",
    "customer": CUSTOMER["id"],
    "business_id": "506914307656634",
    "waba_id": "102290129340398",
    "name": "Panificio Aurora",
    "currency": "EUR",
    "timezone_id": "71",
    "message_template_namespace": "ba30dd89_2ebd_41e4_b805_f2c05ae04cc9",
    "account_review_status": "APPROVED",
    "primary_funding_id": "1972385232742146",
    "subscribed_at": "2026-11-22T09:04:10Z",
    "shared_at": "2026-11-22T09:04:08Z",
    "removed_at": None,
}
PHONE_NUMBER = {
    "id": "01985d31-0a41-7b02-a1c5-6f0d92c1b7f4",
    "customer": CUSTOMER["id"],
    "waba": WABA["id"],
    "waba_id": WABA["waba_id"],
    "phone_number_id": "106540352242922",
    "display_phone_number": "+39 06 555 0142",
    "verified_name": "Panificio Aurora",
    "quality_rating": "GREEN",
    "code_verification_status": "VERIFIED",
    "platform_type": "CLOUD_API",
    "status": "CONNECTED",
    "throughput_level": "STANDARD",
    "name_status": "APPROVED",
    "new_name_status": "NONE",
    "account_mode": "LIVE",
    "is_pin_enabled": True,
    "is_official_business_account": False,
    "is_on_biz_app": False,
    "is_preverified_number": False,
    "last_onboarded_time": "2026-11-22T09:04:05Z",
    "messaging_limit_tier": "TIER_250",
    "portfolio_messaging_limit": "TIER_250",
    "data_localization_region": "",
    "refreshed_at": "2026-11-22T09:04:12Z",
    "registered_at": "2026-11-22T09:04:14Z",
}
ME = {
    "key": {
        "key_id": "4rTq8ZbY0mKc",
        "name": "CRM",
        "scopes": ["customers:read", "customers:write"],
        "expires_at": None,
    },
    "partner": {"id": "01985d2e-0000-7000-8000-000000000001", "name": "Nuvola Connect"},
}


def example(value: dict[str, Any], name: str = "Example", *, request: bool = False) -> OpenApiExample:
    """One example of a document, for answers unless said otherwise."""
    return OpenApiExample(name, value=value, request_only=request, response_only=not request)


def _choices(name: str) -> Any:
    field: Any = Customer._meta.get_field(name)
    return field.choices


def known_time_zone(name: str) -> None:
    """Refuse what is no time zone of the tz database."""
    if name not in zoneinfo.available_timezones():
        message = _("This is not a time zone such as Europe/Rome.")
        raise serializers.ValidationError(message, code="unknown_time_zone")


@extend_schema_serializer(component_name="Customer", examples=[example(CUSTOMER)])
class CustomerDocument(serializers.ModelSerializer[Customer]):
    """A business customer of the partner."""

    website = serializers.CharField(read_only=True, help_text="Empty if not known.")

    class Meta:
        model = Customer
        fields = read_only_fields = tuple(CUSTOMER)


CREATED = {key: CUSTOMER[key] for key in ("name", "contact_name", "contact_email", "external_id")}


@extend_schema_serializer(examples=[example(CREATED, request=True)])
class CustomerInput(Body):
    """What is known of a customer before it connects."""

    name = serializers.CharField(max_length=100)
    contact_email = serializers.EmailField(max_length=254, help_text="Where invitations and reminders go.")
    contact_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    language = serializers.ChoiceField(
        _choices("language"), required=False, help_text="Of the customer's page and e-mails; default it."
    )
    time_zone = serializers.CharField(
        max_length=50, required=False, validators=[known_time_zone], help_text="As Europe/Rome, the default."
    )
    currency = serializers.ChoiceField(
        _choices("currency"),
        required=False,
        help_text="In which the shared credit line is billed; default EUR, cannot be changed later.",
    )
    website = serializers.URLField(max_length=200, required=False, allow_blank=True)
    external_id = serializers.CharField(
        max_length=100, required=False, allow_blank=True, help_text="Your own reference; unique if not empty."
    )


@extend_schema_serializer(examples=[example({"contact_email": "nuova@aurora.example"}, request=True)])
class CustomerChange(CustomerInput):
    """The fields to change; the others stay."""

    currency = None  # type: ignore[assignment]


@extend_schema_serializer(component_name="Waba", examples=[example(WABA)])
class WabaDocument(serializers.ModelSerializer[Waba]):
    """A WhatsApp Business Account; names and values are Meta's."""

    customer = serializers.UUIDField(
        source="customer_id", read_only=True, allow_null=True, help_text="Null: the partner's own."
    )
    business_id = serializers.CharField(
        source="business_manager.business_id", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = Waba
        fields = read_only_fields = tuple(WABA)


@extend_schema_serializer(component_name="PhoneNumber", examples=[example(PHONE_NUMBER)])
class PhoneNumberDocument(serializers.ModelSerializer[PhoneNumber]):
    """A business phone number; names and values are Meta's. `platform_type` CLOUD_API: it is registered."""

    customer = serializers.UUIDField(
        source="customer_id", read_only=True, allow_null=True, help_text="Null: the partner's own."
    )
    waba = serializers.UUIDField(source="waba.id", read_only=True)
    waba_id = serializers.CharField(source="waba.waba_id", read_only=True, help_text="Meta's id of the WABA.")

    class Meta:
        model = PhoneNumber
        fields = read_only_fields = tuple(PHONE_NUMBER)


class KeyDocument(serializers.Serializer[Any]):
    """The key of the request."""

    key_id = serializers.CharField(help_text="The part of the key that may be shown.")
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    expires_at = serializers.DateTimeField(allow_null=True)


class PartnerDocument(serializers.Serializer[Any]):
    """The partner whose data the key reaches."""

    id = serializers.UUIDField()
    name = serializers.CharField()


@extend_schema_serializer(component_name="Me", examples=[example(ME)])
class MeDocument(serializers.Serializer[Any]):
    """Who you are to us."""

    key = KeyDocument()
    partner = PartnerDocument()
