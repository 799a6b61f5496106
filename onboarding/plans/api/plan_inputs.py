"""What the API takes for migration plans and their numbers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from onboarding.documents import ONBOARDING, LocalTime, example
from onboarding.models import DecisionKey, Path, PlanNoticeKind, Risk, WishKind
from onboarding.plans.api.plan_documents import PLAN
from portal.kernel.api import Body
from portal.kernel.fields import meta_id_validator

NEW_PLAN = {"customer": ONBOARDING["customer"], "path": "ONPREM_TO_CLOUD", "priority": 2, "risk": "LOW"}
ANSWERS: dict[str, Any] = {"answers": {"peak_mps": 20, "daily_volume": 4000, "requires_gdpr": True}}
MOST_ANSWERS = 100


class PlanFields(Body):
    """What may be changed until the plan begins."""

    owner = serializers.EmailField(
        required=False, allow_null=True, help_text="The e-mail of a member of the partner."
    )
    priority = serializers.IntegerField(required=False, min_value=1, max_value=5)
    risk = serializers.ChoiceField(Risk.choices, required=False)
    moves_from = LocalTime(required=False, help_text="In the customer's time zone.")
    moves_until = LocalTime(required=False)


@extend_schema_serializer(component_name="MigrationPlanInput", examples=[example(NEW_PLAN, request=True)])
class PlanInput(PlanFields):
    """A new plan."""

    customer = serializers.UUIDField(help_text="The `id` of the customer.")
    path = serializers.ChoiceField(Path.choices)
    app_id = serializers.CharField(
        required=False,
        validators=[meta_id_validator],
        help_text="Meta's id of your app; needed only if you have several.",
    )


@extend_schema_serializer(
    component_name="MigrationPlanChange", examples=[example({"priority": 1}, request=True)]
)
class PlanChange(PlanFields):
    """Only what is named is changed."""


@extend_schema_serializer(component_name="PlanReason")
class ReasonInput(Body):
    """Why."""

    reason = serializers.CharField(max_length=300)


@extend_schema_serializer(component_name="PlanAnswers", examples=[example(ANSWERS, request=True)])
class AnswersInput(Body):
    """Answers by the key of their question; null takes one back."""

    answers = serializers.DictField(child=serializers.JSONField(allow_null=True))

    def validate_answers(self, value: dict[str, Any]) -> dict[str, Any]:
        if len(value) > MOST_ANSWERS:
            raise serializers.ValidationError("Too many answers.", code="max_length")
        return value


@extend_schema_serializer(
    component_name="PlanWishInput",
    examples=[example({"kind": "NOT_BEFORE", "day": "2026-12-07", "reason": "Fair"}, request=True)],
)
class WishInput(Body):
    """On which days the customer does or does not want to move."""

    kind = serializers.ChoiceField(WishKind.choices)
    day = serializers.DateField()
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


@extend_schema_serializer(component_name="PlanWishReference")
class WishReference(Body):
    """One of the plan's wishes."""

    wish = serializers.UUIDField()


@extend_schema_serializer(
    component_name="PlanDependencyInput", examples=[example({"after": PLAN["id"]}, request=True)]
)
class DependencyInput(Body):
    """The plan that moves on an earlier day."""

    after = serializers.UUIDField()


@extend_schema_serializer(
    component_name="PlanDecisionInput",
    examples=[
        example({"key": "INFORM", "choice": True, "text_name": "move", "days_before": 14}, request=True)
    ],
)
class DecisionInput(Body):
    """A decision; each key has fields of its own."""

    key = serializers.ChoiceField(DecisionKey.choices)
    choice = serializers.BooleanField()
    note = serializers.CharField(max_length=500, required=False, allow_blank=True)
    text_name = serializers.CharField(max_length=60, required=False, help_text="INFORM: the approved texts.")
    days_before = serializers.IntegerField(min_value=0, max_value=365, required=False, help_text="INFORM.")
    url = serializers.URLField(required=False, help_text="DOCUMENTATION: where it is.")
    hosting_cost_saved = serializers.DecimalField(10, 2, required=False, help_text="PRICE: a month.")
    price_before = serializers.DecimalField(10, 2, required=False, help_text="PRICE: a month.")
    price_after = serializers.DecimalField(10, 2, required=False, help_text="PRICE: a month.")
    effective_from = serializers.DateField(required=False, help_text="PRICE.")


@extend_schema_serializer(
    component_name="PlanNoticeInput", examples=[example({"kind": "ANNOUNCEMENT"}, request=True)]
)
class NoticeInput(Body):
    """Which letter to show."""

    kind = serializers.ChoiceField(PlanNoticeKind.choices)
    language = serializers.ChoiceField(
        settings.LANGUAGES, required=False, help_text="Default: the customer's."
    )


class NumberFields(Body):
    """What is known of a number before it moves."""

    is_test_number = serializers.BooleanField(required=False, help_text="Moves first; the others wait.")
    daily_volume = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=10**9)
    locked_until = serializers.DateField(required=False, allow_null=True)
    source_waba_id = serializers.CharField(
        required=False, allow_blank=True, validators=[meta_id_validator], help_text="Meta's id."
    )
    destination_waba = serializers.UUIDField(
        required=False, allow_null=True, help_text="The `id` of the WABA that the number moves to."
    )


@extend_schema_serializer(
    component_name="PlanNumberInput",
    examples=[example({"display_phone_number": "+39 06 9876 5432", "is_test_number": True}, request=True)],
)
class NumberInput(NumberFields):
    """A number of the plan."""

    display_phone_number = serializers.CharField(max_length=30, help_text="With + and country code.")


@extend_schema_serializer(
    component_name="PlanNumberChange", examples=[example({"daily_volume": 900}, request=True)]
)
class NumberChange(NumberFields):
    """Only what is named is changed."""


@extend_schema_serializer(
    component_name="PlanCheckConfirmation",
    examples=[example({"key": "media", "note": "Giulia uploaded them again"}, request=True)],
)
class ConfirmationInput(Body):
    """A check that Meta cannot be asked about, confirmed by a person."""

    key = serializers.CharField(max_length=30)
    note = serializers.CharField(max_length=300, help_text="Who saw what.")


@extend_schema_serializer(
    component_name="OnPremisesClientInput",
    examples=[
        example(
            {"base_url": "https://wa.aurora.example:9090", "username": "admin", "password": "…"},
            request=True,
        )
    ],
)
class ClientInput(Body):
    """Where the On-Premises client of the number answers. The password is stored sealed and never shown."""

    base_url = serializers.CharField(max_length=200)
    username = serializers.CharField(max_length=60, default="admin")
    password = serializers.CharField(max_length=200, trim_whitespace=False)


@extend_schema_serializer(component_name="PlanBackupInput")
class BackupInput(Body):
    """A backup that the customer made: `settings.data` of the answer, and the password that was chosen."""

    data = serializers.CharField(max_length=200_000)  # type: ignore[assignment]
    password = serializers.CharField(max_length=200, trim_whitespace=False)


@extend_schema_serializer(component_name="PinInput", examples=[example({"pin": "123456"}, request=True)])
class PinInput(Body):
    """The two-step verification PIN of the number. Stored sealed and never shown."""

    pin = serializers.RegexField(r"^[0-9]{6}$")
