"""What the API shows of migration plans and their numbers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from onboarding.documents import ONBOARDING, REQUIREMENT, LocalTime, RequirementDocument, Seconds, example
from onboarding.models import (
    CheckResult,
    DecisionKey,
    Owner,
    Path,
    PlanNoticeKind,
    Recommendation,
    Risk,
    WishKind,
)
from onboarding.plans.needs import Need
from onboarding.plans.queries import LineView, PlanView
from onboarding.states import LineState, PlanState

REQUIRED = {**REQUIREMENT, "step": "", "owner": "STAFF", "reason": "date_missing", "numbers": []}
WISH = {
    "id": "01985d40-22cc-7a10-9b1e-0a1b2c3d4e5f",
    "kind": "NOT_BEFORE",
    "day": "2026-12-07",
    "reason": "Black Friday week",
    "created_by": "key:4rTq8ZbY0mKc",
}
NUMBER = {
    "id": "01985d40-33dd-7b21-8c2f-1b2c3d4e5f60",
    "plan": "01985d40-11bb-7f0e-8d7e-3a4b5c6d7e8f",
    "position": 1,
    "state": "PENDING",
    "display_phone_number": "+390698765432",
    "phone_number": None,
    "is_test_number": True,
    "daily_volume": 120,
    "locked_until": None,
    "source_waba_id": "102290129340398",
    "destination_waba": None,
    "onboarding": None,
    "rollback": None,
    "requirement": None,
    "checks": [],
    "backup": None,
    "downtime_seconds": None,
    "is_down": False,
    "passed_no_return_at": None,
    "moved_at": None,
    "report": None,
}
PLAN = {
    "id": NUMBER["plan"],
    "customer": ONBOARDING["customer"],
    "path": "ONPREM_TO_CLOUD",
    "state": "ASSESSED",
    "app_id": ONBOARDING["app_id"],
    "owner": "anna@nuvola.example",
    "priority": 2,
    "risk": "LOW",
    "recommendation": "MOVE_NOW",
    "wave": None,
    "planned_start_at": None,
    "planned_end_at": None,
    "started_at": None,
    "ended_at": None,
    "paused_at": None,
    "is_late": False,
    "moves_from": "08:00",
    "moves_until": "18:00",
    "requirements": [REQUIRED],
    "numbers": [NUMBER],
    "wishes": [WISH],
    "moves_after": [],
    "decisions": [],
    "notices": [],
    "created_at": "2026-11-22T09:00:00Z",
    "created_by": "key:4rTq8ZbY0mKc",
}


@extend_schema_serializer(component_name="PlanRequirement")
class NeedDocument(serializers.Serializer[Any]):
    """What stops the plan: who must do what, why, by when, and which of its numbers it stops."""

    step = serializers.CharField(source="requirement.step", help_text="Empty: it is of the plan itself.")
    owner = serializers.ChoiceField(Owner.choices, source="requirement.owner", help_text="Who must act.")
    reason = serializers.CharField(source="requirement.reason", help_text="Why, for programs; never changes.")
    title = serializers.CharField(source="requirement.title")
    explanation = serializers.CharField(source="requirement.explanation")
    action = serializers.CharField(source="requirement.action")
    deadline = serializers.DateTimeField(source="requirement.deadline", allow_null=True)
    alternatives = serializers.ListField(child=serializers.CharField(), source="requirement.alternatives")
    code = serializers.IntegerField(source="requirement.code", allow_null=True)
    subcode = serializers.IntegerField(source="requirement.subcode", allow_null=True)
    fbtrace_id = serializers.CharField(source="requirement.fbtrace_id")
    numbers = serializers.SerializerMethodField(help_text="Ids of the numbers it stops; none: all of them.")

    @extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}})
    def get_numbers(self, need: Need) -> list[str]:
        return [str(line.pk) for line in need.lines]


@extend_schema_serializer(component_name="PlanCheck")
class CheckDocument(serializers.Serializer[Any]):
    """One check before the move, with its evidence."""

    key = serializers.CharField()
    result = serializers.ChoiceField(CheckResult.choices)
    evidence = serializers.DictField()
    checked_at = serializers.DateTimeField()
    checked_by = serializers.CharField()


@extend_schema_serializer(component_name="PlanBackup")
class BackupDocument(serializers.Serializer[Any]):
    """That there is a backup; its content is never shown."""

    source = serializers.CharField(help_text="CLIENT or UPLOAD.")  # type: ignore[assignment]
    sha256 = serializers.CharField()
    taken_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(allow_null=True)
    wiped_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(component_name="MoveReport")
class ReportDocument(serializers.Serializer[Any]):
    """What the verifier found after the move."""

    proven = serializers.BooleanField(help_text="Whether every check passed.")
    facts = serializers.DictField()
    written_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="PlanNumber", examples=[example(NUMBER)])
class NumberDocument(serializers.Serializer[Any]):
    """One number of a plan: where it is, what it waits for, what was measured."""

    id = serializers.UUIDField(source="line.id")
    plan = serializers.UUIDField(source="line.plan_id")
    position = serializers.IntegerField(source="line.position", help_text="In which order numbers move.")
    state = serializers.ChoiceField(LineState.choices, source="line.state")
    display_phone_number = serializers.CharField(source="line.display_phone_number")
    phone_number = serializers.UUIDField(source="line.phone_number_id", allow_null=True)
    is_test_number = serializers.BooleanField(source="line.is_test_number")
    daily_volume = serializers.IntegerField(source="line.daily_volume", allow_null=True)
    locked_until = serializers.DateField(source="line.locked_until", allow_null=True)
    source_waba_id = serializers.CharField(source="line.source_waba_id")
    destination_waba = serializers.UUIDField(source="line.destination_waba_id", allow_null=True)
    onboarding = serializers.UUIDField(source="line.onboarding_id", allow_null=True)
    rollback = serializers.UUIDField(
        source="line.rollback_id", allow_null=True, help_text="The onboarding of the way back."
    )
    requirement = RequirementDocument(allow_null=True)
    checks = serializers.SerializerMethodField()
    backup = serializers.SerializerMethodField()
    downtime_seconds = Seconds(source="downtime", allow_null=True)
    is_down = serializers.BooleanField()
    passed_no_return_at = serializers.DateTimeField(source="line.passed_no_return_at", allow_null=True)
    moved_at = serializers.DateTimeField(source="line.moved_at", allow_null=True)
    report = serializers.SerializerMethodField()

    def _details(self, view: LineView) -> Any:
        return self.context["details"][view.line.pk]

    @extend_schema_field(CheckDocument(many=True))
    def get_checks(self, view: LineView) -> Any:
        return CheckDocument(self._details(view).checks, many=True).data

    @extend_schema_field(BackupDocument(allow_null=True))
    def get_backup(self, view: LineView) -> Any:
        found = self._details(view).backup
        return BackupDocument(found).data if found is not None else None

    @extend_schema_field(ReportDocument(allow_null=True))
    def get_report(self, view: LineView) -> Any:
        found = self._details(view).report
        return ReportDocument(found).data if found is not None else None


@extend_schema_serializer(component_name="PlanWish")
class WishDocument(serializers.Serializer[Any]):
    """What the customer wants of the calendar."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(WishKind.choices)
    day = serializers.DateField()
    reason = serializers.CharField()
    created_by = serializers.CharField()


@extend_schema_serializer(component_name="PlanDecision")
class DecisionDocument(serializers.Serializer[Any]):
    """One decision with who took it; fields that another decision has are empty."""

    key = serializers.ChoiceField(DecisionKey.choices)
    choice = serializers.BooleanField()
    text_name = serializers.CharField()
    days_before = serializers.IntegerField(allow_null=True)
    url = serializers.CharField()
    hosting_cost_saved = serializers.DecimalField(10, 2, allow_null=True)
    price_before = serializers.DecimalField(10, 2, allow_null=True)
    price_after = serializers.DecimalField(10, 2, allow_null=True)
    effective_from = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    decided_at = serializers.DateTimeField()
    decided_by = serializers.CharField()


@extend_schema_serializer(component_name="PlanNotice")
class NoticeDocument(serializers.Serializer[Any]):
    """One e-mail to the customer about its move."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(PlanNoticeKind.choices)
    language = serializers.CharField()
    told_start_at = serializers.DateTimeField(allow_null=True, help_text="The start that it tells.")
    sent_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="MigrationPlan", examples=[example(PLAN)])
class PlanDocument(serializers.Serializer[Any]):
    """How and when one customer moves by one path."""

    id = serializers.UUIDField(source="plan.id")
    customer = serializers.UUIDField(source="plan.customer_id")
    path = serializers.ChoiceField(Path.choices, source="plan.path")
    state = serializers.ChoiceField(PlanState.choices, source="plan.state")
    app_id = serializers.CharField(source="plan.app.app_id")
    owner = serializers.EmailField(
        source="plan.owner.user.email", allow_null=True, default=None, help_text="Who is responsible."
    )
    priority = serializers.IntegerField(source="plan.priority", help_text="1 goes first, 5 last.")
    risk = serializers.ChoiceField(Risk.choices, source="plan.risk")
    recommendation = serializers.ChoiceField(
        [*Recommendation.choices, ("", "")], source="plan.recommendation", help_text="Of the assessment."
    )
    wave = serializers.IntegerField(source="plan.wave", allow_null=True)
    planned_start_at = serializers.DateTimeField(source="plan.planned_start_at", allow_null=True)
    planned_end_at = serializers.DateTimeField(source="plan.planned_end_at", allow_null=True)
    started_at = serializers.DateTimeField(source="plan.started_at", allow_null=True)
    ended_at = serializers.DateTimeField(source="plan.ended_at", allow_null=True)
    paused_at = serializers.DateTimeField(source="plan.paused_at", allow_null=True)
    is_late = serializers.BooleanField()
    moves_from = LocalTime(source="plan.moves_from", help_text="In the customer's time zone.")
    moves_until = LocalTime(source="plan.moves_until")
    requirements = NeedDocument(source="needs", many=True)
    numbers = serializers.SerializerMethodField()
    wishes = WishDocument(many=True)
    moves_after = serializers.SerializerMethodField(help_text="Ids of the plans that move first.")
    decisions = serializers.SerializerMethodField()
    notices = NoticeDocument(many=True)
    created_at = serializers.DateTimeField(source="plan.created_at")
    created_by = serializers.CharField(source="plan.created_by")

    @extend_schema_field(NumberDocument(many=True))
    def get_numbers(self, view: PlanView) -> Any:
        return NumberDocument(view.lines, many=True, context={"details": view.details}).data

    @extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}})
    def get_moves_after(self, view: PlanView) -> list[str]:
        return [str(tie.after_id) for tie in view.after]

    @extend_schema_field(DecisionDocument(many=True))
    def get_decisions(self, view: PlanView) -> Any:
        return DecisionDocument(list(view.decisions.values()), many=True).data
