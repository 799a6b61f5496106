from __future__ import annotations

import pytest

from portal.graph import breaker
from portal.graph.breaker import Breaker, BreakerOpen
from portal.graph.client import CallRecord
from portal.graph.errors import Outcome


def record(status: int | None) -> CallRecord:
    return CallRecord("GET", "/{waba_id}", status, None, None, None, 1, None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    present = [1000.0]
    monkeypatch.setattr(breaker.time, "monotonic", lambda: present[0])
    return present


def feed(one: Breaker, *, good: int, bad: int) -> None:
    for _call in range(good):
        one.observe(record(200))
    for _call in range(bad):
        one.observe(record(503))


def test_it_opens_when_over_half_of_twenty_calls_failed(clock: list[float]) -> None:
    one = Breaker()
    feed(one, good=10, bad=10)
    one.before_send()
    one.observe(record(None))
    with pytest.raises(BreakerOpen) as refused:
        one.before_send()
    assert refused.value.outcome is Outcome.NOT_DONE, "nothing was sent, so it may be tried again"
    assert 20 <= (refused.value.retry_after_seconds or 0) <= 31


def test_refusals_with_a_reason_do_not_open_it(clock: list[float]) -> None:
    one = Breaker()
    for _call in range(40):
        one.observe(record(400))
    one.before_send()


def test_it_lets_a_trial_through_and_stays_open_longer_each_time(clock: list[float]) -> None:
    one = Breaker()
    feed(one, good=0, bad=20)
    waits = []
    for _round in range(6):
        waits.append(one.opened_until - clock[0])
        clock[0] = one.opened_until + 0.001
        one.before_send()
        feed(one, good=0, bad=20)
    assert waits[0] >= 24
    assert max(waits) <= 300
    assert waits[3] > waits[0]


def test_a_good_answer_makes_the_next_opening_short_again(clock: list[float]) -> None:
    one = Breaker()
    feed(one, good=0, bad=60)
    clock[0] = one.opened_until + 1
    one.observe(record(200))
    while one.opened_until <= clock[0]:
        one.observe(record(503))
    assert one.opened_until - clock[0] <= 30
