"""The forms of a schedule of waves: its rules, and days written as people write them."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from onboarding.models import WaveSchedule
from onboarding.plans.waves.schedule_rules import RULES
from portal.kernel.admin_forms import (
    DeskForm,
    date_field,
    long_text_field,
    many_choices_field,
    text_field,
    time_field,
)

RANGE = re.compile(r"\s*(?:\.\.|…|–)\s*")
BETWEEN = re.compile(r"[\s,;]+")
MOST_DAYS = 366


class ScheduleForm(DeskForm):
    """The rules that a proposal keeps."""

    first_day = date_field(_("first day"))
    last_day = date_field(_("last day"))
    works_from = time_field(_("staff from"), initial=time(8))
    works_until = time_field(_("staff until"), initial=time(18))
    weekdays = many_choices_field(
        _("weekdays"), [(day + 1, capfirst(name)) for day, name in WEEKDAYS.items()], initial=[1, 2, 3, 4, 5]
    )
    blackouts = long_text_field(
        _("days without moves"),
        required=False,
        help_text=_(
            "Days or ranges, such as 2026-12-24 or 2026-12-24..2027-01-06, with blanks between them."
        ),
    )

    class Meta:
        model = WaveSchedule
        fields = ("name", "first_day", "last_day", *RULES)
        help_texts: ClassVar[dict[str, Any]] = {
            "seed": _("Where several plans are equally good, another number here may choose another one."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["blackouts"] = written(self.initial.get("blackouts") or [])

    def clean_weekdays(self) -> list[int]:
        return sorted(int(day) for day in self.cleaned_data["weekdays"])

    def clean_blackouts(self) -> list[date]:
        return read_days(self.cleaned_data["blackouts"])

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = given.get("first_day"), given.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day comes before the first."))
        return given


class NameForm(forms.Form):
    name = text_field(_("name"), max_length=100)


class WishForm(forms.Form):
    """Which wish; the page's own buttons fill it in."""

    wish = forms.UUIDField(widget=forms.HiddenInput)


def read_days(text: str) -> list[date]:
    """The days that a text names, each once."""
    found: set[date] = set()
    for word in filter(None, BETWEEN.split(RANGE.sub("..", text))):
        first, _dots, last = word.partition("..")
        found |= _range(_day(first), _day(last or first))
    return sorted(found)


def written(days: list[date]) -> str:
    """The days as a person would write them: neighbours as a range."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return " ".join(f"{run[0]}..{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise ValidationError(
            _("“%(word)s” is not a day. Write 2026-12-24."), params={"word": word}
        ) from None


def _range(first: date, last: date) -> set[date]:
    if not 0 <= (last - first).days <= MOST_DAYS:
        text = _("A range ends after it begins, and within a year: %(range)s.")
        raise ValidationError(text, params={"range": f"{first}..{last}"})
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}
