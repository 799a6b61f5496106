"""The queue: every onboarding by the time left, who moves next, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from onboarding import desk, queries, services
from onboarding.admin import words
from onboarding.models import Onboarding, Owner
from onboarding.states import OPEN_STATES, OnboardingState
from portal.kernel import clock
from portal.kernel.admin import DeskAdmin, DeskChangeList
from portal.kernel.rights import actor, allows

Choices = Iterable[tuple[str, Any]]


class StateFilter(SimpleListFilter):
    """Open ones unless another state is asked for; a search looks everywhere."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("all", _("all")), *OnboardingState.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in OnboardingState.values:
            return queryset.filter(state=self.value())
        if self.value() == "all" or request.GET.get("q"):
            return queryset
        return queryset.filter(state__in=OPEN_STATES)

    def choices(self, changelist: Any) -> Any:
        """The usual choices; the first is the open ones and not everything."""
        first, *others = super().choices(changelist)
        return [{**first, "display": _("open")}, *others]


class MoveFilter(SimpleListFilter):
    title = _("whose move")
    parameter_name = "move"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return list(words.MOVES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in Owner.values:
            return queryset
        wanted = "" if self.value() == Owner.PORTAL else self.value()
        return queryset.filter(state__in=OPEN_STATES, current_owner=wanted)


class TimeLeftFilter(SimpleListFilter):
    title = _("time left")
    parameter_name = "left"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [
            ("overdue", _("over")),
            ("day", _("under 24 hours")),
            ("three_days", _("under 3 days")),
            ("later", _("later")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        bucket = self.value()
        if bucket not in desk.BUCKETS:
            return queryset
        return desk.in_bucket(queryset, bucket=bucket, now=clock.now())


class QueueList(DeskChangeList):
    """Reads the journeys of all rows of the page at once, so that a longer page asks no more."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        now = clock.now()
        for row, journey in zip(self.result_list, queries.journeys(self.result_list, now=now), strict=True):
            row.journey, row.now = journey, now


class QueueAdmin(DeskAdmin):
    """The list half of the onboarding screen."""

    refusals = (services.Refused,)
    list_display = ("customer_name", "number", "state_label", "move", "blocker", "left", "tries")
    list_display_links = ("customer_name",)
    list_filter = (TimeLeftFilter, MoveFilter, StateFilter)
    search_fields = (
        "customer__name",
        "customer__contact_email",
        "customer__external_id",
        "phone_number__display_phone_number",
        "phone_number__phone_number_id",
        "waba__waba_id",
    )
    search_help_text = _("Customer, number or id at Meta")
    actions: Any = ("retry_selected",)
    list_before_template = "desk/queue_head.html"
    list_fullwidth = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return desk.queue()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[QueueList]:
        return QueueList

    def get_ordering(self, request: HttpRequest) -> Any:
        return ("closed_at_end", F("time_left_until").asc(nulls_last=True), "created_at", "id")

    @admin.display(description=_("customer"), ordering="customer__name")
    def customer_name(self, row: Any) -> SafeString:
        return format_html('<span class="desk-who">{}</span>', words.who(row))

    @admin.display(description=_("number"), ordering="phone_number__display_phone_number")
    def number(self, row: Any) -> SafeString:
        return words.number(row)

    @admin.display(description=_("state"), ordering="state")
    def state_label(self, row: Any) -> SafeString:
        return words.state_badge(row)

    @admin.display(description=_("next move"), ordering="current_owner")
    def move(self, row: Any) -> SafeString | str:
        return words.move_badge(row.journey, is_short=True)

    @admin.display(description=_("waits for"), ordering="current_reason")
    def blocker(self, row: Any) -> SafeString | str:
        return words.blocker(row.journey)

    @admin.display(description=_("time left"), ordering="time_left_until")
    def left(self, row: Any) -> SafeString:
        return words.time_left(row.journey, row.now)

    @admin.display(description=_("attempts"))
    def tries(self, row: Any) -> str:
        return words.attempts(row.journey)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return allows(request, "OPERATOR")

    @admin.action(description=_("Try again"), permissions=["operate"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Show which rows would be tried again, then do it."""
        rows = list(queryset)
        if "confirmed" not in request.POST:
            views = queries.journeys(rows, now=clock.now())
            context = {
                **self.admin_site.each_context(request),
                "opts": self.model._meta,
                "title": _("Try again"),
                "rows": [(words.who(view.onboarding), view, words.blocker(view)) for view in views],
            }
            return TemplateResponse(request, "desk/retry_selected.html", context)
        refused = [row for row in rows if not self._retried(request, row)]
        done = len(rows) - len(refused)
        if done:
            text = ngettext("%(n)d onboarding is tried again.", "%(n)d onboardings are tried again.", done)
            messages.success(request, text % {"n": done})
        if refused:
            text = ngettext("%(n)d has nothing to retry.", "%(n)d have nothing to retry.", len(refused))
            messages.warning(request, text % {"n": len(refused)})
        return None

    def _retried(self, request: HttpRequest, row: Onboarding) -> bool:
        try:
            with transaction.atomic():
                services.retry(onboarding=row, now=clock.now(), by=actor(request))
        except services.Refused:
            return False
        return True
