"""The words of the queue."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding import dates
from onboarding.models import Onboarding, Owner
from onboarding.queries import Journey
from onboarding.reasons import Text
from portal.kernel.templatetags.desk import badge, when

# Who moves next, said from the desk's side.
MOVES: dict[str, Text] = {
    Owner.STAFF: gettext_lazy("Our move"),
    Owner.CUSTOMER: gettext_lazy("Customer's move"),
    Owner.META: gettext_lazy("Waiting for Meta"),
    Owner.CONSUMER: gettext_lazy("Waiting for a consumer"),
    Owner.PORTAL: gettext_lazy("Working on it"),
}
# The same in the queue, below the words "next move".
WHO: dict[str, Text] = {
    Owner.STAFF: gettext_lazy("us"),
    Owner.CUSTOMER: gettext_lazy("customer"),
    Owner.META: "Meta",
    Owner.CONSUMER: gettext_lazy("consumer"),
    Owner.PORTAL: gettext_lazy("portal"),
}
SOON = timedelta(days=1)
NONE = mark_safe('<span class="desk-none">–</span>')


def link(row: Model | None) -> SafeString | str:
    """A row as a link to its page."""
    if row is None:
        return "–"
    meta = row._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    return format_html('<a class="desk-link" href="{}">{}</a>', address, row)


def who(onboarding: Onboarding) -> str:
    """Whose journey it is."""
    return onboarding.customer.name if onboarding.customer else _("Own number")


def state_badge(onboarding: Onboarding) -> SafeString:
    return badge(onboarding.state, onboarding.get_state_display())


def move_badge(journey: Journey, *, is_short: bool = False) -> SafeString | str:
    """Who must act next."""
    need = journey.next_action
    return badge(need.owner, (WHO if is_short else MOVES)[need.owner]) if need else "–"


def blocker(journey: Journey) -> SafeString | str:
    """What it waits for, in one line; all of it when pointed at."""
    need = journey.next_action
    return format_html('<span title="{}">{}</span>', need.explanation, need.title) if need else "–"


def time_left(journey: Journey, now: datetime) -> SafeString:
    """The time left to register: relative first, then the date."""
    if journey.time_left is None or journey.window_ends_at is None:
        return NONE
    look = "over" if journey.window_over else "soon" if journey.time_left < SOON else "calm"
    return format_html(
        '<span class="desk-left desk-left-{}">{}</span> {}',
        look,
        capfirst(dates.left(journey.time_left)),
        when(journey.window_ends_at, now, with_relative=False),
    )


def number(onboarding: Onboarding) -> SafeString:
    """The number, once it is known."""
    if onboarding.phone_number is None:
        return NONE
    return format_html('<span class="desk-number">{}</span>', onboarding.phone_number)


def attempts(journey: Journey) -> str:
    """Registration calls used of those allowed in 72 hours."""
    return f"{journey.attempts_used}/{journey.attempts_allowed}" if journey.phone_number else "–"
