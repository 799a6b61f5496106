from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from portal.kernel import clock, limits
from portal.kernel.models import Limit

DAYS_14 = timedelta(days=14)


def test_fourteen_days_pass_in_a_second_where_the_sandbox_is_on(
    transactional_db: None, settings: Settings
) -> None:
    settings.SANDBOX = True
    before = clock.now()
    clock.set_offset(offset=DAYS_14)
    assert DAYS_14 <= clock.now() - before < DAYS_14 + timedelta(minutes=1)
    clock.set_offset(offset=timedelta(0))
    assert clock.now() - before < timedelta(minutes=1)


def test_without_the_sandbox_the_clock_is_the_databases(transactional_db: None, settings: Settings) -> None:
    settings.SANDBOX = True
    before = clock.now()
    clock.set_offset(offset=DAYS_14)
    settings.SANDBOX = False
    with pytest.raises(clock.SandboxOnly):
        clock.set_offset(offset=DAYS_14)
    assert clock.now() - before < timedelta(minutes=1), "an offset left in the table moves nothing"


def test_metas_limits_come_from_the_table(transactional_db: None) -> None:
    assert limits.duration("registration_window_after_embedded_signup") == DAYS_14
    assert limits.number("register_calls") == 10
    assert limits.duration("customer_service_window") == timedelta(hours=24)
    Limit.objects.filter(pk="register_calls").update(value="5")
    try:
        assert limits.number("register_calls") == 5
    finally:
        Limit.objects.filter(pk="register_calls").update(value="10")


def test_a_limit_that_is_no_number_says_so(transactional_db: None) -> None:
    with pytest.raises(limits.UnknownLimit, match="unlimited"):
        limits.number("phone_numbers_seed")
    with pytest.raises(limits.UnknownLimit, match="no limit named"):
        limits.number("nonsense")
