"""Group commit and the doorbell, seen from inside."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, LiteralString

import psycopg
import pytest

from portal.graph.secret import Secret
from portal.kernel import work
from webhooks import storing
from webhooks.storing import App, Bell, Store, Unavailable

APP = App("1", uuid.uuid4(), (Secret("s"),), Secret("v"))


class SlowDatabase:
    """Answers when it is allowed to; `refuse` says which bodies it can not take."""

    def __init__(self, refuse: Callable[[list[bytes]], Exception | None] = lambda bodies: None) -> None:
        self.statements: list[list[bytes]] = []
        self.may_go_on = asyncio.Event()
        self.closed = False
        self._refuse = refuse

    async def run(self, query: LiteralString, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        bodies: list[bytes] = parameters[3]
        self.statements.append(bodies)
        await self.may_go_on.wait()
        if error := self._refuse(bodies):
            raise error
        return []

    async def close(self) -> None:
        self.closed = True


class SilentBell(Bell):
    def __init__(self) -> None:
        super().__init__()
        self.rung = 0

    def ring(self, row_id: uuid.UUID) -> None:
        self.rung += 1


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(20):
            await test()

    asyncio.run(limited())


async def _all_waiting(store: Store, bodies: list[bytes]) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(store.add(APP, body)) for body in bodies]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


def test_what_arrives_during_a_transaction_shares_the_next_one() -> None:
    async def test() -> None:
        database, bell = SlowDatabase(), SilentBell()
        store = Store(database, bell)  # type: ignore[arg-type]
        first = await _all_waiting(store, [b"first"])
        rest = await _all_waiting(store, [b"%d" % number for number in range(50)])
        assert database.statements == [[b"first"]]
        assert not any(task.done() for task in first + rest)
        database.may_go_on.set()
        await asyncio.gather(*first, *rest)
        assert [len(bodies) for bodies in database.statements] == [1, 50]
        assert bell.rung == 2
        await store.finish()
        assert database.closed

    run(test)


def test_a_batch_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "BYTES_AT_ONCE", 100)

    async def test() -> None:
        database = SlowDatabase()
        database.may_go_on.set()
        store = Store(database, SilentBell())  # type: ignore[arg-type]
        await asyncio.gather(*await _all_waiting(store, [b"x" * 40] * 5 + [b"y" * 300]))
        assert [len(bodies) for bodies in database.statements] == [2, 2, 1, 1]

    run(test)


def test_while_the_database_is_away_everybody_is_told() -> None:
    async def test() -> None:
        database = SlowDatabase(lambda bodies: Unavailable("away"))
        database.may_go_on.set()
        store = Store(database, SilentBell())  # type: ignore[arg-type]
        answers = await asyncio.gather(*await _all_waiting(store, [b"a", b"b"]), return_exceptions=True)
        assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
        assert len(database.statements) == 1

    run(test)


def test_a_row_that_the_database_refuses_keeps_no_other_out() -> None:
    async def test() -> None:
        database = SlowDatabase(lambda bodies: psycopg.DataError() if b"bad" in bodies else None)
        database.may_go_on.set()
        store = Store(database, SilentBell())  # type: ignore[arg-type]
        tasks = await _all_waiting(store, [b"good", b"bad", b"better"])
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(answer) for answer in answers] == [type(None), Unavailable, type(None)]

    run(test)


def test_a_request_that_was_given_up_harms_nobody() -> None:
    async def test() -> None:
        database = SlowDatabase()
        store = Store(database, SilentBell())  # type: ignore[arg-type]
        gone, patient = await _all_waiting(store, [b"gone", b"patient"])
        gone.cancel()
        database.may_go_on.set()
        await patient
        assert b"patient" in [body for bodies in database.statements for body in bodies]

    run(test)


def test_the_bell_waits_for_no_broker_and_rings_once_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    asked, broker_answers = threading.Event(), threading.Event()

    def doorbell(task: str, queue: str, row_id: str) -> bool:
        rung.append(row_id)
        asked.set()
        broker_answers.wait(20)
        return True

    monkeypatch.setattr(work, "doorbell", doorbell)
    monkeypatch.setattr(storing, "RING_EVERY", 0.0)
    ids = [uuid.uuid4() for _number in range(100)]

    async def test() -> None:
        bell = Bell()
        bell.ring(ids[0])
        assert await asyncio.to_thread(asked.wait, 20)
        for row_id in ids[1:]:
            bell.ring(row_id)
        broker_answers.set()
        assert bell._ringing is not None
        await bell._ringing
        assert rung == [str(ids[0]), str(ids[-1])]

    run(test)
