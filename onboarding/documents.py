"""What the API shows of onboardings, and what it takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from onboarding.models import Kind, Owner
from onboarding.services import CODE_METHODS
from onboarding.states import OnboardingState, StepState
from onboarding.steps.keys import StepKey
from portal.kernel.api import Body
from portal.kernel.fields import meta_id_validator

REQUIREMENT: dict[str, Any] = {
    "step": "token",
    "owner": "CUSTOMER",
    "reason": "sign_up",
    "title": "The customer connects its business",
    "explanation": "The link that was sent opens a page with one button.",
    "action": "Open the link and connect.",
    "deadline": None,
    "alternatives": [],
    "code": None,
    "subcode": None,
    "fbtrace_id": "",
}
STEP = {
    "key": "token",
    "title": "Connection with Meta",
    "state": "WAITING",
    "requirement": REQUIREMENT,
    "changed_at": "2026-11-22T09:00:00Z",
}
ONBOARDING = {
    "id": "01985d2f-11aa-7f0e-8d7e-3a4b5c6d7e8f",
    "kind": "EMBEDDED_SIGNUP",
    "state": "INVITED",
    "customer": "01985d2e-8f3a-7c61-9d0b-4f6f0c1f2a11",
    "app_id": "1245876540012345",
    "expected_business_id": "",
    "waba": None,
    "waba_id": None,
    "phone_number": None,
    "phone_number_id": None,
    "display_phone_number": None,
    "window": {"ends_at": None, "seconds_left": None, "is_over": False},
    "registration_attempts": {"used": 0, "allowed": 8, "free_at": None},
    "steps": [STEP],
    "requirements": [REQUIREMENT],
    "next_action": REQUIREMENT,
    "inbound_message": None,
    "test_message": None,
    "signed_up_at": None,
    "registered_at": None,
    "live_at": None,
    "created_at": "2026-11-22T09:00:00Z",
    "created_by": "key:4rTq8ZbY0mKc",
}
LINK = "https://portal.example/start/9zq3mC1s0lXy2bUe4kVd7nRw8aTfGh5jPiKoLmNbVcX"


def example(value: dict[str, Any], *, request: bool = False) -> OpenApiExample:
    """The example of a document."""
    return OpenApiExample("Example", value=value, request_only=request, response_only=not request)


@extend_schema_field({"type": "integer", "minimum": 0})
class Seconds(serializers.Field[timedelta, Any, int, Any]):
    """A length of time in whole seconds."""

    def to_representation(self, value: timedelta) -> int:
        return int(value.total_seconds())


@extend_schema_field({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "example": "08:00"})
class LocalTime(serializers.TimeField):
    """A time of day without a zone, which stands beside it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **options)


class RequirementDocument(serializers.Serializer[Any]):
    """What a step waits for: who must do what, why, and by when. Texts follow Accept-Language."""

    step = serializers.ChoiceField(StepKey.choices)
    owner = serializers.ChoiceField(Owner.choices, help_text="Who must act.")
    reason = serializers.CharField(help_text="Why, for programs; never changes.")
    title = serializers.CharField()
    explanation = serializers.CharField()
    action = serializers.CharField(help_text="What to do; empty if there is only waiting.")
    deadline = serializers.DateTimeField(allow_null=True)
    alternatives = serializers.ListField(child=serializers.CharField())
    code = serializers.IntegerField(allow_null=True, help_text="Meta's error code, if one is the cause.")
    subcode = serializers.IntegerField(allow_null=True)
    fbtrace_id = serializers.CharField(help_text="Meta's trace id, for a ticket with Meta.")


class StepDocument(serializers.Serializer[Any]):
    """One step of the journey."""

    key = serializers.ChoiceField(StepKey.choices)
    title = serializers.CharField()
    state = serializers.ChoiceField(StepState.choices)
    requirement = RequirementDocument(allow_null=True)
    changed_at = serializers.DateTimeField()


class WindowDocument(serializers.Serializer[Any]):
    """The registration window: 336 hours from the end of embedded signup, end exclusive."""

    ends_at = serializers.DateTimeField(source="window_ends_at", allow_null=True, help_text="In UTC.")
    seconds_left = Seconds(source="time_left", allow_null=True)
    is_over = serializers.BooleanField(source="window_over")


class AttemptsDocument(serializers.Serializer[Any]):
    """Calls to register or deregister within 72 hours; Meta blocks a number that makes too many."""

    used = serializers.IntegerField(source="attempts_used")
    allowed = serializers.IntegerField(source="attempts_allowed")
    free_at = serializers.DateTimeField(
        source="attempts_free_at", allow_null=True, help_text="When the next one is free, if none is left."
    )


@extend_schema_serializer(component_name="Onboarding", examples=[example(ONBOARDING)])
class OnboardingDocument(serializers.Serializer[Any]):
    """The journey of one number from an invitation to a delivered message."""

    id = serializers.UUIDField(source="onboarding.id")
    kind = serializers.ChoiceField(Kind.choices, source="onboarding.kind")
    state = serializers.ChoiceField(OnboardingState.choices)
    customer = serializers.UUIDField(source="onboarding.customer_id", allow_null=True)
    app_id = serializers.CharField(source="onboarding.app.app_id", help_text="Meta's id of the app.")
    expected_business_id = serializers.CharField(source="onboarding.expected_business_id")
    waba = serializers.UUIDField(source="onboarding.waba_id", allow_null=True)
    waba_id = serializers.CharField(
        source="waba.waba_id", allow_null=True, default=None, help_text="Meta's id."
    )
    phone_number = serializers.UUIDField(source="onboarding.phone_number_id", allow_null=True)
    phone_number_id = serializers.CharField(
        source="phone_number.phone_number_id", allow_null=True, default=None, help_text="Meta's id."
    )
    display_phone_number = serializers.CharField(
        source="phone_number.display_phone_number", allow_null=True, default=None
    )
    window = WindowDocument(source="*")
    registration_attempts = AttemptsDocument(source="*")
    steps = StepDocument(many=True)
    requirements = RequirementDocument(many=True)
    next_action = RequirementDocument(allow_null=True)
    inbound_message = serializers.UUIDField(
        source="inbound.id", allow_null=True, default=None, help_text="The first message of a consumer."
    )
    test_message = serializers.UUIDField(source="onboarding.test_message_id", allow_null=True)
    signed_up_at = serializers.DateTimeField(source="onboarding.signed_up_at", allow_null=True)
    registered_at = serializers.DateTimeField(source="onboarding.registered_at", allow_null=True)
    live_at = serializers.DateTimeField(source="onboarding.live_at", allow_null=True)
    created_at = serializers.DateTimeField(source="onboarding.created_at")
    created_by = serializers.CharField(source="onboarding.created_by")


@extend_schema_serializer(component_name="Invitation", examples=[example({**ONBOARDING, "link": LINK})])
class InvitationDocument(OnboardingDocument):
    """A new onboarding with its link."""

    link = serializers.CharField(help_text="Opens the customer's page for 7 days. Shown this once.")


@extend_schema_serializer(component_name="Link", examples=[example({"link": LINK})])
class LinkDocument(serializers.Serializer[Any]):
    """A new link to the customer's page; older ones stopped working."""

    link = serializers.CharField(help_text="Opens the customer's page for 7 days. Shown this once.")


INVITED = {"customer": ONBOARDING["customer"], "send_email": True}


@extend_schema_serializer(examples=[example(INVITED, request=True)])
class InvitationInput(Body):
    """Whom to invite."""

    customer = serializers.UUIDField(help_text="The `id` of the customer.")
    app_id = serializers.CharField(
        required=False,
        validators=[meta_id_validator],
        help_text="Meta's id of your app; needed only if you have several.",
    )
    expected_business_id = serializers.CharField(
        required=False,
        allow_blank=True,
        validators=[meta_id_validator],
        help_text="If the customer must connect this portfolio: another one stops and asks.",
    )
    send_email = serializers.BooleanField(default=True, help_text="Send the link to the customer's e-mail.")


class OwnNumberInput(Body):
    """One of the partner's own numbers."""

    phone_number = serializers.UUIDField(help_text="The `id` of the number; its WABA has no customer.")
    app_id = serializers.CharField(
        required=False, validators=[meta_id_validator], help_text="As for invitations."
    )


class LinkInput(Body):
    """How the new link travels."""

    send_email = serializers.BooleanField(default=True, help_text="Send the link to the customer's e-mail.")


class CancelInput(Body):
    """Why it ends."""

    reason = serializers.CharField(max_length=300)


@extend_schema_serializer(examples=[example({"method": "SMS", "language": "it_IT"}, request=True)])
class CodeRequestInput(Body):
    """How Meta sends the code."""

    method = serializers.ChoiceField(CODE_METHODS)
    language = serializers.RegexField(r"^[a-z]{2,3}(_[A-Z]{2})?$", help_text="Of the message, as it_IT.")


@extend_schema_serializer(examples=[example({"code": "123456"}, request=True)])
class CodeInput(Body):
    """The code that the number received."""

    code = serializers.RegexField(r"^[0-9]{3}[- ]?[0-9]{3}$", help_text="Six digits.")


class NothingInput(Body):
    """No fields."""
