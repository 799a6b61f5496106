"""Running a plan by the API, at any moment, and why it moves on its day."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from onboarding.api import refusals
from onboarding.documents import NothingInput, example
from onboarding.models import MigrationPlan
from onboarding.plans import queries
from onboarding.plans.api.plan_documents import PlanDocument
from onboarding.plans.api.plan_inputs import ReasonInput
from onboarding.plans.moving import execution
from onboarding.plans.telling import notices
from onboarding.plans.waves import schedules, why
from onboarding.plans.waves.board import schedule_in_force
from tenants.endpoint import Shelf
from tenants.idempotency import idempotent

WHY = {"sentences": ["It moves on Monday 7 December 2026, in wave 2."]}


@extend_schema_serializer(component_name="PlanWhy", examples=[example(WHY)])
class WhyDocument(serializers.Serializer[Any]):
    """What kept the plan from every earlier day, or why it has none; by the schedule in force."""

    sentences = serializers.ListField(child=serializers.CharField(), help_text="In your language.")


class RunningPlans(Shelf):
    """What may be done with a plan at any moment."""

    model = MigrationPlan
    serializer_class = PlanDocument

    def get_queryset(self) -> QuerySet[MigrationPlan]:
        return MigrationPlan.objects.select_related("customer", "app", "owner__user")

    @extend_schema(responses=WhyDocument)
    @action(detail=True, methods=["get"])
    def why(self, request: Request, id: str) -> Response:
        """Get why the plan moves on its day, in sentences."""
        plan, schedule = self.get_object(), schedule_in_force()
        return Response({"sentences": why.explain(plan, schedule) if schedule is not None else []})

    @extend_schema(request=NothingInput, responses=PlanDocument)
    @action(detail=True, methods=["post"], url_path="send-link")
    @idempotent
    def send_link(self, request: Request, id: str) -> Response:
        """Mail the customer a new link to the page of its move; the ones before stop working."""
        self.body(NothingInput)
        return self._act(notices.send_plan_link)

    @extend_schema(request=NothingInput, responses=PlanDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def retry(self, request: Request, id: str) -> Response:
        """Take up again what an error of ours stopped."""
        self.body(NothingInput)
        return self._act(execution.retry)

    @extend_schema(request=NothingInput, responses=PlanDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def unschedule(self, request: Request, id: str) -> Response:
        """Take the date away; a customer who was told it is told so."""
        self.body(NothingInput)
        return self._act(schedules.unschedule_plan)

    @extend_schema(request=NothingInput, responses=PlanDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def start(self, request: Request, id: str) -> Response:
        """Start now instead of on the planned day; no check is skipped."""
        self.body(NothingInput)
        return self._act(execution.start)

    @extend_schema(request=NothingInput, responses=PlanDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def pause(self, request: Request, id: str) -> Response:
        """Begin nothing new; a call that is under way is finished and recorded."""
        self.body(NothingInput)
        return self._act(execution.pause)

    @extend_schema(request=NothingInput, responses=PlanDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def resume(self, request: Request, id: str) -> Response:
        """Go on after a pause."""
        self.body(NothingInput)
        return self._act(execution.resume)

    @extend_schema(request=ReasonInput, responses=PlanDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def abandon(self, request: Request, id: str) -> Response:
        """Give the plan up; what has moved stays moved."""
        return self._act(execution.abandon, **self.body(ReasonInput))

    def _act(self, service: Any, status: int = 200, **given: Any) -> Response:
        plan = self.get_object()
        with refusals():
            service(plan=plan, now=self.now, by=self.principal.by, **given)
        return self._told(plan, status=status)

    def _told(self, plan: MigrationPlan, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=plan.pk)
        return Response(PlanDocument(queries.plan_view(fresh, now=self.now)).data, status=status)
