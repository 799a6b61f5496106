"""What people and integrators may do with schedules of waves, inside the scope; the planner does the rest.

Whoever changes a schedule wants its new answer: every change has it solved, and one that comes while it is
being solved has it solved once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding.models import MigrationPlan, PlanWish, WaveSchedule, WaveSlot
from onboarding.plans.waves import dating, problem_rows
from onboarding.plans.waves.plan_rows import local_day
from onboarding.plans.waves.schedule_rules import CHANGED_BY_RULES, RULES, check_rules
from onboarding.plans.waves.signup_limit import signups_per_week
from onboarding.services import Refused
from onboarding.states import PlanState, ScheduleState
from portal.kernel import audit, work
from portal.kernel.scope import current_scope
from portal.kernel.states import born, transition
from tenants.models import Partner

OPEN = (ScheduleState.DRAFT, ScheduleState.SOLVED, ScheduleState.INFEASIBLE)
NO_RESULT: Mapping[str, Any] = {
    "result": {},
    "conflict": [],
    "wish_costs": {},
    "plans_digest": "",
    "solved_at": None,
    "seconds": None,
}


class ScheduleClosed(Refused):
    code = "schedule_closed"
    message = gettext_lazy("This schedule is in force, replaced or discarded. Copy it to try something else.")


class NotSolved(Refused):
    code = "schedule_not_solved"
    message = gettext_lazy("Only a schedule that the planner has solved can be applied.")


class StaleSchedule(Refused):
    code = "schedule_stale"
    message = gettext_lazy("Plans have changed since this schedule was solved. Solve it again.")


class DaysOver(Refused):
    code = "schedule_days_over"
    message = gettext_lazy("The first moves of this schedule would already be over. Plan again from today.")


class NoDate(Refused):
    code = "plan_has_no_date"
    message = gettext_lazy("Only a plan that has a date and has not begun can lose it.")


def create_schedule(
    *, name: str, first_day: date, last_day: date, now: datetime, by: str, **rules: Any
) -> WaveSchedule:
    """Make a schedule and have it solved; what `rules` do not say is the partner's and Meta's."""
    _only(rules, among=frozenset(RULES))
    partner = Partner.objects.get(pk=current_scope().partner_id)
    given = {"time_zone": partner.time_zone, "signups_per_week": signups_per_week(), **rules}
    schedule = WaveSchedule(
        partner_id=partner.pk,
        name=name,
        first_day=first_day,
        last_day=last_day,
        created_at=now,
        created_by=by,
        **given,
    )
    _save_new(schedule, now=now, by=by, action="schedule.created")
    work.schedule(schedule, due_at=now, now=now)
    return schedule


def update_rules(*, schedule: WaveSchedule, now: datetime, by: str, **rules: Any) -> WaveSchedule:
    """Change the name, the days or the rules of a schedule."""
    _only(rules, among=CHANGED_BY_RULES)
    _lock_open(schedule)
    for name, value in rules.items():
        setattr(schedule, name, value)
    check_rules(schedule)
    schedule.save(update_fields=list(rules))
    audit.record(row=schedule, action="schedule.changed", now=now, by=by, fields=" ".join(sorted(rules)))
    if set(rules) - {"name"}:
        _solve_again(schedule, now=now, by=by, reason="other rules")
    return schedule


def drop_wish(*, schedule: WaveSchedule, wish: PlanWish, now: datetime, by: str) -> None:
    """Have this schedule not keep a wish; the plan still has it."""
    _lock_open(schedule)
    if wish.pk not in schedule.dropped_wishes:
        _set_dropped(schedule, [*schedule.dropped_wishes, wish.pk], wish, now=now, by=by)


def keep_wish(*, schedule: WaveSchedule, wish: PlanWish, now: datetime, by: str) -> None:
    """Have this schedule keep a wish again."""
    _lock_open(schedule)
    if wish.pk in schedule.dropped_wishes:
        kept = [pk for pk in schedule.dropped_wishes if pk != wish.pk]
        _set_dropped(schedule, kept, wish, now=now, by=by)


def copy_schedule(*, schedule: WaveSchedule, name: str, now: datetime, by: str) -> WaveSchedule:
    """Make a what-if: the same rules under another name, to be changed, compared and perhaps applied."""
    return _copy(schedule, name=name, now=now, by=by, action="schedule.copied")


def replan(*, schedule: WaveSchedule, now: datetime, by: str) -> WaveSchedule:
    """Have a copy solved that begins today: what is under way keeps its day, the rest is planned anew."""
    today, length = local_day(now, schedule.time_zone), schedule.last_day - schedule.first_day
    last_day = schedule.last_day if schedule.last_day > today else today + length
    name = _("%(name)s, again on %(day)s") % {"name": schedule.name[:70], "day": today}
    copied = _copy(
        schedule,
        name=name,
        now=now,
        by=by,
        action="schedule.planned_again",
        first_day=today,
        last_day=last_day,
    )
    work.schedule(copied, due_at=now, now=now)
    return copied


def ask_solve(*, schedule: WaveSchedule, now: datetime, by: str) -> None:
    """Have the planner look at the plans as they are now."""
    _lock_open(schedule)
    audit.record(row=schedule, action="schedule.solve_asked", now=now, by=by)
    _solve_again(schedule, now=now, by=by, reason="asked")


def discard_schedule(*, schedule: WaveSchedule, now: datetime, by: str) -> None:
    """Put a schedule aside that was never in force; no date changes."""
    _lock_open(schedule)
    transition(row=schedule, to=ScheduleState.DISCARDED, now=now, by=by, due_at=None)
    audit.record(row=schedule, action="schedule.discarded", now=now, by=by)


def apply_schedule(*, schedule: WaveSchedule, now: datetime, by: str) -> None:
    """Give every plan its date of this schedule, in one transaction, and have the customers told.

    The schedule in force before is replaced; plans that have begun keep their dates, and those that have a
    date but no place in this schedule lose it.
    """
    # All that may be applied, in one order: two people who apply at once come one after the other.
    candidates = WaveSchedule.objects.select_for_update().filter(state__in=(*OPEN, ScheduleState.APPLIED))
    held = {row.pk: row for row in candidates.order_by("pk")}
    if schedule.pk not in held or held[schedule.pk].state != ScheduleState.SOLVED:
        raise NotSolved
    schedule.state, schedule.plans_digest = ScheduleState.SOLVED, held[schedule.pk].plans_digest
    dating.hold_plans()
    question = problem_rows.load(held[schedule.pk], now=now)
    if question.digest != schedule.plans_digest:
        raise StaleSchedule
    slots = {slot.plan_id: slot for slot in WaveSlot.objects.filter(schedule=schedule)}
    to_date = dating.changes(question, slots)
    if any(change.is_moved and change.slot.starts_at <= now for change in to_date):
        raise DaysOver
    for before in held.values():
        if before.state == ScheduleState.APPLIED:
            transition(row=before, to=ScheduleState.SUPERSEDED, now=now, by=by)
    transition(row=schedule, to=ScheduleState.APPLIED, now=now, by=by, applied_at=now)
    audit.record(row=schedule, action="schedule.applied", now=now, by=by)
    dating.date_plans(to_date, now=now, by=by)
    dating.withdraw_dates(dating.without_place(question, slots), now=now, by=by, reason=dating.NO_PLACE)


def unschedule_plan(*, plan: MigrationPlan, now: datetime, by: str, reason: str = "") -> None:
    """Take back the date of a plan that has not begun; the customer is told if the date was."""
    held = MigrationPlan.objects.select_for_update().select_related("customer").get(pk=plan.pk)
    if held.state != PlanState.SCHEDULED:
        raise NoDate
    dating.withdraw_dates([held], now=now, by=by, reason=reason)
    WaveSlot.objects.filter(plan=held, schedule__state=ScheduleState.APPLIED).delete()
    plan.refresh_from_db()


def _only(rules: Mapping[str, Any], *, among: frozenset[str]) -> None:
    if unknown := set(rules) - among:
        raise TypeError(f"a schedule has no rule {', '.join(sorted(unknown))}")


def _save_new(schedule: WaveSchedule, *, now: datetime, by: str, action: str) -> None:
    check_rules(schedule)
    schedule.save(force_insert=True)
    born(row=schedule, now=now, by=by)
    audit.record(row=schedule, action=action, now=now, by=by)


def _copy(
    schedule: WaveSchedule, *, name: str, now: datetime, by: str, action: str, **changes: Any
) -> WaveSchedule:
    copied = WaveSchedule(
        partner_id=schedule.partner_id,
        name=name,
        base=schedule,
        dropped_wishes=schedule.dropped_wishes,
        created_at=now,
        created_by=by,
    )
    for rule in ("first_day", "last_day", *RULES):
        setattr(copied, rule, changes.get(rule, getattr(schedule, rule)))
    _save_new(copied, now=now, by=by, action=action)
    return copied


def _lock_open(schedule: WaveSchedule) -> None:
    """Hold the row as it is now: the planner may have answered since the door read it."""
    schedule.refresh_from_db(from_queryset=WaveSchedule.objects.select_for_update())
    if schedule.state not in OPEN:
        raise ScheduleClosed


def _set_dropped(
    schedule: WaveSchedule, dropped: list[Any], wish: PlanWish, *, now: datetime, by: str
) -> None:
    action = "schedule.wish_dropped" if wish.pk in dropped else "schedule.wish_kept"
    schedule.dropped_wishes = dropped
    schedule.save(update_fields=["dropped_wishes"])
    audit.record(row=schedule, action=action, now=now, by=by, wish=str(wish.pk))
    _solve_again(schedule, now=now, by=by, reason=action)


def _solve_again(schedule: WaveSchedule, *, now: datetime, by: str, reason: str) -> None:
    if schedule.state != ScheduleState.DRAFT:
        transition(row=schedule, to=ScheduleState.DRAFT, now=now, by=by, reason=reason, **NO_RESULT)
        WaveSlot.objects.filter(schedule=schedule).delete()
    elif schedule.result:  # the planner ran out of time
        schedule.result = {}
        schedule.save(update_fields=["result"])
    # A new time, even if it is being solved: what is being found out is then not kept as the answer.
    work.schedule(schedule, due_at=now, now=now)
