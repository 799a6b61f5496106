"""How two schedules are written side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from onboarding.admin.schedule_forms import written
from onboarding.admin.schedule_words import day_words, days_words, wish_words
from onboarding.models import WaveSchedule, WaveSlot
from onboarding.plans.telling.preview import Telling
from onboarding.plans.waves.comparison import Comparison, Figures, PlanChange
from onboarding.reasons import Text

Read = Callable[[Figures], Any]
# What each figure is called, how it is read, and whether less of it is better.
FIGURES: tuple[tuple[Text, Read, bool | None], ...] = (
    (gettext_lazy("first move"), lambda one: one.first_move, None),
    (gettext_lazy("last move"), lambda one: one.last_move, True),
    (pgettext_lazy("of a schedule", "waves"), lambda one: one.waves, None),
    (gettext_lazy("customers"), lambda one: one.customers, False),
    (gettext_lazy("numbers"), lambda one: one.numbers, False),
    (gettext_lazy("most numbers on one day"), lambda one: one.most_numbers_a_day, None),
    (gettext_lazy("waiting, by priority"), lambda one: one.weighted_days, True),
    (gettext_lazy("wishes left out"), lambda one: one.wishes_left_out, True),
)


@dataclass(frozen=True, kw_only=True)
class FigureRow:
    """One figure of both schedules; `look` says whether the second is better."""

    label: Text
    before: str
    after: str
    look: str


@dataclass(frozen=True, kw_only=True)
class ChangeRow:
    """One plan that moves at another time."""

    change: PlanChange
    before: str
    after: str
    days: str
    told: str


@dataclass(frozen=True, kw_only=True)
class TellingRow:
    """What is sent to some customers, and to whom."""

    title: str
    names: Sequence[str]


def summary(comparison: Comparison) -> str:
    """The difference in a sentence."""
    saved = comparison.days_saved
    if saved is None:
        words = ""
    elif saved > 0:
        words = _("Everybody has moved %(days)s earlier.") % {"days": days_words(saved)}
    elif saved < 0:
        words = _("Everybody has moved %(days)s later.") % {"days": days_words(-saved)}
    else:
        words = _("Both end on the same day.")
    changed, unchanged = len(comparison.changes), comparison.unchanged
    plans = ngettext("%(n)d plan gets another time.", "%(n)d plans get another time.", changed)
    stay = ngettext("%(n)d stays as it is.", "%(n)d stay as they are.", unchanged)
    sentences = [words, plans % {"n": changed}, stay % {"n": unchanged} if unchanged else ""]
    return " ".join(filter(None, sentences))


def figure_rows(comparison: Comparison) -> list[FigureRow]:
    return [
        FigureRow(
            label=label,
            before=_figure(read(comparison.before)),
            after=_figure(read(comparison.after)),
            look=_look(read(comparison.before), read(comparison.after), less_is_better),
        )
        for label, read, less_is_better in FIGURES
    ]


def _figure(value: Any) -> str:
    if value is None:
        return "–"
    return day_words(value) if isinstance(value, date) else str(value)


def _look(before: Any, after: Any, less_is_better: bool | None) -> str:
    if less_is_better is None or before is None or after is None or before == after:
        return ""
    return "better" if (after < before) == less_is_better else "worse"


def rule_rows(comparison: Comparison) -> list[tuple[str, str, str]]:
    """The rules that differ."""
    return [
        (rule.label, _rule(rule.name, rule.before), _rule(rule.name, rule.after)) for rule in comparison.rules
    ]


def _rule(name: str, value: Any) -> str:
    if name == "weekdays":
        return ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in value)
    if name == "blackouts":
        return written(value) or "–"
    if isinstance(value, date):
        return day_words(value)
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)


def wish_rows(comparison: Comparison) -> list[tuple[str, str]]:
    """The wishes that only one of the schedules keeps."""
    left_out, kept = _("left out: %(wish)s"), _("kept again: %(wish)s")
    rows = [(wish, left_out) for wish in comparison.dropped] + [(wish, kept) for wish in comparison.kept]
    return [(wish.plan.customer.name, words % {"wish": wish_words(wish)}) for wish, words in rows]


def change_rows(comparison: Comparison, *, zone: str) -> list[ChangeRow]:
    """The plans with another time, first those whose customers believe in the old one."""
    return [
        ChangeRow(
            change=change,
            before=_moment(change.before, zone),
            after=_moment(change.after, zone),
            days=_days(change),
            told=_told(change, zone),
        )
        for change in sorted(comparison.changes, key=lambda change: not change.must_correct)
    ]


def _moment(slot: WaveSlot | None, zone: str) -> str:
    if slot is None:
        return "–"
    starts_at = timezone.localtime(slot.starts_at, ZoneInfo(zone))
    return f"{day_words(starts_at.date())}, {date_format(starts_at, 'H:i')}"


def _days(change: PlanChange) -> str:
    if change.days is None:
        return ""
    if not change.days:
        return _("same day")
    words = _("%(days)s later") if change.days > 0 else _("%(days)s earlier")
    return words % {"days": days_words(abs(change.days))}


def _told(change: PlanChange, zone: str) -> str:
    """What the customer believes: nothing yet, the new date already, or a date that has to be corrected."""
    if change.told_start_at is None:
        return _("not told yet")
    told = day_words(timezone.localtime(change.told_start_at, ZoneInfo(zone)).date())
    return _("was told %(day)s") % {"day": told}


def telling_rows(found: Telling) -> list[TellingRow]:
    """What applying the schedule sends, in the order in which customers would mind it."""
    rows = [
        (_("A correction with the new date, within minutes"), [_name(one) for one in found.corrections]),
        (_("That the date is withdrawn, within minutes"), [_name(one) for one in found.cancellations]),
        (
            _("The announcement, in its time"),
            [f"{_name(one)} ({_before(days)})" for one, days in found.announcements],
        ),
        (
            _("The invitation to connect, three days before the move at the earliest"),
            [_name(one) for one in found.invitations],
        ),
        (_("No announcement: nobody decided to inform them"), [_name(one) for one in found.silent]),
    ]
    return [TellingRow(title=title, names=names) for title, names in rows if names]


def _name(change: PlanChange) -> str:
    return str(change.plan.customer)


def _before(days: int) -> str:
    return ngettext("%(n)d day before", "%(n)d days before", days) % {"n": days}


def name_of(schedule: WaveSchedule | None) -> str:
    """A schedule as the head of a column."""
    return schedule.name if schedule else _("no schedule")
