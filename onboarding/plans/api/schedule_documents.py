"""What the API shows of schedules of waves, and what it takes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from onboarding.documents import LocalTime, example
from onboarding.models import WaveSchedule
from onboarding.plans.api.plan_documents import PLAN, WISH
from onboarding.states import ScheduleState
from portal.kernel.api import Body

RULES: dict[str, Any] = {
    "numbers_per_day": 40,
    "customers_per_day": 20,
    "signups_per_week": 10,
    "high_risk_per_day": 2,
    "minutes_per_number": 15,
    "weekdays": [1, 2, 3, 4, 5],
    "works_from": "08:00",
    "works_until": "18:00",
    "time_zone": "Europe/Rome",
    "blackouts": ["2026-12-24"],
    "seed": 1,
}
SCHEDULE: dict[str, Any] = {
    "id": "01985d50-11bb-7f0e-8d7e-3a4b5c6d7e8f",
    "name": "December",
    "state": "SOLVED",
    "is_being_solved": False,
    "base": None,
    "first_day": "2026-12-01",
    "last_day": "2027-01-29",
    **RULES,
    "dropped_wishes": [],
    "result": {"last_day": "2026-12-11", "waves": 6, "customers": 9, "numbers": 21, "is_optimal": True},
    "conflict": [],
    "wish_costs": {WISH["id"]: {"days": 2, "moved": 0, "weighted_days": 14}},
    "seconds": 0.4,
    "solved_at": "2026-11-22T09:00:00Z",
    "applied_at": None,
    "created_at": "2026-11-22T09:00:00Z",
    "created_by": "key:4rTq8ZbY0mKc",
}
SLOT = {
    "plan": PLAN["id"],
    "customer": PLAN["customer"],
    "wave": 1,
    "day": "2026-12-01",
    "starts_at": "2026-12-01T07:00:00Z",
    "ends_at": "2026-12-01T07:45:00Z",
}


@extend_schema_serializer(component_name="WaveSlot", examples=[example(SLOT)])
class SlotDocument(serializers.Serializer[Any]):
    """When one plan moves."""

    plan = serializers.UUIDField(source="plan_id")
    customer = serializers.UUIDField(source="plan.customer_id")
    wave = serializers.IntegerField(help_text="A wave is a day on which somebody moves, counted from 1.")
    day = serializers.DateField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class RulesDocument(serializers.Serializer[Any]):
    """What the partner can do in a day, and when."""

    numbers_per_day = serializers.IntegerField()
    customers_per_day = serializers.IntegerField()
    signups_per_week = serializers.IntegerField(help_text="New customers in any 7 days.")
    high_risk_per_day = serializers.IntegerField()
    minutes_per_number = serializers.IntegerField()
    weekdays = serializers.ListField(child=serializers.IntegerField(), help_text="1 is Monday.")
    works_from = LocalTime()
    works_until = LocalTime()
    time_zone = serializers.CharField()
    blackouts = serializers.ListField(child=serializers.DateField(), help_text="Nobody moves on these days.")
    seed = serializers.IntegerField(help_text="The same seed gives the same proposal.")


@extend_schema_serializer(component_name="WaveSchedule", examples=[example(SCHEDULE)])
class ScheduleDocument(RulesDocument):
    """The rules of a proposal and its result; a copy of one is a what-if."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(ScheduleState.choices)
    is_being_solved = serializers.SerializerMethodField()
    base = serializers.UUIDField(source="base_id", allow_null=True, help_text="The schedule it is a copy of.")
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    dropped_wishes = serializers.ListField(child=serializers.UUIDField())
    result = serializers.DictField()
    conflict = serializers.ListField(
        child=serializers.DictField(),
        help_text="If INFEASIBLE: without any one of these, the others could be met.",
    )
    wish_costs = serializers.DictField(help_text="By wish: how much better the best schedule without it is.")
    seconds = serializers.FloatField(allow_null=True)
    solved_at = serializers.DateTimeField(allow_null=True)
    applied_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()

    @extend_schema_field(bool)
    def get_is_being_solved(self, schedule: WaveSchedule) -> bool:
        return schedule.state == ScheduleState.DRAFT and schedule.due_at is not None


class FiguresDocument(serializers.Serializer[Any]):
    """A schedule in numbers."""

    first_move = serializers.DateField(allow_null=True)
    last_move = serializers.DateField(allow_null=True)
    waves = serializers.IntegerField()
    customers = serializers.IntegerField()
    numbers = serializers.IntegerField()
    most_numbers_a_day = serializers.IntegerField()
    weighted_days = serializers.IntegerField(allow_null=True)
    is_optimal = serializers.BooleanField(allow_null=True)
    wishes_left_out = serializers.IntegerField()


class ChangedPlanDocument(serializers.Serializer[Any]):
    """A plan that moves at another time, or only in one of the two."""

    plan = serializers.UUIDField(source="plan.id")
    before = SlotDocument(allow_null=True)
    after = SlotDocument(allow_null=True)
    days = serializers.IntegerField(allow_null=True, help_text="How many days later.")
    told_start_at = serializers.DateTimeField(allow_null=True)
    must_correct = serializers.BooleanField(help_text="The customer was told what would no longer be true.")


@extend_schema_serializer(component_name="ScheduleComparison")
class ComparisonDocument(serializers.Serializer[Any]):
    """What would be different with this schedule instead of the other one."""

    before = FiguresDocument()
    after = FiguresDocument()
    days_saved = serializers.IntegerField(allow_null=True)
    changes = ChangedPlanDocument(many=True)
    unchanged = serializers.IntegerField()


class RulesInput(Body):
    """Rules; what is left out keeps the partner's and Meta's."""

    numbers_per_day = serializers.IntegerField(required=False, min_value=1, max_value=100_000)
    customers_per_day = serializers.IntegerField(required=False, min_value=1, max_value=100_000)
    signups_per_week = serializers.IntegerField(required=False, min_value=1, max_value=100_000)
    high_risk_per_day = serializers.IntegerField(required=False, min_value=0, max_value=100_000)
    minutes_per_number = serializers.IntegerField(required=False, min_value=1, max_value=1_440)
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7), required=False, min_length=1, max_length=7
    )
    works_from = LocalTime(required=False)
    works_until = LocalTime(required=False)
    time_zone = serializers.CharField(required=False, max_length=50)
    blackouts = serializers.ListField(child=serializers.DateField(), required=False, max_length=1_000)
    seed = serializers.IntegerField(required=False, min_value=0, max_value=100_000)


@extend_schema_serializer(
    component_name="WaveScheduleInput",
    examples=[
        example({"name": "December", "first_day": "2026-12-01", "last_day": "2027-01-29"}, request=True)
    ],
)
class ScheduleInput(RulesInput):
    """A new schedule; it is solved at once."""

    name = serializers.CharField(max_length=100)
    first_day = serializers.DateField()
    last_day = serializers.DateField()


@extend_schema_serializer(
    component_name="WaveScheduleChange", examples=[example({"numbers_per_day": 60}, request=True)]
)
class ScheduleChange(ScheduleInput):
    """Only what is named is changed; the schedule is solved again."""


@extend_schema_serializer(
    component_name="WaveScheduleCopy", examples=[example({"name": "What if 60 a day"}, request=True)]
)
class CopyInput(Body):
    """The name of the copy."""

    name = serializers.CharField(max_length=100)


@extend_schema_serializer(component_name="ScheduleWish")
class WishInput(Body):
    """A wish of any plan."""

    wish = serializers.UUIDField()


@extend_schema_serializer(component_name="ScheduleReference")
class OtherInput(Body):
    """Another schedule."""

    other = serializers.UUIDField(help_text="The `id` of the schedule that is in force, or any other one.")
