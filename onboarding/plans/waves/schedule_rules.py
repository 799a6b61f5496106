"""The rules of a schedule of waves, and which of them can be."""

from __future__ import annotations

import zoneinfo
from datetime import time, timedelta

from django.utils.translation import gettext_lazy

from onboarding.models import WaveSchedule
from onboarding.plans.waves.signup_limit import most_signups_per_week
from onboarding.services import Refused

RULES = (
    "numbers_per_day",
    "customers_per_day",
    "signups_per_week",
    "high_risk_per_day",
    "minutes_per_number",
    "weekdays",
    "works_from",
    "works_until",
    "time_zone",
    "blackouts",
    "seed",
)
CHANGED_BY_RULES = frozenset({"name", "first_day", "last_day", *RULES})
AT_LEAST = {
    "numbers_per_day": 1,
    "customers_per_day": 1,
    "signups_per_week": 1,
    "high_risk_per_day": 0,
    "minutes_per_number": 1,
    "seed": 0,
}
MOST = 100_000
MOST_DAYS = 366
# Far from where a calendar ends, so that days around them can be counted.
YEARS = range(2000, 2200)
MOST_BLACKOUTS = 1_000


class BadDays(Refused):
    code = "bad_schedule_days"
    message = gettext_lazy("The last day comes after the first, and within a year.")


class BadRule(Refused):
    code = "bad_schedule_rule"
    message = gettext_lazy(
        "A limit is a whole number above zero, there is at least one weekday from 1 to 7, the staff stop"
        " after they begin, and their time zone has a name such as Europe/Rome."
    )


class TooManySignups(Refused):
    code = "too_many_signups"
    message = gettext_lazy("Meta lets nobody bring that many new customers in 7 days.")


def check_rules(schedule: WaveSchedule) -> None:
    """Refuse rules by which nobody could ever move, or that Meta does not allow."""
    length = schedule.last_day - schedule.first_day
    if schedule.first_day.year not in YEARS or not timedelta(0) <= length < timedelta(days=MOST_DAYS):
        raise BadDays
    limits_are_right = all(at_least <= getattr(schedule, name) <= MOST for name, at_least in AT_LEAST.items())
    hours_are_right = schedule.works_from < schedule.works_until or schedule.works_until == time(0)
    if (
        not limits_are_right
        or not hours_are_right
        or not schedule.weekdays
        or not {1, 2, 3, 4, 5, 6, 7}.issuperset(schedule.weekdays)
        or len(schedule.blackouts) > MOST_BLACKOUTS
        or schedule.time_zone not in zoneinfo.available_timezones()
    ):
        raise BadRule
    if schedule.signups_per_week > most_signups_per_week():
        raise TooManySignups
