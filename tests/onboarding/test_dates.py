"""Dates as people say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from onboarding import dates

DEADLINE = datetime(2026, 12, 8, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "zone", "words"),
    [
        ("en", "Europe/Rome", "Tuesday 8 December 2026, 14:30 (Italian time)"),
        ("it", "Europe/Rome", "martedì 8 dicembre 2026, ore 14:30 (ora italiana)"),
        ("en", "America/New_York", "Tuesday 8 December 2026, 08:30 (New York time)"),
        ("en", "UTC", "Tuesday 8 December 2026, 13:30 (UTC)"),
    ],
)
def test_a_date_names_the_day_the_hour_and_whose_hour(language: str, zone: str, words: str) -> None:
    with translation.override(language):
        assert dates.in_words(DEADLINE, zone=zone) == words


def test_only_other_days_are_named() -> None:
    with translation.override("en"):
        assert dates.short(DEADLINE, now=DEADLINE, zone="Europe/Rome") == "14:30"
        assert (
            dates.short(DEADLINE, now=DEADLINE - timedelta(days=1), zone="Europe/Rome") == "8 December, 14:30"
        )


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (timedelta(days=13, hours=23), "13 days left"),
        (timedelta(hours=48), "2 days left"),
        (timedelta(hours=47, minutes=59), "47 hours left"),
        (timedelta(hours=1), "1 hour left"),
        (timedelta(minutes=59), "less than an hour left"),
        (timedelta(0), "time is over"),
    ],
)
def test_the_time_left_is_coarser_the_farther_away(delta: timedelta, words: str) -> None:
    with translation.override("en"):
        assert dates.left(delta) == words
