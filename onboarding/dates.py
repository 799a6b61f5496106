"""Dates in words, and how far away they are: no countdown, so a screen reader is told at thresholds only."""

from __future__ import annotations

from datetime import datetime, timedelta
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
    day = _day(local, pgettext("format of a day, for Django's date filter", "l j F Y"))
    words = {"day": day, "time": local.strftime("%H:%M"), "zone": zone_name(zone)}
    return _("%(day)s, %(time)s (%(zone)s)") % words


def _day(local: datetime, pattern: str) -> str:
    """Only English writes its days and months with a capital; Django writes all of them so."""
    day = date_format(local, pattern)
    return day if get_language() == "en" else day.lower()


def short(moment: datetime, *, now: datetime, zone: str) -> str:
    """Return the hour of a moment of today, and the day too of any other."""
    local, today = (timezone.localtime(one, ZoneInfo(zone)) for one in (moment, now))
    if local.date() == today.date():
        return local.strftime("%H:%M")
    day = _day(local, pgettext("format of a day without year, for Django's date filter", "j F"))
    return _("%(day)s, %(time)s") % {"day": day, "time": local.strftime("%H:%M")}


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
