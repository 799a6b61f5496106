"""How the board and a wave are written: the words and the places of what board.py and wave.py found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onboarding.admin.schedule_words import CLOSED, CLOSED_WHY, TROUBLES, day_words
from onboarding.admin.words import WHO
from onboarding.models import Risk, WaveSchedule
from onboarding.plans.numbers import international
from onboarding.plans.waves.board import Board, Closed, Day, Entry
from onboarding.plans.waves.problem_rows import LeftOut
from onboarding.plans.waves.timeline import Group, Span, Track, Wave
from onboarding.reasons import Text
from onboarding.states import LineState, PlanState
from portal.kernel.templatetags.desk import badge, look

TICKS_ON_A_PHONE = 4
# So near to an edge, in percent, a text would not fit.
EDGE = 4.0
LEFT_OUT: dict[LeftOut, Text] = {
    LeftOut.DO_NOT_MOVE: gettext_lazy("the assessment says not to move"),
    LeftOut.PAUSED: gettext_lazy("paused"),
    LeftOut.WAITS_FOR: gettext_lazy("waits for a plan without a day"),
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One day of the calendar, in words."""

    day: Day
    name: str
    number: str
    load: str
    # The part of the day that the customers of each risk use, for CSS.
    parts: Sequence[tuple[str, str]]
    closed: Sequence[tuple[Text, Text]]
    notes: Sequence[tuple[str, str]]
    signups: str
    looks: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One stroke of the timeline: where it stands, and what it means for those who do not see it."""

    look: str
    place: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One number of a wave, in words and strokes."""

    track: Track
    number: str
    who: Text
    planned: str
    actual: str
    downtime: str
    no_return: str
    bars: Sequence[Bar]


def weeks(board: Board) -> list[list[Field]]:
    """The calendar in weeks of seven days."""
    fields = [_field(board.schedule, day) for day in board.days]
    return [fields[n : n + 7] for n in range(0, len(fields), 7)]


def customers_words(count: int) -> str:
    return ngettext("%(n)d customer", "%(n)d customers", count) % {"n": count}


def numbers_words(count: int) -> str:
    return ngettext("%(n)d number", "%(n)d numbers", count) % {"n": count}


def shown(board: Board) -> str:
    """What of the board is to be seen."""
    return f"{customers_words(board.customers)} · {numbers_words(board.numbers)}"


def wave_figures(wave: Wave) -> str:
    """How big a wave is, and how far."""
    moved = wave.lines[LineState.MOVED]
    total = sum(wave.lines.values()) - wave.lines[LineState.ABANDONED]
    words = f"{customers_words(len(wave.groups))} · {numbers_words(total)}"
    return words + (" · " + _("%(n)d moved") % {"n": moved} if moved else "")


def columns(board: Board) -> str:
    """The widths of the weekdays, for CSS: those on which nobody moves are narrow."""
    used = {day.day.isoweekday() for day in board.days if day.load.customers}
    wide = used | set(board.schedule.weekdays)
    return " ".join("minmax(0, 1fr)" if day in wide else "minmax(0, .45fr)" for day in range(1, 8))


def beside(entry: Entry) -> Text:
    """Why a plan stands beside the calendar: without a day, late, or waiting for somebody."""
    if entry.slot:
        need = entry.requirement
        return format_html("{} {}", badge(need.owner, WHO[need.owner]), need.title) if need else ""
    if entry.left_out:
        return LEFT_OUT[entry.left_out]
    return _("not assessed") if entry.plan.state == PlanState.DRAFT else _("ready for a day")


def _field(schedule: WaveSchedule, day: Day) -> Field:
    shown = day.shown
    return Field(
        day=day,
        name=day_words(day.day),
        number=day_words(day.day, "j M" if day.day.day == 1 or day.day.weekday() == 0 else "j"),
        load=f"{customers_words(shown.customers)} · {numbers_words(shown.numbers)}"
        if shown.customers
        else "",
        parts=_parts(day),
        closed=[(CLOSED[why], CLOSED_WHY[why]) for why in _told(day)],
        notes=_notes(day),
        signups=f"{day.signups}/{schedule.signups_per_week}" if day.signups else "",
        looks=" ".join(_looks(schedule, day)),
    )


def _told(day: Day) -> list[Closed]:
    """What has to be said: a weekday that is never used speaks for itself."""
    if Closed.BLACKOUT in day.closed:
        return [Closed.BLACKOUT]
    return [] if Closed.WEEKDAY in day.closed else list(day.closed)


def _parts(day: Day) -> list[tuple[str, str]]:
    total = sum(day.risks.values())
    percent = min(day.percent, 100) * (day.shown.numbers / day.load.numbers if day.load.numbers else 1)
    return [
        (risk.lower(), f"width:{percent * day.risks[risk] / total:.2f}%") for risk in Risk if day.risks[risk]
    ]


def _notes(day: Day) -> list[tuple[str, str]]:
    notes = [(look(trouble), f"{count} {TROUBLES[trouble]}") for trouble, count in day.troubles.items()]
    if high := day.risks[Risk.HIGH]:
        notes.append(("warning", ngettext("%(n)d high risk", "%(n)d high risk", high) % {"n": high}))
    return notes


def _looks(schedule: WaveSchedule, day: Day) -> list[str]:
    looks = {
        "is-off": Closed.WEEKDAY in day.closed,
        "is-closed": Closed.WEEKDAY in day.closed or Closed.BLACKOUT in day.closed,
        "is-month": Closed.MONTH in day.closed,
        "is-today": day.is_today,
        "is-past": day.is_past,
        "is-outside": not day.in_range,
        "is-used": bool(day.shown.customers),
        "is-full": day.percent >= 100,
        "is-over": day.signups > schedule.signups_per_week,
    }
    return [name for name, is_so in looks.items() if is_so]


def ticks(wave: Wave) -> list[tuple[str, str, str]]:
    """The hours above the timeline: where, which, and how the text stands; a phone has room for some."""
    zone = ZoneInfo(wave.schedule.time_zone)
    every = wave.axis.ticks()
    step = len(every) // TICKS_ON_A_PHONE + 1
    found = []
    for n, tick in enumerate(every):
        percent = wave.axis.percent(tick)
        looks = {"is-minor": bool(n % step), "is-first": percent < EDGE, "is-last": percent > 100 - EDGE}
        text = date_format(timezone.localtime(tick, zone), "H:i")
        found.append((wave.axis.place(tick), text, " ".join(name for name, is_so in looks.items() if is_so)))
    return found


def rows(wave: Wave, group: Group, *, now: datetime) -> list[Row]:
    """The numbers of one plan of a wave."""
    zone = ZoneInfo(wave.schedule.time_zone)
    return [
        Row(
            track=track,
            number=international(track.view.line.display_phone_number),
            who=WHO[track.view.requirement.owner] if track.view.requirement else "",
            planned=span_words(track.planned, zone, wave.day),
            actual=span_words(track.actual, zone, wave.day) if track.actual else "",
            downtime=length_words(track.view.downtime) if track.view.downtime is not None else "",
            no_return=_no_return(track, zone),
            bars=_bars(wave, track, now=now),
        )
        for track in group.tracks
    ]


def span_words(span: Span, zone: ZoneInfo, day: date) -> str:
    """From when until when: 09:00–09:15; with the day where it is not the one that everybody looks at."""
    start = _time_words(span.start, zone, day)
    if span.end is None:
        return _("since %(time)s") % {"time": start}
    return f"{start}–{_time_words(span.end, zone, timezone.localtime(span.start, zone).date())}"


def _time_words(at: datetime, zone: ZoneInfo, day: date) -> str:
    local = timezone.localtime(at, zone)
    words = date_format(local, "H:i")
    return words if local.date() == day else f"{day_words(local.date(), 'j M')} {words}"


def length_words(length: timedelta) -> str:
    """How long something took: 75 s, 3 min, 2 h 5 min."""
    seconds = int(length.total_seconds())
    if seconds < 120:
        return _("%(n)d s") % {"n": seconds}
    minutes = seconds // 60
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


def _no_return(track: Track, zone: ZoneInfo) -> str:
    at = track.view.line.passed_no_return_at
    return date_format(timezone.localtime(at, zone), "H:i") if at else ""


def _bars(wave: Wave, track: Track, *, now: datetime) -> list[Bar]:
    line = track.view.line
    look = {LineState.MOVED: "moved", LineState.MOVING: "moving"}.get(LineState(line.state), "stopped")
    spans = [
        ("planned", track.planned, _("planned")),
        (look, track.actual, line.get_state_display()),
        ("down", track.downtime, _("interruption")),
    ]
    bars = [
        Bar(look=name, place=wave.axis.bar(span, now=now), words=words)
        for name, span, words in spans
        if span and wave.axis.meets(span)
    ]
    mark, words, no_return = line.passed_no_return_at, _("point of no return passed"), "no-return"
    if mark is None and line.state == LineState.PENDING and track.has_no_return:
        mark, words = track.planned.start, _("from here on there is no way back")
        no_return = "no-return is-ahead"
    if mark and wave.axis.shows(mark):
        bars.append(Bar(look=no_return, place=wave.axis.place(mark), words=words))
    return bars
