"""Delivers what events.py queued: signed, batched when busy, repeated with growing gaps until a 200."""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import hmac
from collections import deque
from collections.abc import Callable
from secrets import token_hex
from urllib.parse import urlencode

import aiohttp
from msgspec import Struct

from . import jobs
from .clock import Clock
from .faults import Faults, Rule
from .nodes import App
from .world import Delivery, Update, World

GAPS = (1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 57_600)
IN_FLIGHT_PER_TARGET = 4
RING = 500
BODY_IN_LOG = 4000


class Attempt(Struct, kw_only=True):
    """One POST to an endpoint, for the log."""

    seq: int
    at: float
    app_id: str
    url: str
    fields: list[str]
    updates: int
    attempt: int
    status: int
    error: str
    body: str


def signature(secret: str, body: bytes) -> str:
    """https://developers.facebook.com/docs/graph-api/webhooks/getting-started (X-Hub-Signature-256)."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def held_until(rule: Rule, now: float) -> float:
    """Each for itself, or all together when the next round of so many seconds begins."""
    if rule.kind == "webhook_delayed":
        return now + rule.seconds
    pause = max(rule.seconds, 0.01)
    return (now // pause + 1) * pause


class Dispatcher:
    """Sends due updates. What still has to be sent lives in the world, so that a restart loses nothing."""

    def __init__(self, *, world: Callable[[], World], clock: Clock, faults: Callable[[], Faults]) -> None:
        self._world, self._clock, self._faults = world, clock, faults
        self.log: deque[Attempt] = deque(maxlen=RING)
        self.delivered = 0
        self._in_flight: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self._loop_task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
        self._loop_task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        for task in (self._loop_task, *self._tasks):
            if task is not None:
                task.cancel()
        await asyncio.gather(*filter(None, (self._loop_task, *self._tasks)), return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def wake(self) -> None:
        """Something was queued, or the clock moved."""
        self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            jobs.run_due(self._world(), now=self._clock.now())
            self._collect()
            self._launch()
            try:
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _pause(self) -> float:
        """Seconds until the next thing is due; at most a second, since the clock may be moved by others."""
        world, now = self._world(), self._clock.now()
        heads = [queue[0].due for queue in (world.updates, world.deliveries, world.jobs) if queue]
        return min([1.0, *(max(0.005, due - now) for due in heads)])

    def _collect(self) -> None:
        """Move due updates to the queue of their address."""
        world, now = self._world(), self._clock.now()
        while world.updates and world.updates[0].due <= now:
            update = heapq.heappop(world.updates)
            rule = None if update.delayed else self._faults().for_webhook(world, update)
            if rule is not None:
                self._note(self._delivery([update], now), status=0, error=rule.kind)
            if rule is not None and rule.kind in ("webhook_delayed", "webhook_batched"):
                update.due, update.delayed = held_until(rule, now), True
                heapq.heappush(world.updates, update)
                continue
            copies = {"webhook_lost": 0, "webhook_doubled": 2}.get(rule.kind if rule else "", 1)
            waiting = world.pending.setdefault(f"{update.app_id} {update.url}", [])
            waiting.extend([update] * copies)
            if rule is not None and rule.kind == "webhook_reordered":
                waiting.reverse()

    def _launch(self) -> None:
        world, now = self._world(), self._clock.now()
        retries: list[Delivery] = []
        while world.deliveries and world.deliveries[0].due <= now:
            retries.append(heapq.heappop(world.deliveries))
        for delivery in retries:
            self._post_later(delivery)
        for target in list(world.pending):
            while world.pending.get(target) and self._in_flight.get(target, 0) < IN_FLIGHT_PER_TARGET:
                waiting = world.pending[target]
                batch, rest = waiting[: world.settings.webhook_batch], waiting[world.settings.webhook_batch :]
                world.pending[target] = rest
                self._post_later(self._delivery(batch, now))
            if not world.pending[target]:
                del world.pending[target]

    def _delivery(self, batch: list[Update], now: float) -> Delivery:
        first, entries = batch[0], ",".join(update.entry for update in batch)
        return Delivery(
            due=now,
            seq=self._world().serial("delivery"),
            app_id=first.app_id,
            url=first.url,
            body=f'{{"object":"whatsapp_business_account","entry":[{entries}]}}',
            fields=sorted({update.field for update in batch}),
            created_at=now,
            updates=len(batch),
        )

    def _post_later(self, delivery: Delivery) -> None:
        target = f"{delivery.app_id} {delivery.url}"
        self._in_flight[target] = self._in_flight.get(target, 0) + 1
        task = asyncio.create_task(self._post(delivery, target))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _post(self, delivery: Delivery, target: str) -> None:
        delivery.attempts += 1
        status, error = 0, ""
        world = self._world()
        try:
            status = await self._send(world, delivery)
        except (aiohttp.ClientError, OSError, TimeoutError) as problem:
            error = type(problem).__name__
        except asyncio.CancelledError:
            heapq.heappush(world.deliveries, delivery)  # stopped in the middle: the next start sends it again
            raise
        finally:
            self._in_flight[target] -= 1
        if world is self._world():
            self._settle(world, delivery, status, error)
        self.wake()

    async def _send(self, world: World, delivery: Delivery) -> int:
        app = world.find(App, delivery.app_id)
        if app is None or self._session is None:
            return 0
        body = delivery.body.encode("ascii")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": signature(app.secret, body),
        }
        timeout = aiohttp.ClientTimeout(total=world.settings.webhook_timeout_seconds)
        async with self._session.post(
            delivery.url, data=body, headers=headers, timeout=timeout, allow_redirects=False
        ) as response:
            return response.status

    def _settle(self, world: World, delivery: Delivery, status: int, error: str) -> None:
        now = self._clock.now()
        self._note(delivery, status=status, error=error)
        if status == 200:
            self.delivered += delivery.updates
            return
        delivery.due = now + GAPS[min(delivery.attempts, len(GAPS)) - 1]
        if delivery.due - delivery.created_at < world.settings.webhook_retry_hours * 3600:
            heapq.heappush(world.deliveries, delivery)

    def _note(self, delivery: Delivery, *, status: int, error: str) -> None:
        attempt = Attempt(
            seq=delivery.seq,
            at=self._clock.now(),
            app_id=delivery.app_id,
            url=delivery.url,
            fields=delivery.fields,
            updates=delivery.updates,
            attempt=delivery.attempts,
            status=status,
            error=error,
            body=delivery.body[:BODY_IN_LOG],
        )
        self.log.append(attempt)

    async def handshake(self, url: str, verify_token: str) -> str:
        """GET the callback with a challenge; empty when it was echoed, else what went wrong."""
        if self._session is None:
            return "not started"
        challenge = str(int(token_hex(4), 16))
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
        timeout = aiohttp.ClientTimeout(total=self._world().settings.webhook_timeout_seconds)
        address = f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
        try:
            async with self._session.get(address, timeout=timeout, allow_redirects=False) as response:
                answer = (await response.content.read(1024)).decode(errors="replace").strip()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as problem:
            return f"The URL couldn't be reached ({type(problem).__name__})"
        if response.status != 200:
            return f"HTTP Status Code = {response.status}; HTTP Message = {response.reason}"
        return "" if answer == challenge else "Invalid response: the challenge was not echoed"
