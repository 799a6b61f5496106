"""/api/v1/plans."""

from __future__ import annotations

from typing import Any

import django_filters.rest_framework as filters
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from onboarding.api import app_of, refusals
from onboarding.documents import NothingInput
from onboarding.models import (
    AnswerSource,
    MigrationPlan,
    Path,
    PlanDependency,
    PlanWish,
    Recommendation,
    Risk,
)
from onboarding.plans import queries, services
from onboarding.plans.api.assessment_documents import AssessmentDocument, LetterDocument, assessed
from onboarding.plans.api.files import CALENDAR, CSV, as_file, told_as
from onboarding.plans.api.plan_acts import RunningPlans
from onboarding.plans.api.plan_documents import PlanDocument
from onboarding.plans.api.plan_inputs import (
    AnswersInput,
    DecisionInput,
    DependencyInput,
    NoticeInput,
    NumberInput,
    PlanChange,
    PlanInput,
    WishInput,
    WishReference,
)
from onboarding.plans.telling import decisions, rendering
from onboarding.plans.waves import exports
from onboarding.states import PlanState
from portal.kernel.api import Problem
from tenants import queries as tenants
from tenants.idempotency import idempotent
from tenants.models import Membership

READ, WRITE = "plans:read", "plans:write"


class PlanFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(choices=PlanState.choices)
    path = filters.ChoiceFilter(choices=Path.choices)
    risk = filters.ChoiceFilter(choices=Risk.choices)
    recommendation = filters.ChoiceFilter(choices=Recommendation.choices)
    wave = filters.NumberFilter(label="Of the schedule in force.")
    customer = filters.UUIDFilter(field_name="customer_id", label="Id of the customer.")


class Plans(RunningPlans):
    """Migration plans."""

    filterset_class = PlanFilter
    scopes = {
        **dict.fromkeys(("list", "retrieve", "assessment", "why", "calendar", "export"), READ),
        **dict.fromkeys(
            (
                "create", "partial_update", "numbers", "answers", "finish_assessment", "reopen_assessment",
                "wishes", "withdraw_wish", "dependencies", "remove_dependency", "decisions", "preview_notice",
                "unschedule", "start", "pause", "resume", "retry", "abandon", "send_link",
            ),
            WRITE,
        ),
    }  # fmt: skip

    def list(self, request: Request) -> Response:
        """List migration plans, newest first."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        views = queries.plan_views(rows, now=self.now)
        return self.get_paginated_response(PlanDocument(views, many=True).data)

    def retrieve(self, request: Request, id: str) -> Response:
        """Get one migration plan."""
        return self._told(self.get_object())

    @extend_schema(responses=told_as(CSV))
    @action(detail=False, methods=["get"])
    def export(self, request: Request) -> HttpResponse:
        """Get all plans as CSV, a line for each."""
        return as_file(exports.plans_csv(), kind=CSV, name="plans.csv")

    @extend_schema(responses=told_as(CALENDAR))
    @action(detail=True, methods=["get"])
    def calendar(self, request: Request, id: str) -> HttpResponse:
        """Get the date of one plan for a calendar program (RFC 5545)."""
        try:
            return as_file(exports.calendar_ics(self.get_object()), kind=CALENDAR, name="plan.ics")
        except exports.NotDated as refused:
            raise Problem(404, refused.code, refused.message) from refused

    @extend_schema(responses=AssessmentDocument)
    @action(detail=True, methods=["get"])
    def assessment(self, request: Request, id: str) -> Response:
        """Get the questions with their answers, a verdict on each consideration, and what it recommends."""
        return Response(AssessmentDocument(assessed(self.get_object())).data)

    @extend_schema(request=PlanInput, responses={201: PlanDocument})
    @idempotent
    def create(self, request: Request) -> Response:
        """Create a migration plan; numbers, answers and wishes follow."""
        given = self._fields(PlanInput)
        with refusals():
            plan = services.create_plan(
                customer=self.referred(tenants.customers(), "customer", given.pop("customer")),
                app=app_of(given),
                now=self.now,
                by=self.principal.by,
                **{name: value for name, value in given.items() if name != "app_id"},
            )
        return self._told(plan, status=201)

    @extend_schema(request=PlanChange, responses=PlanDocument)
    def partial_update(self, request: Request, id: str) -> Response:
        """Change a migration plan."""
        return self._act(services.update_plan, **self._fields(PlanChange, partial=True))

    @extend_schema(request=NumberInput, responses={201: PlanDocument})
    @action(detail=True, methods=["post"])
    @idempotent
    def numbers(self, request: Request, id: str) -> Response:
        """Add a number."""
        given = self.body(NumberInput)
        if given.get("destination_waba"):
            given["destination_waba"] = self.referred(
                tenants.wabas(), "destination_waba", given["destination_waba"]
            )
        return self._act(services.add_line, status=201, **given)

    @extend_schema(request=AnswersInput, responses=PlanDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def answers(self, request: Request, id: str) -> Response:
        """Store answers to questions of the assessment."""
        return self._act(services.set_answers, source=AnswerSource.API, **self.body(AnswersInput))

    @extend_schema(request=NothingInput, responses=PlanDocument)
    @action(detail=True, methods=["post"], url_path="finish-assessment")
    @idempotent
    def finish_assessment(self, request: Request, id: str) -> Response:
        """Say that enough is known: the plan can be scheduled."""
        self.body(NothingInput)
        return self._act(services.finish_assessment)

    @extend_schema(request=NothingInput, responses=PlanDocument)
    @action(detail=True, methods=["post"], url_path="reopen-assessment")
    @idempotent
    def reopen_assessment(self, request: Request, id: str) -> Response:
        """Make the plan a draft again."""
        self.body(NothingInput)
        return self._act(services.reopen_assessment)

    @extend_schema(request=WishInput, responses={201: PlanDocument})
    @action(detail=True, methods=["post"])
    @idempotent
    def wishes(self, request: Request, id: str) -> Response:
        """Note a wish of the customer."""
        return self._act(services.add_wish, status=201, **self.body(WishInput))

    @extend_schema(request=WishReference, responses=PlanDocument)
    @action(detail=True, methods=["post"], url_path="withdraw-wish")
    @idempotent
    def withdraw_wish(self, request: Request, id: str) -> Response:
        """Withdraw a wish; schedules from now on do not know it."""
        plan = self.get_object()
        wish = self.referred(PlanWish.objects.filter(plan=plan), "wish", self.body(WishReference)["wish"])
        with refusals():
            services.withdraw_wish(wish=wish, now=self.now, by=self.principal.by)
        return self._told(plan)

    @extend_schema(request=DependencyInput, responses={201: PlanDocument})
    @action(detail=True, methods=["post"])
    @idempotent
    def dependencies(self, request: Request, id: str) -> Response:
        """Have the plan move on a later day than another one."""
        self.get_object()  # an address that leads nowhere is told before what is wrong with the body
        after = self.referred(MigrationPlan.objects.all(), "after", self.body(DependencyInput)["after"])
        return self._act(services.add_dependency, status=201, after=after)

    @extend_schema(request=DependencyInput, responses=PlanDocument)
    @action(detail=True, methods=["post"], url_path="remove-dependency")
    @idempotent
    def remove_dependency(self, request: Request, id: str) -> Response:
        """Let the plan move on any day again, whatever the other one does."""
        plan, given = self.get_object(), self.body(DependencyInput)
        found = PlanDependency.objects.filter(plan=plan, after=given["after"]).first()
        if found is None:
            raise _unknown("after")
        with refusals():
            services.remove_dependency(dependency=found, now=self.now, by=self.principal.by)
        return self._told(plan)

    @extend_schema(request=DecisionInput, responses=PlanDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def decisions(self, request: Request, id: str) -> Response:
        """Write down a decision, or another one in its place."""
        given = self.body(DecisionInput)
        allowed = {"key", "choice", "note", *decisions.DETAILS[given["key"]]}
        for name in given.keys() - allowed:
            raise exceptions.ValidationError(
                {name: [_detail(_("This decision has no such field."), "unknown_field")]}
            )
        return self._act(decisions.decide, **given)

    @extend_schema(request=NoticeInput, responses=LetterDocument)
    @action(detail=True, methods=["post"], url_path="preview-notice")
    @idempotent
    def preview_notice(self, request: Request, id: str) -> Response:
        """Show a letter as it would leave now; nothing is sent."""
        plan, given = self.get_object(), self.body(NoticeInput)
        with refusals():
            return Response(LetterDocument(rendering.render_notice(plan, **given)).data)

    def _fields(self, document: type[Any], **options: Any) -> dict[str, Any]:
        given = self.body(document, **options)
        if given.get("owner"):
            member = Membership.objects.filter(user__email=given["owner"].lower()).first()
            if member is None:
                raise _unknown("owner")
            given["owner"] = member
        return given


def _detail(message: Any, code: str) -> exceptions.ErrorDetail:
    return exceptions.ErrorDetail(str(message), code=code)


def _unknown(field: str) -> exceptions.ValidationError:
    return exceptions.ValidationError(
        {field: [_detail(_("There is no such object for this key."), "not_found")]}
    )
