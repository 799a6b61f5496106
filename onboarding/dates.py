"""Dates in words, and how far away they are: no countdown, so a screen reader is told at thresholds only."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def zone_name(zone: str) -> str:
    """Return a time zone as people call it: Italian time, or the time of a city."""
    if zone == "Europe/Rome":
        return _("Italian time")
    if zone == "UTC":
        return "UTC"
    return _("%(city)s time") % {"city": zone.rpartition("/")[2].replace("_", " ")}


def in_words(moment: datetime, *, zone: str) -> str:
    """Return weekday, date, hour and zone: Tuesday 8 December 2026, 14:30 (Italian time)."""
    local = timezone.localtime(moment, ZoneInfo(zone))
    words = {"day": day(moment, zone=zone), "time": local.strftime("%H:%M"), "zone": zone_name(zone)}
    return _("%(day)s, %(time)s (%(zone)s)") % words


def day(moment: datetime, *, zone: str) -> str:
    """Return weekday and date: Tuesday 8 December 2026."""
    return whole_day(timezone.localtime(moment, ZoneInfo(zone)))


def whole_day(local: date) -> str:
    """Return weekday and date of a day of the calendar."""
    return _day(local, pgettext("format of a day, for Django's date filter", "l j F Y"))


def clock(moment: datetime, *, zone: str) -> str:
    """Return the hour alone: 14:30."""
    return timezone.localtime(moment, ZoneInfo(zone)).strftime("%H:%M")


def hour(moment: datetime, *, zone: str) -> str:
    """Return hour and zone: 14:30 (Italian time)."""
    return _("%(time)s (%(zone)s)") % {"time": clock(moment, zone=zone), "zone": zone_name(zone)}


def _day(local: date, pattern: str) -> str:
    """Only English writes its days and months with a capital; Django writes all of them so."""
    day = date_format(local, pattern)
    return day if get_language() == "en" else day.lower()


def short(moment: datetime, *, now: datetime, zone: str) -> str:
    """Return the hour of a moment of today, and the day too of any other."""
    local, today = (timezone.localtime(one, ZoneInfo(zone)) for one in (moment, now))
    if local.date() == today.date():
        return local.strftime("%H:%M")
    of_year = _day(local, pgettext("format of a day without year, for Django's date filter", "j F"))
    return _("%(day)s, %(time)s") % {"day": of_year, "time": local.strftime("%H:%M")}


def left(delta: timedelta) -> str:
    """Return the time left, coarser the farther away: 13 days, 30 hours, less than an hour."""
    if delta <= timedelta(0):
        return _("time is over")
    if delta >= 2 * DAY:
        return ngettext("%(n)d day left", "%(n)d days left", delta.days) % {"n": delta.days}
    if delta >= HOUR:
        hours = int(delta / HOUR)
        return ngettext("%(n)d hour left", "%(n)d hours left", hours) % {"n": hours}
    return _("less than an hour left")


def span(delta: timedelta) -> str:
    """Return how long something took, in its two largest units: 3 minutes 20 seconds."""
    seconds = max(int(delta.total_seconds()), 0)
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [
        (days, ngettext("%(n)d day", "%(n)d days", days)),
        (hours, ngettext("%(n)d hour", "%(n)d hours", hours)),
        (minutes, ngettext("%(n)d minute", "%(n)d minutes", minutes)),
        (seconds % 60, ngettext("%(n)d second", "%(n)d seconds", seconds % 60)),
    ]
    first = next((place for place, (n, _words) in enumerate(parts) if n), len(parts) - 1)
    shown = [words % {"n": n} for place, (n, words) in enumerate(parts[first : first + 2]) if n or not place]
    return " ".join(shown)
