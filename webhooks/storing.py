"""What the intake knows and keeps: secrets of apps in, payloads out, many requests in one transaction."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from django.conf import settings

from portal.graph.secret import Secret
from portal.kernel import work
from portal.kernel.ids import uuid7
from portal.kernel.secrets import binding, open_bytes, unwrap
from webhooks.models import Payload

KNOWN_FOR = 3.0
KNOWN_APPS = 10_000
ROWS_AT_ONCE = 500
BYTES_AT_ONCE = 16 * 1024 * 1024
CONNECT_WITHIN, ANSWER_WITHIN, REST = 3, 10.0, 0.5
RING_EVERY, RING_WITHIN = 0.2, 5.0

_APP = """
SELECT app.id, app.partner_id, app.app_secret, app.previous_app_secret, app.verify_token, tenant_key.wrapped
FROM tenants_metaapp app JOIN kernel_tenantkey tenant_key USING (partner_id)
WHERE app.app_id = %s
"""
_NOW: LiteralString = "SELECT clock_timestamp() AS at"
_SANDBOX_NOW: LiteralString = """
SELECT clock_timestamp() + coalesce((SELECT moved_by FROM kernel_sandboxclock), interval '0') AS at
"""
_INSERT: LiteralString = """
INSERT INTO webhooks_payload (
    id, partner_id, app_id, body, digest, received_at, due_at, attempts, lease_no, last_error, is_garbage
)
SELECT given.*, present.at, present.at, 0, 0, '', false
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %b::bytea[], %s::text[]) given, ({now}) present
ON CONFLICT DO NOTHING
"""

logger = logging.getLogger("portal.intake")


class Unavailable(RuntimeError):
    """The database does not answer; Meta will deliver again."""


@dataclass(frozen=True)
class App:
    """What is needed to believe a request that says it is about this app."""

    app_id: str
    partner_id: uuid.UUID
    secrets: tuple[Secret, ...]
    verify_token: Secret


class Database:
    """One connection in autocommit, made when it is needed and made again when it broke."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None
        self._turn = asyncio.Lock()
        self._rests_until = 0.0

    async def run(self, query: LiteralString, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """Run one statement, once more where an old connection was lost; or raise `Unavailable`."""
        async with self._turn:
            if asyncio.get_running_loop().time() < self._rests_until:
                raise Unavailable("it did not answer a moment ago")
            was_open = self._connection is not None
            try:
                try:
                    return await self._run(query, parameters)
                except psycopg.OperationalError:
                    if not was_open:
                        raise
                    await self.close()
                    return await self._run(query, parameters)
            except (psycopg.OperationalError, TimeoutError) as error:
                # All who wait for their turn are told at once, instead of each trying for seconds.
                self._rests_until = asyncio.get_running_loop().time() + REST
                await self.close()
                raise Unavailable(type(error).__name__) from error

    async def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _run(self, query: LiteralString, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        async with asyncio.timeout(ANSWER_WITHIN):
            if self._connection is None:
                self._connection = await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, connect_timeout=CONNECT_WITHIN, prepare_threshold=None
                )
            cursor = await self._connection.execute(query, parameters)
            return await cursor.fetchall() if cursor.description else []


class Apps:
    """The secrets of apps, read again every few seconds so that a rotation is seen at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, App | None]] = {}
        self._turn = asyncio.Lock()

    async def find(self, app_id: str) -> App | None:
        """The app with this id of any tenant, or None."""
        if not self._is_fresh(app_id):
            async with self._turn:
                if not self._is_fresh(app_id):  # whoever had the turn before may have asked the same
                    await self._read(app_id)
        return self._known[app_id][1]

    def _is_fresh(self, app_id: str) -> bool:
        read_at, _app = self._known.get(app_id, (-KNOWN_FOR, None))
        return asyncio.get_running_loop().time() - read_at < KNOWN_FOR

    async def _read(self, app_id: str) -> None:
        present = asyncio.get_running_loop().time()
        app = _opened(app_id, await self._database.run(_APP, [app_id]))
        if len(self._known) >= KNOWN_APPS:
            self._known.clear()
        self._known[app_id] = present, app


def _opened(app_id: str, rows: Sequence[tuple[Any, ...]]) -> App | None:
    if not rows:
        return None
    pk, partner_id, current, previous, verify_token, wrapped = rows[0]
    tenant_key = unwrap(wrapped)

    def opened(column: str, stored: bytes | None) -> Secret:
        if not stored:
            return Secret("")
        return open_bytes(stored, tenant_key, binding(partner_id, "tenants_metaapp", column, pk))

    secrets = opened("app_secret", current), opened("previous_app_secret", previous)
    return App(app_id, partner_id, secrets, opened("verify_token", verify_token))


class Bell:
    """Wakes the workers and never waits for the broker; what it could not say, the sweeper finds."""

    def __init__(self) -> None:
        self._wanted: str | None = None
        self._ringing: asyncio.Task[None] | None = None

    def ring(self, row_id: uuid.UUID) -> None:
        """Ring once for all that was stored since it rang last."""
        self._wanted = str(row_id)
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring())

    async def _ring(self) -> None:
        while self._wanted is not None:
            row_id, self._wanted = self._wanted, None
            ringing = asyncio.to_thread(work.doorbell, Payload.WORK_TASK, Payload.WORK_QUEUE, row_id)
            try:
                await asyncio.wait_for(ringing, RING_WITHIN)
            except TimeoutError:
                logger.warning("the broker does not answer")
            await asyncio.sleep(RING_EVERY)


@dataclass(frozen=True)
class _Waiting:
    row: tuple[uuid.UUID, uuid.UUID, str, bytes, str]
    stored: asyncio.Future[None]


class Store:
    """Group commit: while one transaction is written, the requests that arrive wait for the next."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database, self._bell = database, bell
        statement = _INSERT.replace("{now}", _SANDBOX_NOW if settings.SANDBOX else _NOW)
        self._insert_statement: LiteralString = statement
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, app: App, body: bytes) -> None:
        """Return when the body is committed, or was before; raise `Unavailable` if it can not be."""
        row = (uuid7(), app.partner_id, app.app_id, body, hashlib.sha256(body).hexdigest())
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(row, stored))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await stored

    async def finish(self) -> None:
        """Write what waits, then let go of the database."""
        if self._writing is not None:
            await self._writing
        await self._database.close()

    async def _write(self) -> None:
        while self._waiting:
            batch = self._next_batch()
            try:
                await self._insert(batch)
            except Unavailable as error:
                logger.warning("%s payloads could not be stored: %s", len(batch), error)
                _tell(batch, error)
            except psycopg.Error as error:
                await self._insert_each(batch, error)
            except Exception:
                logger.exception("%s payloads could not be stored", len(batch))
                _tell(batch, Unavailable("a defect"))
            else:
                _tell(batch, None)
                self._bell.ring(batch[0].row[0])

    def _next_batch(self) -> list[_Waiting]:
        count = total = 0
        for waiting in self._waiting[:ROWS_AT_ONCE]:
            total += len(waiting.row[3])
            if count and total > BYTES_AT_ONCE:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    async def _insert(self, batch: Sequence[_Waiting]) -> None:
        columns = zip(*(waiting.row for waiting in batch), strict=True)
        await self._database.run(self._insert_statement, [list(column) for column in columns])

    async def _insert_each(self, batch: Sequence[_Waiting], error: psycopg.Error) -> None:
        """One row that the database refuses must not keep the others out."""
        logger.error("the database refuses a payload: %s", type(error).__name__)
        for waiting in batch:
            try:
                await self._insert([waiting])
            except (Unavailable, psycopg.Error) as refusal:
                _tell([waiting], Unavailable(type(refusal).__name__))
            else:
                _tell([waiting], None)
                self._bell.ring(waiting.row[0])


def _tell(batch: Sequence[_Waiting], error: Unavailable | None) -> None:
    for waiting in batch:
        if waiting.stored.done():  # the request was given up meanwhile
            continue
        if error is None:
            waiting.stored.set_result(None)
        else:
            waiting.stored.set_exception(error)
