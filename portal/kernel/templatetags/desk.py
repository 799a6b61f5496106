"""How the desk writes times, states and owners: the same in lists, pages and the overview."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

LOOKS = {
    "INVITED": "neutral",
    "SIGNED_UP": "info",
    "REGISTERED": "primary",
    "LIVE": "success",
    "EXPIRED": "danger",
    "CANCELLED": "neutral",
    "PENDING": "neutral",
    "WAITING": "warning",
    "DONE": "success",
    "FAILED": "danger",
    "STAFF": "ours",
    "CUSTOMER": "info",
    "META": "neutral",
    "CONSUMER": "neutral",
    "PORTAL": "primary",
    # Migration plans, their numbers, checks, assessments, schedules and imports.
    "DRAFT": "neutral",
    "ASSESSED": "info",
    "SCHEDULED": "primary",
    "IN_PROGRESS": "warning",
    "COMPLETED": "success",
    "ABANDONED": "neutral",
    "LATE": "danger",
    "BLOCKED": "warning",
    "PAUSED": "neutral",
    "DRIFTED": "warning",
    "MOVING": "warning",
    "MOVED": "success",
    "ROLLED_BACK": "danger",
    "OK": "success",
    "FAIL": "danger",
    "NOT_APPLICABLE": "neutral",
    "FITS": "success",
    "AT_RISK": "warning",
    "EXCEEDS": "danger",
    "MOVE_NOW": "success",
    "MOVE_LATER": "warning",
    "DO_NOT_MOVE": "danger",
    "LOW": "neutral",
    "MEDIUM": "neutral",
    "HIGH": "warning",
    "CREATE": "success",
    "UPDATE": "info",
    "UNCHANGED": "neutral",
    "ERROR": "danger",
    "CHECKED": "info",
    "APPLIED": "success",
    "DISCARDED": "neutral",
    "SOLVED": "primary",
    "INFEASIBLE": "danger",
    "SUPERSEDED": "neutral",
}
ICONS = {"DONE": "check", "FAILED": "priority_high", "WAITING": "hourglass_top", "PENDING": "more_horiz"}


def badge(value: str, text: object) -> SafeString:
    """A state or an owner as a label; the word says it, the colour repeats it."""
    return format_html('<span class="desk-badge desk-{}">{}</span>', LOOKS.get(value, "neutral"), text)


def relative(at: datetime, now: datetime) -> str:
    """How far away, in one unit: 3 days ago, in 5 hours, now."""
    away = abs(at - now)
    if away < timedelta(minutes=1):
        return _("now")
    # A deadline is counted in days: "1 week" may be 13 of them.
    is_weeks = timedelta(days=7) <= away < timedelta(days=28)
    days = ngettext("%(n)d day", "%(n)d days", away.days) % {"n": away.days}
    if at < now:
        return _("%(time)s ago") % {"time": days if is_weeks else timesince(at, now, depth=1)}
    return _("in %(time)s") % {"time": days if is_weeks else timesince(now, at, depth=1)}


def when(at: datetime | None, now: datetime, *, with_relative: bool = True) -> SafeString | str:
    """A moment: absolute, to the second when pointed at, and how far away."""
    if at is None:
        return "–"
    local = timezone.localtime(at)
    far = format_html(' <span class="desk-ago">{}</span>', relative(at, now)) if with_relative else ""
    return format_html(
        '<time class="desk-when" datetime="{}" title="{}">{}{}</time>',
        at.isoformat(),
        local.strftime("%Y-%m-%d %H:%M:%S %Z"),
        date_format(local, "j M, H:i" if local.year == now.year else "j M Y, H:i"),
        far,
    )


def pretty_json(value: object) -> SafeString:
    """Meta's JSON for people to read."""
    return format_html('<pre class="desk-code">{}</pre>', json.dumps(value, indent=2, ensure_ascii=False))


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], at: datetime | None) -> SafeString | str:
    """A moment beside the page's present."""
    return when(at, context["now"])


@register.simple_tag(name="badge")
def badge_tag(value: str, text: object) -> SafeString:
    return badge(value, text)


@register.filter
def icon(state: str) -> str:
    """The symbol of a step's state."""
    return ICONS.get(state, "more_horiz")


@register.filter
def look(value: str) -> str:
    """The colour class of a state or an owner."""
    return LOOKS.get(value, "neutral")
