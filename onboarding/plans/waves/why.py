"""Why a plan is on its day in a schedule, in sentences: what kept it from every earlier one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onboarding import dates
from onboarding.models import MigrationPlan, WaveSchedule, WaveSlot
from onboarding.plans.solver.calendar import Calendar, Refusal
from onboarding.plans.solver.problem import DAY, WEEK, Mover, Risk, Wish
from onboarding.plans.waves import problem_rows
from onboarding.plans.waves.month import month_rule
from onboarding.plans.waves.plan_rows import OVER
from onboarding.plans.waves.problem_rows import LeftOut, LockReason, Question
from onboarding.states import PlanState, ScheduleState

Text = str | Promise
MOST_RUNS = 3


class Obstacle(StrEnum):
    """What kept a plan from a day; the order is that of the sentences."""

    GONE = "GONE"
    WEEKDAY = "WEEKDAY"
    BLACKOUT = "BLACKOUT"
    MONTH = "MONTH"
    HOURS = "HOURS"
    LOCK = "LOCK"
    WISH = "WISH"
    DEPENDENCY = "DEPENDENCY"
    HIGH_RISK_FIRST = "HIGH_RISK_FIRST"
    NUMBERS = "NUMBERS"
    CUSTOMERS = "CUSTOMERS"
    HIGH_RISK = "HIGH_RISK"
    SIGNUPS = "SIGNUPS"
    OTHERS = "OTHERS"


# What others do to it; without them it would move sooner.
OF_OTHERS = {
    Obstacle.NUMBERS,
    Obstacle.CUSTOMERS,
    Obstacle.HIGH_RISK,
    Obstacle.SIGNUPS,
    Obstacle.OTHERS,
}
SENTENCES: dict[Obstacle, Text] = {
    Obstacle.GONE: gettext_lazy("Over, or too near, when the days were chosen: %(days)s."),
    Obstacle.WEEKDAY: gettext_lazy("Not a working day of the staff: %(days)s."),
    Obstacle.BLACKOUT: gettext_lazy("Nobody moves on the days that the partner left out: %(days)s."),
    Obstacle.MONTH: gettext_lazy(
        "Meta shares no credit line with a WABA that changes partner on the last %(ends)s and the first"
        " %(begins)s days of a month: %(days)s."
    ),
    Obstacle.HOURS: gettext_lazy(
        "The customer's hours and those of the staff do not meet for long enough: %(days)s."
    ),
    Obstacle.DEPENDENCY: gettext_lazy("It moves after %(name)s, who moves on %(day)s."),
    Obstacle.HIGH_RISK_FIRST: gettext_lazy(
        "A customer of high risk moves only after one of lower risk has moved: %(days)s."
    ),
    Obstacle.NUMBERS: gettext_lazy("No room for its numbers among the %(limit)s of a day: %(days)s."),
    Obstacle.CUSTOMERS: gettext_lazy("Others are the %(limit)s customers of the day: %(days)s."),
    Obstacle.HIGH_RISK: gettext_lazy("Others are the %(limit)s customers of high risk of the day: %(days)s."),
    Obstacle.SIGNUPS: gettext_lazy("Meta allows %(limit)s new customers in any 7 days: %(days)s."),
    Obstacle.OTHERS: gettext_lazy(
        "There was room, but all together move sooner, or the more urgent ones do, if it waits: %(days)s."
    ),
}
LOCKS: dict[str, Text] = {
    LockReason.LINE: gettext_lazy("One of its numbers is locked: it may not move before %(day)s."),
    LockReason.REGISTER_BUDGET: gettext_lazy(
        "One of its numbers has used up its registrations: Meta accepts the next one from %(day)s on."
    ),
}
WISHES: dict[str, Text] = {
    "NOT_BEFORE": gettext_lazy("The customer asks: not before %(day)s."),
    "NOT_AFTER": gettext_lazy("The customer asks: not after %(day)s."),
    "NOT_ON": gettext_lazy("The customer asks: not on %(day)s."),
}
LEFT_OUT: dict[LeftOut, Text] = {
    LeftOut.DO_NOT_MOVE: gettext_lazy("It has no day: its assessment says that it should not move."),
    LeftOut.NO_NUMBERS: gettext_lazy("It has no day: it has no numbers to move."),
    LeftOut.PAUSED: gettext_lazy("It has no day: it is paused."),
    LeftOut.WAITS_FOR: gettext_lazy("It has no day: it moves after somebody who has none yet."),
}


def explain(plan: MigrationPlan, schedule: WaveSchedule) -> list[str]:
    """Why this plan is on its day in this schedule, or has none. In the language of whoever reads."""
    if plan.state in OVER:
        return []
    if plan.state == PlanState.IN_PROGRESS:
        return [_("The move has begun: it keeps its day.")]
    if schedule.state in (ScheduleState.DRAFT, ScheduleState.INFEASIBLE):
        return [_("The planner has given nobody a day in this schedule.")]
    question = problem_rows.load(schedule, now=schedule.solved_at or schedule.created_at)
    slots = list(WaveSlot.objects.filter(schedule=schedule).select_related("plan__customer"))
    slot = next((slot for slot in slots if slot.plan_id == plan.pk), None)
    mover = question.movers.get(str(plan.pk))
    if slot is None or mover is None:
        return [_without_day(plan, question)]
    return list(_Reasons(question, mover, slot, slots).sentences())


def _without_day(plan: MigrationPlan, question: Question) -> str:
    if plan.state == PlanState.DRAFT:
        return _("It has no day: it is not assessed yet.")
    why = question.left_out.get(plan)
    if why is not None:
        return str(LEFT_OUT[why])
    return _("It has no day: this schedule has no place for it, or its date was taken back.")


def without_messages(day: date) -> Iterator[str]:
    """What a change of partner on this day costs, and when it would cost least."""
    rule = month_rule()
    silent, best = rule.days_without_messages(day), rule.next_good_start(day)
    yield ngettext(
        "A change of partner on this day leaves the customer without messages for %(n)d day.",
        "A change of partner on this day leaves the customer without messages for %(n)d days.",
        silent,
    ) % {"n": silent}
    if best != day:
        yield ngettext(
            "On %(day)s it would be %(n)d day: late in a month, before Meta's closed days, is best.",
            "On %(day)s it would be %(n)d days: late in a month, before Meta's closed days, is best.",
            rule.days_without_messages(best),
        ) % {"day": dates.whole_day(best), "n": rule.days_without_messages(best)}


class _Reasons:
    """What stood against each day before the one that a plan has."""

    def __init__(self, question: Question, mover: Mover, slot: WaveSlot, slots: Sequence[WaveSlot]) -> None:
        self.question, self.mover, self.slot = question, mover, slot
        self.rules, self.calendar = question.problem.rules, Calendar(question.problem)
        self.others = [
            (question.movers[str(other.plan_id)], other)
            for other in slots
            if other.pk != slot.pk and str(other.plan_id) in question.movers
        ]
        self.wishes: list[Wish] = []

    def sentences(self) -> Iterator[str]:
        """The day, then each obstacle with its days."""
        found: dict[Obstacle, list[date]] = defaultdict(list)
        day = self.rules.first_day
        while day < self.slot.day:
            for obstacle in self._obstacles(day):
                found[obstacle].append(day)
            day += DAY
        words = {"day": dates.whole_day(self.slot.day), "wave": self.slot.wave}
        yield _("It moves on %(day)s, in wave %(wave)s.") % words
        if set(found) - {Obstacle.WEEKDAY}:
            found.pop(Obstacle.WEEKDAY, None)  # nobody asks why it is not a Sunday
        if not OF_OTHERS & set(found):
            yield _("It is the first day on which it can move.")
        for obstacle in Obstacle:
            if obstacle in found:
                yield from self._said(obstacle, found[obstacle])
        if self.mover.shares_credit:
            yield from without_messages(self.slot.day)
        if self.mover.told == self.slot.day:
            yield _("The customer was told this day.")

    def _obstacles(self, day: date) -> Iterator[Obstacle]:
        """What forbids the day; only if nothing does, who has taken it."""
        forbidden = list(self._forbidden(day))
        yield from forbidden or list(self._taken(day)) or [Obstacle.OTHERS]

    def _forbidden(self, day: date) -> Iterator[Obstacle]:
        for refused in self.calendar.refusals(self.mover, day):
            if refused.wish is not None and refused.wish not in self.wishes:
                self.wishes.append(refused.wish)
            is_gone = refused.why == Refusal.BLACKOUT and day in self.question.days_gone
            yield Obstacle.GONE if is_gone else Obstacle(refused.why)
        if any(other.day >= day for mover, other in self.others if mover.id in self.mover.after):
            yield Obstacle.DEPENDENCY
        if self.mover.risk == Risk.HIGH and not self.rules.is_tried:
            lower = [other.day for mover, other in self.others if mover.risk != Risk.HIGH]
            if lower and day <= min(lower):
                yield Obstacle.HIGH_RISK_FIRST

    def _taken(self, day: date) -> Iterator[Obstacle]:
        there = [mover for mover, other in self.others if other.day == day]
        if sum(mover.numbers for mover in there) + self.mover.numbers > self.rules.numbers_per_day:
            yield Obstacle.NUMBERS
        if len(there) >= self.rules.customers_per_day:
            yield Obstacle.CUSTOMERS
        high = sum(mover.risk == Risk.HIGH for mover in there)
        if self.mover.risk == Risk.HIGH and high >= self.rules.high_risk_per_day:
            yield Obstacle.HIGH_RISK
        if self.mover.needs_signup and self._is_full_week(day):
            yield Obstacle.SIGNUPS

    def _is_full_week(self, day: date) -> bool:
        signups = Counter(self.rules.recent_signups)
        signups.update(other.day for mover, other in self.others if mover.needs_signup)
        weeks = ([day + (n - start) * DAY for n in range(WEEK)] for start in range(WEEK))
        return any(sum(signups[one] for one in week) >= self.rules.signups_per_week for week in weeks)

    def _said(self, obstacle: Obstacle, days: list[date]) -> Iterator[str]:
        if obstacle == Obstacle.LOCK and self.mover.locked_until:
            words = {"day": dates.whole_day(self.mover.locked_until)}
            yield str(LOCKS[self.mover.lock_reason]) % words
        elif obstacle == Obstacle.WISH:
            for wish in self.wishes:
                yield str(WISHES[wish.kind]) % {"day": dates.whole_day(wish.day)}
        elif obstacle == Obstacle.DEPENDENCY:
            for mover, other in self.others:
                if mover.id in self.mover.after:
                    words = {"name": other.plan.customer.name, "day": dates.whole_day(other.day)}
                    yield str(SENTENCES[obstacle]) % words
        else:
            month = {"ends": self.rules.month_ends, "begins": self.rules.month_begins}
            limit = {
                Obstacle.NUMBERS: self.rules.numbers_per_day,
                Obstacle.CUSTOMERS: self.rules.customers_per_day,
                Obstacle.HIGH_RISK: self.rules.high_risk_per_day,
                Obstacle.SIGNUPS: self.rules.signups_per_week,
            }.get(obstacle)
            yield str(SENTENCES[obstacle]) % {"days": _runs(days), "limit": limit, **month}


def _runs(days: Sequence[date]) -> str:
    """Days in words: neighbours as one span; of many spans only the first and the last day are said."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    if len(runs) > MOST_RUNS:
        words = {"n": len(days), "first": dates.whole_day(days[0]), "last": dates.whole_day(days[-1])}
        return _("%(n)s days between %(first)s and %(last)s") % words
    return ", ".join(_run(run) for run in runs)


def _run(run: Sequence[date]) -> str:
    if len(run) == 1:
        return dates.whole_day(run[0])
    words = {"first": dates.whole_day(run[0]), "last": dates.whole_day(run[-1])}
    return _("from %(first)s to %(last)s") % words
