"""GCRA: nobody is refused who stays within the rate, nobody passes who does not, with Redis or without."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.kernel.pacing import Local, Pacer, Rate

NOBODY = "redis://127.0.0.1:1"
steps = st.lists(st.floats(0, 5), min_size=1, max_size=60)


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


@pytest.fixture(scope="module")
def pacer() -> Pacer:
    return Pacer(os.environ["REDIS_URL"])


@settings(max_examples=200, deadline=None)
@given(steps=steps, calls=st.integers(1, 10), period=st.floats(1, 10))
def test_in_no_period_pass_more_than_burst_and_refill(steps: list[float], calls: int, period: float) -> None:
    rate, local, now, passed = Rate(calls, period), Local(), 100.0, []
    for step in steps:
        now += step
        if local.decide({"key": rate}, now).wait == 0:
            passed.append(now)
    for start in passed:
        inside = [at for at in passed if start <= at < start + period]
        assert len(inside) <= 2 * calls
        first = [at for at in passed if start <= at <= start + rate.spacing / 2]
        assert len(first) <= calls + 1


@settings(max_examples=200, deadline=None)
@given(steps=steps, calls=st.integers(1, 10), period=st.floats(1, 10))
def test_who_comes_back_after_the_wait_passes(steps: list[float], calls: int, period: float) -> None:
    rate, local, now = Rate(calls, period), Local(), 100.0
    for step in steps:
        now += step
        decision = local.decide({"key": rate}, now)
        if decision.wait:
            now += decision.wait + 1e-6
            assert local.decide({"key": rate}, now).wait == 0


def test_all_calls_of_a_period_may_come_at_once(pacer: Pacer, key: str) -> None:
    rate = Rate(5, 3600)
    left = [pacer.decide({key: rate}) for _ in range(5)]
    assert [(decision.wait, decision.left) for decision in left] == [(0, 4), (0, 3), (0, 2), (0, 1), (0, 0)]
    refused = pacer.decide({key: rate})
    assert 700 < refused.wait <= 720
    assert refused.left == 0


@pytest.mark.parametrize("make", [lambda: Pacer(os.environ["REDIS_URL"]), lambda: Pacer(NOBODY)])
def test_a_refused_call_uses_nothing_up(make: Callable[[], Pacer], key: str) -> None:
    pacer, wide, narrow = make(), Rate(3, 3600), Rate(1, 3600)
    both = {f"{key}:wide": wide, f"{key}:narrow": narrow}
    assert pacer.decide(both).wait == 0
    assert pacer.decide(both).wait > 0
    assert pacer.decide({f"{key}:wide": wide}).left == 1


def test_keys_do_not_slow_each_other_down(pacer: Pacer, key: str) -> None:
    rate = Rate(1, 3600)
    assert pacer.decide({f"{key}:a": rate}).wait == 0
    assert pacer.decide({f"{key}:b": rate}).wait == 0


def test_without_redis_each_process_counts_alone(key: str) -> None:
    pacer, rate = Pacer(NOBODY), Rate(2, 3600)
    assert [pacer.decide({key: rate}).wait == 0 for _ in range(3)] == [True, True, False]


def test_memory_is_bounded_without_redis() -> None:
    local, rate = Local(), Rate(1, 1.0)
    for n in range(30_000):
        local.decide({str(n): rate}, now=100.0 + n)
    assert len(local._arrivals) <= 10_001


@pytest.mark.races
def test_many_at_once_share_one_budget(pacer: Pacer, key: str) -> None:
    rate, passed, lock = Rate(20, 3600), [], threading.Lock()

    def call() -> None:
        for _ in range(10):
            if pacer.decide({key: rate}).wait == 0:
                with lock:
                    passed.append(1)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 20
