from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import msgspec
from msgspec import Struct, field

from .calllog import CallLog
from .clock import Clock
from .faults import Faults
from .webhooks import Dispatcher
from .world import World

logger = logging.getLogger("portal.simulator")


class Saved(Struct, kw_only=True):
    """The state file."""

    world: World
    faults: Faults = field(default_factory=Faults)


class Simulator:
    """The running program: one world, its clock, its log, its faults, and the webhooks it sends."""

    def __init__(
        self,
        *,
        seed: int = 1,
        state: Path | None = None,
        clock: Clock | None = None,
        follow_clock: str = "",
        follow_token: str = "",
    ) -> None:
        self.clock = clock or Clock()
        self.world = World(seed=seed)
        self.faults = Faults()
        self.log = CallLog()
        self.webhooks = Dispatcher(world=lambda: self.world, clock=self.clock, faults=lambda: self.faults)
        self.dirty = False
        self._state = state
        self._follow_clock, self._follow_token = follow_clock, follow_token
        self._saver: asyncio.Task[None] | None = None
        self._late: set[asyncio.Task[None]] = set()
        if state is not None and state.exists():
            self._restore(state)

    def _restore(self, state: Path) -> None:
        saved = msgspec.json.decode(state.read_bytes(), type=Saved)
        self.world, self.faults = saved.world, saved.faults
        self.clock.offset_seconds, self.clock.frozen_at = saved.world.offset_seconds, saved.world.frozen_at

    def touch(self) -> None:
        """Something changed: save soon, and look whether a webhook is due."""
        self.dirty = True
        self.webhooks.wake()

    def reset(self, *, seed: int) -> None:
        """An empty world; the clock goes back to real time."""
        self.world, self.faults, self.log = World(seed=seed), Faults(), CallLog()
        self.webhooks.log.clear()
        self.clock.offset_seconds, self.clock.frozen_at = 0.0, None
        self.touch()

    async def set_clock(self, *, offset_seconds: float, frozen_at: float | None = None) -> bool | None:
        """Move the clock, and say whether the program that follows it moved too (None: nobody follows)."""
        self.clock.offset_seconds, self.clock.frozen_at = offset_seconds, frozen_at
        self.world.offset_seconds, self.world.frozen_at = offset_seconds, frozen_at
        self.touch()
        return await self.tell_follower() if self._follow_clock else None

    async def tell_follower(self) -> bool:
        headers = {"X-Sandbox-Token": self._follow_token}
        timeout = aiohttp.ClientTimeout(total=5)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session:
                body = {"offset_seconds": self.clock.offset_seconds}
                async with session.post(self._follow_clock, json=body, headers=headers) as response:
                    return 200 <= response.status < 300
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    def later(self, seconds: float, act: Callable[[], Awaitable[object]]) -> None:
        """Do something after a real delay, without anyone waiting for it."""

        async def run() -> None:
            await asyncio.sleep(seconds)
            await act()

        task = asyncio.create_task(run())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def start(self) -> None:
        await self.webhooks.start()
        self._saver = asyncio.create_task(self._save_often())

    async def stop(self) -> None:
        tasks = [*self._late, *filter(None, [self._saver])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.webhooks.stop()
        self.save()

    async def _save_often(self) -> None:
        pause = 1.0
        while True:
            await asyncio.sleep(pause)
            if self.dirty:
                began = time.monotonic()
                self.save()
                pause = max(1.0, 20 * (time.monotonic() - began))  # a large world is saved less often

    def save(self) -> None:
        """Replace the state file in one step, so that a crash leaves the old or the new one."""
        self.dirty = False
        if self._state is None:
            return
        part = self._state.with_suffix(".part")
        self._state.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(msgspec.json.encode(Saved(world=self.world, faults=self.faults)))
            part.chmod(0o600)
            part.replace(self._state)
        except (OSError, ValueError):
            logger.exception("The state file could not be written")
