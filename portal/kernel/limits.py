"""Meta's limits as the table has them (seeded from limits.csv): a change at Meta is a row and no release."""

from __future__ import annotations

import re
from collections.abc import Collection
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


def numbers(name: str) -> tuple[int, ...]:
    """The whole numbers in the value of a limit that is a sentence, in their order."""
    found = tuple(int(digits) for digits in re.findall(r"[0-9]+", _row(name).value))
    if not found:
        raise UnknownLimit(f"the limit {name!r} has no number")
    return found


def duration(name: str) -> timedelta:
    """The value of a limit whose unit begins with days, hours, minutes or seconds."""
    row = _row(name)
    unit = row.unit.split(" ")[0]
    if unit not in UNITS:
        raise UnknownLimit(f"the limit {name!r} is counted in {row.unit!r}, which is not a time")
    return timedelta(**{unit: number(name)})


def values(names: Collection[str]) -> dict[str, str]:
    """Several limits as they stand, in one query."""
    found = dict(Limit.objects.filter(pk__in=list(names)).values_list("name", "value"))
    if missing := set(names) - set(found):
        raise UnknownLimit(f"there are no limits named {', '.join(sorted(missing))}; run migrate")
    return found


def _row(name: str) -> Limit:
    try:
        return Limit.objects.get(pk=name)
    except Limit.DoesNotExist as error:
        raise UnknownLimit(f"there is no limit named {name!r}; run migrate") from error
