"""/api/v1/schedules."""

from __future__ import annotations

from typing import Any

import django_filters.rest_framework as filters
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from onboarding.api import refusals
from onboarding.documents import NothingInput
from onboarding.models import PlanWish, WaveSchedule, WaveSlot
from onboarding.plans.api.files import CALENDAR, CSV, as_file, told_as
from onboarding.plans.api.schedule_documents import (
    ComparisonDocument,
    CopyInput,
    OtherInput,
    ScheduleChange,
    ScheduleDocument,
    ScheduleInput,
    SlotDocument,
    WishInput,
)
from onboarding.plans.waves import comparison, exports, schedules
from onboarding.states import ScheduleState
from tenants.endpoint import Shelf
from tenants.idempotency import idempotent

READ, WRITE = "plans:read", "plans:write"


class ScheduleFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(choices=ScheduleState.choices)


class Schedules(Shelf):
    """Schedules of waves: proposals, what-ifs, and the one in force."""

    model = WaveSchedule
    serializer_class = ScheduleDocument
    filterset_class = ScheduleFilter
    scopes = {
        **dict.fromkeys(("list", "retrieve", "slots", "waves", "calendar", "compare"), READ),
        **dict.fromkeys(
            ("create", "partial_update", "solve", "copy", "replan", "drop_wish", "keep_wish", "apply"), WRITE
        ),
        "discard": WRITE,
    }

    def get_queryset(self) -> QuerySet[WaveSchedule]:
        return WaveSchedule.objects.all()

    def list(self, request: Request) -> Response:
        """List schedules, newest first."""
        return super().list(request)

    def retrieve(self, request: Request, id: str) -> Response:
        """Get one schedule; `is_being_solved` says whether its result is still to come."""
        return super().retrieve(request)

    @extend_schema(request=ScheduleInput, responses={201: ScheduleDocument})
    @idempotent
    def create(self, request: Request) -> Response:
        """Make a schedule and have it solved."""
        given = self.body(ScheduleInput)
        with refusals():
            schedule = schedules.create_schedule(now=self.now, by=self.principal.by, **given)
        return self._told(schedule, status=201)

    @extend_schema(request=ScheduleChange, responses=ScheduleDocument)
    def partial_update(self, request: Request, id: str) -> Response:
        """Change rules; the schedule is solved again."""
        return self._act(schedules.update_rules, **self.body(ScheduleChange, partial=True))

    @extend_schema(responses=SlotDocument(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def slots(self, request: Request, id: str) -> Response:
        """List who moves when, all of them."""
        rows = WaveSlot.objects.filter(schedule=self.get_object()).select_related("plan")
        return Response(SlotDocument(rows, many=True).data)

    @extend_schema(responses=told_as(CSV))
    @action(detail=True, methods=["get"])
    def waves(self, request: Request, id: str) -> HttpResponse:
        """Get the waves as CSV."""
        return as_file(exports.waves_csv(self.get_object()), kind=CSV, name="waves.csv")

    @extend_schema(responses=told_as(CALENDAR))
    @action(detail=True, methods=["get"])
    def calendar(self, request: Request, id: str) -> HttpResponse:
        """Get the waves for a calendar program (RFC 5545)."""
        return as_file(exports.calendar_ics(self.get_object()), kind=CALENDAR, name="waves.ics")

    @extend_schema(request=OtherInput, responses=ComparisonDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def compare(self, request: Request, id: str) -> Response:
        """Compare with another schedule; nothing is changed."""
        after = self.get_object()
        before = self.referred(self.get_queryset(), "other", self.body(OtherInput)["other"])
        return Response(ComparisonDocument(comparison.compare(before, after)).data)

    @extend_schema(request=NothingInput, responses=ScheduleDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def solve(self, request: Request, id: str) -> Response:
        """Have the planner look at the plans as they are now."""
        self.body(NothingInput)
        return self._act(schedules.ask_solve)

    @extend_schema(request=CopyInput, responses={201: ScheduleDocument})
    @action(detail=True, methods=["post"])
    @idempotent
    def copy(self, request: Request, id: str) -> Response:
        """Make a what-if: a copy to be changed, compared and perhaps applied."""
        return self._made(schedules.copy_schedule, **self.body(CopyInput))

    @extend_schema(request=NothingInput, responses={201: ScheduleDocument})
    @action(detail=True, methods=["post"])
    @idempotent
    def replan(self, request: Request, id: str) -> Response:
        """Have a copy solved that begins today; what is under way keeps its day."""
        self.body(NothingInput)
        return self._made(schedules.replan)

    @extend_schema(request=WishInput, responses=ScheduleDocument)
    @action(detail=True, methods=["post"], url_path="drop-wish")
    @idempotent
    def drop_wish(self, request: Request, id: str) -> Response:
        """Have this schedule not keep a wish; the plan still has it."""
        return self._act(schedules.drop_wish, wish=self._wish())

    @extend_schema(request=WishInput, responses=ScheduleDocument)
    @action(detail=True, methods=["post"], url_path="keep-wish")
    @idempotent
    def keep_wish(self, request: Request, id: str) -> Response:
        """Have this schedule keep a wish again."""
        return self._act(schedules.keep_wish, wish=self._wish())

    @extend_schema(request=NothingInput, responses=ScheduleDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def apply(self, request: Request, id: str) -> Response:
        """Give every plan its date of this schedule, and tell the customers as was decided."""
        self.body(NothingInput)
        return self._act(schedules.apply_schedule)

    @extend_schema(request=NothingInput, responses=ScheduleDocument)
    @action(detail=True, methods=["post"])
    @idempotent
    def discard(self, request: Request, id: str) -> Response:
        """Put a schedule aside that was never in force."""
        self.body(NothingInput)
        return self._act(schedules.discard_schedule)

    def _wish(self) -> PlanWish:
        self.get_object()  # an address that leads nowhere is told before what is wrong with the body
        return self.referred(PlanWish.objects.all(), "wish", self.body(WishInput)["wish"])

    def _act(self, service: Any, **given: Any) -> Response:
        schedule = self.get_object()
        with refusals():
            service(schedule=schedule, now=self.now, by=self.principal.by, **given)
        return self._told(schedule)

    def _made(self, service: Any, **given: Any) -> Response:
        with refusals():
            made = service(schedule=self.get_object(), now=self.now, by=self.principal.by, **given)
        return self._told(made, status=201)

    def _told(self, schedule: WaveSchedule, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=schedule.pk)
        return Response(ScheduleDocument(fresh).data, status=status)
