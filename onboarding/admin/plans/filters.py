"""By what the list of plans is narrowed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from onboarding.admin import words as desk_words
from onboarding.admin.plans.forms import staff
from onboarding.models import Owner, Path, Recommendation, Risk
from onboarding.states import OPEN_PLANS, PlanState
from portal.kernel import clock

Choices = Iterable[tuple[str, Any]]
A_WEEK = timedelta(days=7)


class StateFilter(SimpleListFilter):
    """Open ones unless another state is asked for; a search looks everywhere."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("all", _("all")), *PlanState.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in PlanState.values:
            return queryset.filter(state=self.value())
        if self.value() == "all" or request.GET.get("q"):
            return queryset
        return queryset.filter(state__in=OPEN_PLANS)

    def choices(self, changelist: Any) -> Any:
        """The usual choices; the first is the open ones and not everything."""
        first, *others = super().choices(changelist)
        return [{**first, "display": _("open")}, *others]


class MoveFilter(SimpleListFilter):
    title = _("whose move")
    parameter_name = "move"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return list(desk_words.MOVES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(current_owner=self.value()) if self.value() in Owner.values else queryset


class ValueFilter(SimpleListFilter):
    """One of the values of a field of the plan; a value that does not exist filters nothing."""

    values: Any = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return list(self.values)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {str(value) for value, _label in self.lookup_choices}:
            return queryset
        return queryset.filter(**{str(self.parameter_name): self.value()})


class PathFilter(ValueFilter):
    title, parameter_name, values = _("path"), "path", Path.choices


class RiskFilter(ValueFilter):
    title, parameter_name, values = _("risk"), "risk", Risk.choices


class AdviceFilter(ValueFilter):
    title, parameter_name, values = _("recommendation"), "recommendation", Recommendation.choices


class OwnerFilter(ValueFilter):
    title, parameter_name = _("responsible person"), "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(str(member.pk), str(member)) for member in staff()]


class StartFilter(SimpleListFilter):
    title = _("start")
    parameter_name = "start"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("late", _("late")), ("week", _("in 7 days")), ("later", _("later")), ("none", _("no date"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = clock.now()
        scheduled = Q(state=PlanState.SCHEDULED)
        wanted = {
            "late": scheduled & Q(planned_start_at__lt=now)
            | Q(state=PlanState.IN_PROGRESS, planned_end_at__lt=now),
            "week": scheduled & Q(planned_start_at__gte=now, planned_start_at__lt=now + A_WEEK),
            "later": scheduled & Q(planned_start_at__gte=now + A_WEEK),
            "none": Q(state__in=(PlanState.DRAFT, PlanState.ASSESSED)),
        }
        chosen = wanted.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen)
