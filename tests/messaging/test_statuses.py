"""Statuses move a message forward and never back, in whatever order they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging import statuses
from messaging.models import STATUS_RANK, Message, MessageStatus
from messaging.statuses import TOLD, Status

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WAY = ["sent", "delivered", "read", "played"]

some_status = st.builds(
    Status,
    id=st.just("wamid.A"),
    status=st.sampled_from([*TOLD, "deleted", "warning", ""]),
    timestamp=st.integers(1_700_000_000, 1_900_000_000).map(str),
)


def outbound(status: str = MessageStatus.ACCEPTED) -> Message:
    return Message(status=status, due_at=NOW)


@given(st.lists(some_status, max_size=8))
def test_a_message_never_goes_back(told: list[Status]) -> None:
    message = outbound()
    for status in told:
        before = MessageStatus(message.status)
        statuses.advance(message, status, now=NOW)
        after = MessageStatus(message.status)
        assert STATUS_RANK[after] >= STATUS_RANK[before]
        if before == MessageStatus.FAILED:
            assert after == MessageStatus.FAILED
        if before in statuses.ARRIVED:
            assert after != MessageStatus.FAILED


@given(st.permutations(WAY), st.integers(1, 4))
def test_the_order_of_arrival_does_not_matter(order: list[str], length: int) -> None:
    told = [status for status in order if status in WAY[:length]]
    message = outbound()
    for status in told:
        at = NOW + timedelta(minutes=WAY.index(status))
        statuses.advance(message, Status("wamid.A", status, str(int(at.timestamp()))), now=NOW)
    assert message.status == TOLD[WAY[length - 1]]
    assert message.sent_at == NOW
    assert message.delivered_at == (NOW + timedelta(minutes=1) if length > 1 else None)
    assert message.read_at == (NOW + timedelta(minutes=2) if length > 2 else None)


def test_being_told_twice_changes_nothing() -> None:
    message = outbound()
    for _time in range(2):
        statuses.advance(message, Status("wamid.A", "delivered", "1795168920"), now=NOW)
        assert message.status == MessageStatus.DELIVERED
        assert message.delivered_at == datetime.fromtimestamp(1795168920, UTC)


@pytest.mark.parametrize("before", [MessageStatus.QUEUED, MessageStatus.UNCONFIRMED])
def test_what_meta_tells_of_is_no_longer_waited_for(before: str) -> None:
    message = outbound(before)
    statuses.advance(message, Status("wamid.A", "sent", "1795168920"), now=NOW)
    assert (message.status, message.wamid, message.due_at) == (MessageStatus.SENT, "wamid.A", None)


def test_a_failure_keeps_metas_code() -> None:
    message = outbound()
    told = {"id": "wamid.A", "status": "failed", "errors": [{"code": 131026, "title": "Undeliverable"}]}
    statuses.advance(message, statuses.read(told), now=NOW)
    assert (message.status, message.code, message.failed_at) == (MessageStatus.FAILED, 131026, NOW)
