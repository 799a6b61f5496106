"""The buttons with which a plan is started, paused, resumed and abandoned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from onboarding.admin.plans.forms import ReasonForm
from onboarding.models import MigrationPlan
from onboarding.plans.moving import execution
from onboarding.plans.moving.execution import RUNNING
from onboarding.plans.waves import schedules
from onboarding.states import OPEN_PLANS, PlanState
from portal.kernel import clock, work
from portal.kernel.admin import DeskAdmin
from portal.kernel.buttons import button
from portal.kernel.rights import actor


class RunningButtons(DeskAdmin):
    """What people may do with a plan at any moment; calls under way are finished and recorded."""

    def running_names(self, row: MigrationPlan) -> list[str]:
        """Which of these buttons make sense for the plan."""
        if row.state not in OPEN_PLANS:
            return []
        names = ["resume"] if row.paused_at is not None else []
        if row.attempts >= work.POISON_AFTER and row.state in RUNNING:
            names.append("retry")
        if row.state in (PlanState.ASSESSED, PlanState.SCHEDULED) and row.paused_at is None:
            names.append("start")
        if row.state in RUNNING and row.paused_at is None:
            names.append("pause")
        if row.state == PlanState.SCHEDULED:
            names.append("unschedule")
        return [*names, "abandon"]

    @button(
        _("Start now"),
        form=forms.Form,
        style="plain",
        explanation=_(
            "It does not wait for its date: each number moves as soon as its checks are fine, the test number"
            " first. The customer is not told of another date."
        ),
    )
    def start(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        execution.start(plan=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The plan is started."))

    @button(_("Try again"))
    def retry(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        execution.retry(plan=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The plan is taken up again."))

    @button(_("Pause"), style="plain")
    def pause(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        execution.pause(plan=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The plan is paused. Calls under way are finished and recorded."))

    @button(_("Resume"))
    def resume(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        execution.resume(plan=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The plan goes on."))

    @button(
        _("Take the date back"),
        form=ReasonForm,
        style="plain",
        explanation=_(
            "The plan waits for another date. A customer who knows this one is told that it is not kept."
        ),
    )
    def unschedule(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        schedules.unschedule_plan(plan=row, reason=data["reason"], now=clock.now(), by=actor(request))
        self.message_user(request, _("The plan has no date any more."))

    @button(
        _("Abandon the plan"),
        form=ReasonForm,
        style="danger",
        explanation=_(
            "Numbers that have not arrived do not move any more. What was done at Meta stays as it is, and"
            " the plan stays here with its history. A customer who knows a date is told that it is not kept."
        ),
    )
    def abandon(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        execution.abandon(plan=row, reason=data["reason"], now=clock.now(), by=actor(request))
        self.message_user(request, _("The plan is abandoned."))
