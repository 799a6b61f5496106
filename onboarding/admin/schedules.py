"""Schedules of waves: their rules, what the planner found, and the buttons that compare and apply them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from onboarding import services
from onboarding.admin import demand_words
from onboarding.admin import schedule_words as words
from onboarding.admin.board import BoardAdmin
from onboarding.admin.schedule_forms import NameForm, ScheduleForm, WishForm
from onboarding.models import PlanWish, WaveSchedule
from onboarding.plans.waves import schedules
from onboarding.plans.waves.board import schedule_in_force
from onboarding.plans.waves.plan_rows import local_day
from onboarding.plans.waves.schedule_rules import RULES
from onboarding.plans.waves.signup_limit import signups_per_week
from onboarding.states import ScheduleState
from portal.kernel import clock
from portal.kernel.buttons import Button, button
from portal.kernel.rights import actor, allows
from tenants.models import Partner

REFRESH_SECONDS = 2
# Pressed on a line of the page and not above it.
ON_A_LINE = ("drop_wish", "keep_wish")
SORTS = {
    "customer": _("customer"),
    "days": _("finish earlier by"),
    "moved": _("fewer new dates"),
    "weighted_days": _("less waiting, by priority"),
}


@admin.register(WaveSchedule)
class WaveScheduleAdmin(BoardAdmin):
    """The list of schedules, and the page of each: its result, and its rules as a form."""

    add_role = "OPERATOR"
    change_role = "OPERATOR"
    refusals = (services.Refused,)
    form = ScheduleForm
    list_display = ("name", "state_label", "first_day", "last_day", "finish", "figures", "base", "created_at")
    list_filter = ("state",)
    list_select_related = ("base",)
    search_fields = ("name",)
    ordering = ("-created_at", "-id")
    change_form_outer_before_template = "desk/plans/schedule.html"
    fieldsets: ClassVar[Any] = (
        (None, {"fields": (("name",), ("first_day", "last_day"))}),
        (
            _("What fits into a day and a week"),
            {
                "fields": (
                    ("numbers_per_day", "customers_per_day"),
                    ("signups_per_week", "high_risk_per_day"),
                    ("minutes_per_number", "seed"),
                )
            },
        ),
        (
            _("When the staff works"),
            {"fields": (("works_from", "works_until"), "time_zone", "weekdays", "blackouts")},
        ),
    )

    @admin.display(description=_("state"), ordering="state")
    def state_label(self, row: WaveSchedule) -> SafeString:
        return words.state_badge(row)

    @admin.display(description=_("finish"))
    def finish(self, row: WaveSchedule) -> str:
        return words.finish_words(row)

    @admin.display(description=_("result"))
    def figures(self, row: WaveSchedule) -> str:
        return words.result_words(row) if row.result else "–"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.state not in schedules.OPEN:
            return False
        # A page that asks again by itself would take away what is being typed.
        is_asking_again = request.method == "GET" and obj is not None and words.is_being_solved(obj)
        return super().has_change_permission(request, obj) and not is_asking_again

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make a schedule or change its rules; either way it is solved at once."""
        given, now, by = form.cleaned_data, clock.now(), actor(request)
        if change:
            changed = {name: given[name] for name in form.changed_data}
            schedules.update_rules(schedule=WaveSchedule.objects.get(pk=obj.pk), now=now, by=by, **changed)
            return
        rules = {name: given[name] for name in ("name", "first_day", "last_day", *RULES)}
        self.adopt(obj, schedules.create_schedule(now=now, by=by, **rules))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """On to its page, which tells by itself what the planner found."""
        return HttpResponseRedirect(self.page_of(obj))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """The same with other rules."""
        return HttpResponseRedirect(self.page_of(obj))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The page; while the planner works, it asks again by itself."""
        row = self.get_object(request, object_id) if object_id else None
        context = self._page(request, row) if row is not None else {}
        response = super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})
        if request.method == "GET" and row is not None and words.is_being_solved(row):
            response["Refresh"] = str(REFRESH_SECONDS)
        return response

    def _page(self, request: HttpRequest, row: WaveSchedule) -> dict[str, Any]:
        wanted = request.GET.get("sort", "")
        sort = wanted if wanted in SORTS else "days"
        may = allows(request, "OPERATOR") and row.state in schedules.OPEN
        return {
            "title": row.name,
            "schedule": row,
            "now": clock.now(),
            "is_being_solved": words.is_being_solved(row),
            "is_being_priced": words.is_being_priced(row),
            "state_badge": words.state_badge(row),
            "finish": words.finish_words(row),
            "figures": words.result_words(row),
            "left_out": words.left_out_words(row),
            "seconds": words.seconds_words(row),
            "conflict": words.conflict_words(row),
            "costs": (costs := words.cost_rows(row, sort=sort)),
            "is_any_cost_known": any(cost.days is not None for cost in costs),
            "demand": demand_words.of_schedule(row) if row.result.get("out_of_time") else [],
            "sort": sort,
            "sorts": SORTS,
            "waves": self.waves_of(row),
            "drop_url": type(self).drop_wish.url(row) if may else "",
            "keep_url": type(self).keep_wish.url(row) if may else "",
        }

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What a new schedule begins with: tomorrow, for two months, and the holidays of the one in force."""
        partner: Partner = request.partner  # type: ignore[attr-defined]
        today, in_force = local_day(clock.now(), partner.time_zone), schedule_in_force()
        return {
            "first_day": today + timedelta(days=1),
            "last_day": today + timedelta(days=60),
            "time_zone": partner.time_zone,
            "signups_per_week": signups_per_week(),
            "blackouts": [day for day in in_force.blackouts if day > today] if in_force else [],
        }

    def button_names(self, row: WaveSchedule) -> list[str]:
        if words.is_being_solved(row):
            return ["discard", *ON_A_LINE]
        names = {
            ScheduleState.DRAFT: ["solve", "what_if", "discard"],
            ScheduleState.SOLVED: ["apply", "solve", "what_if", "discard"],
            ScheduleState.INFEASIBLE: ["solve", "what_if", "discard"],
            ScheduleState.APPLIED: ["replan", "what_if"],
        }.get(ScheduleState(row.state), ["what_if"])
        return [*names, *ON_A_LINE] if row.state in schedules.OPEN else names

    def buttons_of(self, request: HttpRequest, row: Any) -> list[tuple[Button, str]]:
        return [pair for pair in super().buttons_of(request, row) if pair[0].name not in ON_A_LINE]

    def press(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Nobody applies a schedule without having seen what it changes and who will be told."""
        if name == "apply" and request.method == "GET":
            return HttpResponseRedirect(reverse("admin:onboarding_waveschedule_compare", args=[object_id]))
        return super().press(request, object_id, name)

    @button(_("Apply…"), form=forms.Form)
    def apply(self, request: HttpRequest, row: WaveSchedule, data: Mapping[str, Any]) -> HttpResponse:
        schedules.apply_schedule(schedule=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The schedule is in force: its plans have their dates."))
        return HttpResponseRedirect(reverse("admin:onboarding_waveschedule_board"))

    @button(_("Solve again"))
    def solve(self, request: HttpRequest, row: WaveSchedule, data: Mapping[str, Any]) -> None:
        schedules.ask_solve(schedule=row, now=clock.now(), by=actor(request))

    @button(
        _("Copy as a what-if"),
        form=NameForm,
        explanation=_(
            "The copy has the same rules. Change them there and compare: nothing moves before it is applied."
        ),
    )
    def what_if(self, request: HttpRequest, row: WaveSchedule, data: Mapping[str, Any]) -> HttpResponse:
        copied = schedules.copy_schedule(schedule=row, now=clock.now(), by=actor(request), **data)
        return HttpResponseRedirect(self.page_of(copied))

    @button(_("Plan again from today"))
    def replan(self, request: HttpRequest, row: WaveSchedule, data: Mapping[str, Any]) -> HttpResponse:
        copied = schedules.replan(schedule=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("What is under way keeps its day; the rest is planned from today on."))
        return HttpResponseRedirect(self.page_of(copied))

    @button(_("Discard"), style="danger")
    def discard(self, request: HttpRequest, row: WaveSchedule, data: Mapping[str, Any]) -> None:
        schedules.discard_schedule(schedule=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The schedule is discarded; no date was changed."))

    @button(_("Leave the wish out here"), form=WishForm)
    def drop_wish(self, request: HttpRequest, row: WaveSchedule, data: Mapping[str, Any]) -> None:
        schedules.drop_wish(schedule=row, wish=_wish(data), now=clock.now(), by=actor(request))
        self.message_user(request, _("This schedule no longer keeps the wish; the plan still has it."))

    @button(_("Keep the wish again"), form=WishForm)
    def keep_wish(self, request: HttpRequest, row: WaveSchedule, data: Mapping[str, Any]) -> None:
        schedules.keep_wish(schedule=row, wish=_wish(data), now=clock.now(), by=actor(request))
        self.message_user(request, _("This schedule keeps the wish again."))


class WishUnknown(services.Refused):
    code = "wish_unknown"
    message = _("There is no such wish any more.")


def _wish(data: Mapping[str, Any]) -> PlanWish:
    wish = PlanWish.objects.filter(pk=data["wish"], withdrawn_at=None).first()
    if wish is None:
        raise WishUnknown
    return wish
