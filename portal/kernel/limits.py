"""Meta's limits as the table has them (seeded from limits.csv): a change at Meta is a row and no release."""

from __future__ import annotations

from datetime import timedelta

from portal.kernel.models import Limit

UNITS = ("days", "hours", "minutes", "seconds")


class UnknownLimit(LookupError):
    """No such row in the table of limits, or its value does not fit the question."""


def number(name: str) -> int:
    """The value of a limit as a whole number."""
    value = _row(name).value
    if not value.isdigit():
        raise UnknownLimit(f"the limit {name!r} is {value!r}, which is not a whole number")
    return int(value)


def duration(name: str) -> timedelta:
    """The value of a limit whose unit begins with days, hours, minutes or seconds."""
    row = _row(name)
    unit = row.unit.split(" ")[0]
    if unit not in UNITS:
        raise UnknownLimit(f"the limit {name!r} is counted in {row.unit!r}, which is not a time")
    return timedelta(**{unit: number(name)})


def _row(name: str) -> Limit:
    try:
        return Limit.objects.get(pk=name)
    except Limit.DoesNotExist as error:
        raise UnknownLimit(f"there is no limit named {name!r}; run migrate") from error
