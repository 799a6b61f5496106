"""The buttons with which a plan is made: who cares for it, its numbers, wishes and dependencies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from onboarding.admin.plans import forms
from onboarding.models import MigrationPlan, PlanDependency, PlanWish
from onboarding.plans import services
from onboarding.states import OPEN_PLANS, PlanState
from portal.kernel import clock
from portal.kernel.admin import DeskAdmin
from portal.kernel.buttons import button
from portal.kernel.rights import actor


class PlanningButtons(DeskAdmin):
    """What can be changed until the plan begins, and by whom it is cared for as long as it is open."""

    def planning_names(self, row: MigrationPlan) -> list[str]:
        """Which of these buttons make sense for the plan."""
        if row.state not in OPEN_PLANS:
            return []
        if row.state == PlanState.IN_PROGRESS:
            return ["care"]
        names = ["care", "add_line", "add_wish", "add_dependency"]
        if PlanWish.objects.filter(plan=row, withdrawn_at=None).exists():
            names.append("withdraw_wish")
        if PlanDependency.objects.filter(plan=row).exists():
            names.append("remove_dependency")
        return names

    @button(_("Change"), form=forms.PresentCareForm)
    def care(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        changed = {name: value for name, value in data.items() if getattr(row, name) != value}
        if changed:
            services.update_plan(plan=row, now=clock.now(), by=actor(request), **changed)
        self.message_user(request, _("The plan is changed."))

    @button(
        _("Add a number"),
        form=forms.LineForm,
        explanation=_("The test number moves first, then the numbers from the quietest to the busiest."),
    )
    def add_line(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        services.add_line(plan=row, now=clock.now(), by=actor(request), **data)
        self.message_user(request, _("The number is added."))

    @button(
        _("Add a wish"),
        form=forms.WishForm,
        explanation=_("The planner keeps it, or says which wishes cannot be kept together."),
    )
    def add_wish(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        services.add_wish(plan=row, now=clock.now(), by=actor(request), **data)
        self.message_user(request, _("The wish is noted; the next schedule knows it."))

    @button(
        _("Withdraw a wish"),
        form=forms.WishChoiceForm,
        explanation=_("Schedules that are solved from now on do not know it."),
    )
    def withdraw_wish(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        services.withdraw_wish(wish=data["wish"], now=clock.now(), by=actor(request))
        self.message_user(request, _("The wish is withdrawn."))

    @button(
        _("Let it move after another plan"),
        form=forms.AfterForm,
        explanation=_("It moves on a later day than the other plan."),
    )
    def add_dependency(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        services.add_dependency(plan=row, now=clock.now(), by=actor(request), **data)
        self.message_user(request, _("The plans are tied; the next schedule knows it."))

    @button(
        _("Untie it from another plan"),
        form=forms.DependencyForm,
        explanation=_("It may move on any day again, whatever the other plan does."),
    )
    def remove_dependency(self, request: HttpRequest, row: MigrationPlan, data: Mapping[str, Any]) -> None:
        services.remove_dependency(dependency=data["dependency"], now=clock.now(), by=actor(request))
        self.message_user(request, _("The plans are untied."))
