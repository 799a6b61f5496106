"""The turn of the month, in which Meta shares no credit line with a customer who changes partner.

https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/support/migrating-wabas-among-solution-partners-via-embedded-signup

From the moment the customer leaves the old partner no message goes, until the new partner's credit line pays:
on the first of the month after it was shared. So the best day is late in a month, before the closed days.
Meta's pages do not say whose midnight counts; days are UTC here.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from portal.kernel import limits

BLACKOUT = "partner_switch_credit_blackout"
# A customer needs a day for its own part: who starts on the last open day may miss the month.
SPARE_DAYS = 1


@dataclass(frozen=True)
class MonthRule:
    """So many days at the end and at the beginning of a month on which no credit line is shared."""

    last_days: int = 3
    first_days: int = 4

    def is_closed(self, day: date) -> bool:
        """Whether Meta shares no credit line on this day."""
        return day.day <= self.first_days or day > self._last_open(day)

    def next_open_day(self, day: date) -> date:
        """This day, or the next one on which a credit line can be shared."""
        while self.is_closed(day):
            day += timedelta(days=1)
        return day

    def next_good_start(self, day: date) -> date:
        """The day from this one on that leaves the customer without messages for the shortest time."""
        if day > self._last_open(day):
            day = first_of_next_month(day)
        return max(day, self._last_open(day) - timedelta(days=SPARE_DAYS))

    def days_without_messages(self, day: date) -> int:
        """How long a customer who leaves its partner on this day cannot send."""
        return (first_of_next_month(self.next_open_day(day)) - day).days

    def _last_open(self, day: date) -> date:
        last = calendar.monthrange(day.year, day.month)[1]
        return day.replace(day=last - self.last_days)


def month_rule() -> MonthRule:
    """The rule as the table of limits has it."""
    return MonthRule(*limits.numbers(BLACKOUT))


def first_of_next_month(day: date) -> date:
    """When a credit line that is shared on this day begins to pay."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def pays_from(shared_at: datetime) -> datetime:
    """The moment from which a credit line that was shared at another one pays."""
    return midnight(first_of_next_month(shared_at.astimezone(UTC).date()))


def midnight(day: date) -> datetime:
    """The beginning of a day."""
    return datetime.combine(day, time(), UTC)
