"""What a schedule's days, troubles, conflicts and costs are called."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from onboarding.models import MigrationPlan, PlanWish, WaveSchedule, WishKind
from onboarding.plans.solver.problem import ElementKind
from onboarding.plans.waves.board import Closed, Trouble
from onboarding.plans.waves.problem_rows import LockReason
from onboarding.reasons import Text
from onboarding.states import ScheduleState
from portal.kernel import work
from portal.kernel.templatetags.desk import badge

CLOSED: dict[Closed, Text] = {
    Closed.BLACKOUT: gettext_lazy("no moves on this day"),
    Closed.MONTH: gettext_lazy("Meta shares no credit"),
}
CLOSED_WHY: dict[Closed, Text] = {
    Closed.BLACKOUT: gettext_lazy("The partner moves nobody on this day."),
    Closed.MONTH: gettext_lazy(
        "On the last and the first days of a month Meta shares no credit: no WABA changes partner."
    ),
}
TROUBLES: dict[Trouble, Text] = {
    Trouble.LATE: gettext_lazy("late"),
    Trouble.BLOCKED: gettext_lazy("blocked"),
    Trouble.PAUSED: gettext_lazy("paused"),
    Trouble.DRIFTED: gettext_lazy("to plan again"),
}
# The field of the rules by which a limit is changed.
FIELDS = {
    ElementKind.NUMBERS_PER_DAY: "numbers_per_day",
    ElementKind.CUSTOMERS_PER_DAY: "customers_per_day",
    ElementKind.SIGNUPS_PER_WEEK: "signups_per_week",
    ElementKind.HIGH_RISK_PER_DAY: "high_risk_per_day",
    ElementKind.DEADLINE: "last_day",
}
LIMITS: dict[ElementKind, Text] = {
    ElementKind.NUMBERS_PER_DAY: gettext_lazy("At most %(limit)s numbers move on a day."),
    ElementKind.CUSTOMERS_PER_DAY: gettext_lazy("At most %(limit)s customers move on a day."),
    ElementKind.SIGNUPS_PER_WEEK: gettext_lazy("At most %(limit)s new customers sign up in any 7 days."),
    ElementKind.HIGH_RISK_PER_DAY: gettext_lazy("At most %(limit)s high-risk customers move on a day."),
    ElementKind.DEADLINE: gettext_lazy("Everybody has moved by %(day)s."),
}
LOCKS: dict[LockReason, Text] = {
    LockReason.LINE: gettext_lazy("A number of %(customer)s is locked: it may not move before %(day)s."),
    LockReason.REGISTER_BUDGET: gettext_lazy(
        "The registration calls of %(customer)s are used up: Meta takes new ones from %(day)s on."
    ),
}
WISHES: dict[str, Text] = {
    WishKind.NOT_BEFORE: gettext_lazy("not before %(day)s"),
    WishKind.NOT_AFTER: gettext_lazy("not after %(day)s"),
    WishKind.NOT_ON: gettext_lazy("not on %(day)s"),
}


@dataclass(frozen=True, kw_only=True)
class CostRow:
    """A wish of a schedule, and by how much the best plan without it would be better; None: not known."""

    wish: PlanWish
    words: str
    days: int | None
    moved: int | None
    weighted_days: int | None
    is_dropped: bool

    @property
    def days_words(self) -> str:
        return "–" if self.days is None else days_words(self.days)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One element of a conflict: what it says, and what can be done about it."""

    sentence: str
    act: str
    # Either a page to go to, or a wish that a button leaves out here.
    link: str = ""
    wish: str = ""


def day_words(day: date, pattern: str = "D j M Y") -> str:
    """A day as a desk has room for it: Mon 30 Nov 2026."""
    text = date_format(day, pattern)
    return text if get_language() == "en" else text.lower()


def wish_words(wish: PlanWish) -> str:
    """What the customer wants: not before Mon 30 Nov 2026."""
    return str(WISHES[wish.kind]) % {"day": day_words(wish.day)}


def conflict_words(schedule: WaveSchedule) -> list[Piece]:
    """The conflict of a schedule in sentences, each with an act."""
    elements: list[dict[str, Any]] = schedule.conflict
    plans = _plans(
        uuid.UUID(name) for one in elements for name in (one.get("mover"), one.get("other")) if name
    )
    wishes = PlanWish.objects.in_bulk([one["wish"] for one in elements if one.get("wish")])
    return [_piece(one, plans, wishes) for one in elements]


def _plans(ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, MigrationPlan]:
    return MigrationPlan.objects.select_related("customer").in_bulk(list(set(ids)))


def _piece(
    element: Mapping[str, Any],
    plans: Mapping[uuid.UUID, MigrationPlan],
    wishes: Mapping[uuid.UUID, PlanWish],
) -> Piece:
    kind = ElementKind(element["kind"])
    day = day_words(date.fromisoformat(element["day"])) if element.get("day") else ""
    if kind in LIMITS:
        sentence = str(LIMITS[kind]) % {"limit": element.get("limit"), "day": day}
        return Piece(sentence=sentence, act=_("Change the rule"), link=f"#id_{FIELDS[kind]}")
    plan = plans[uuid.UUID(element["mover"])]
    page = reverse("admin:onboarding_migrationplan_change", args=[plan.pk])
    names = {"customer": plan.customer.name, "day": day}
    if kind == ElementKind.WISH:
        wish = wishes[uuid.UUID(element["wish"])]
        sentence = _("%(customer)s asks: %(wish)s.") % {**names, "wish": wish_words(wish)}
        return Piece(sentence=sentence, act=_("Leave the wish out here"), wish=str(wish.pk))
    if kind == ElementKind.DEPENDENCY:
        other = plans[uuid.UUID(element["other"])].customer.name
        sentence = _("%(customer)s moves after %(other)s.") % {**names, "other": other}
    elif kind == ElementKind.LOCK:
        sentence = str(LOCKS[LockReason(element.get("reason") or LockReason.LINE)]) % names
    else:
        sentence = _("The hours of %(customer)s and of the staff do not meet for long enough.") % names
    return Piece(sentence=sentence, act=_("Open the plan"), link=page)


def cost_rows(schedule: WaveSchedule, *, sort: str) -> list[CostRow]:
    """The wishes that a schedule keeps or leaves out, the most expensive first unless sorted by customer."""
    known: dict[str, dict[str, int | None] | None] = schedule.wish_costs
    dropped = {str(pk) for pk in schedule.dropped_wishes}
    wishes = PlanWish.objects.filter(pk__in={*known, *dropped}, withdrawn_at=None)
    rows = [
        CostRow(
            wish=wish,
            words=wish_words(wish),
            days=(cost := known.get(str(wish.pk)) or {}).get("days"),
            moved=cost.get("moved"),
            weighted_days=cost.get("weighted_days"),
            is_dropped=str(wish.pk) in dropped,
        )
        for wish in wishes.select_related("plan__customer").order_by("plan__customer__name", "day", "id")
    ]
    if sort != "customer":
        rows.sort(key=lambda row: -1 if (cost := getattr(row, sort)) is None else cost, reverse=True)
    return rows


def is_being_solved(schedule: WaveSchedule) -> bool:
    """Whether the planner works on it or will."""
    return schedule.state == ScheduleState.DRAFT and schedule.due_at is not None


def is_being_priced(schedule: WaveSchedule) -> bool:
    """Whether the planner still finds out what the wishes cost."""
    return schedule.state == ScheduleState.SOLVED and schedule.due_at is not None


def state_badge(schedule: WaveSchedule) -> SafeString:
    if is_being_solved(schedule):
        return badge("WAITING", _("being solved"))
    if schedule.state == ScheduleState.DRAFT and schedule.attempts >= work.POISON_AFTER:
        return badge("FAILED", _("not solved: an error of ours"))
    return badge(schedule.state, schedule.get_state_display())


def trouble_badge(trouble: Trouble | None) -> SafeString | str:
    """Why a plan needs a look, as a label."""
    return badge(trouble.value, str(TROUBLES[trouble])) if trouble else ""


def finish_words(schedule: WaveSchedule) -> str:
    """When the last customer has moved."""
    last = schedule.result.get("last_day")
    return day_words(date.fromisoformat(last)) if last else "–"


def seconds_words(schedule: WaveSchedule) -> str:
    """How long the planner took."""
    if schedule.seconds is None:
        return ""
    return _("%(seconds)s seconds") % {"seconds": floatformat(schedule.seconds, 1)}


def result_words(schedule: WaveSchedule) -> str:
    """The figures of a result in a sentence."""
    result = schedule.result
    if not result.get("waves"):
        return _("Nobody has to be moved.")
    waves = ngettext("%(n)d wave", "%(n)d waves", result["waves"]) % {"n": result["waves"]}
    customers = ngettext("%(n)d customer", "%(n)d customers", result["customers"]) % {
        "n": result["customers"]
    }
    numbers = ngettext("%(n)d number", "%(n)d numbers", result["numbers"]) % {"n": result["numbers"]}
    return f"{customers}, {numbers}, {waves}"


def left_out_words(schedule: WaveSchedule) -> str:
    """How many plans get no day."""
    count = len(schedule.result.get("left_out") or ())
    return ngettext("%(n)d plan gets no day", "%(n)d plans get no day", count) % {"n": count} if count else ""


def days_words(days: int) -> str:
    """A number of days: 3 days."""
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
