"""How far away a moment is, as the desk says it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from portal.kernel.templatetags.desk import relative

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(seconds=-59), "now"),
        (timedelta(hours=5), "in 5\xa0hours"),
        (timedelta(days=13, hours=23), "in 13 days"),
        (timedelta(days=-8), "8 days ago"),
        (timedelta(days=-70), "2\xa0months ago"),
    ],
)
def test_a_deadline_is_counted_in_days_and_not_in_weeks(away: timedelta, words: str) -> None:
    with translation.override("en"):
        assert relative(NOW + away, NOW) == words
