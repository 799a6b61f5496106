"""How fast somebody may go: GCRA over any number of keys, decided in one round trip to Redis.

Each key holds one number, the theoretical arrival time of its next call. A call passes only if all its keys
let it, so nothing is used up by a call that is refused. Without Redis each process counts for itself.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import lru_cache

import redis
from django.conf import settings
from redis.commands.core import Script

CACHE_DATABASE = 1
PATIENCE = 0.2
DEAF_FOR = 5.0
REMEMBERED_KEYS = 10_000

# KEYS: one for each rate. ARGV: seconds between calls and calls in a burst, for each key.
# Returns the wait in microseconds (0: go) and how many more calls the tightest key would let pass.
GCRA = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local wait, left, arrivals = 0, nil, {}
for i, key in ipairs(KEYS) do
  local spacing = tonumber(ARGV[2 * i - 1]) * 1000000
  local arrival = math.max(tonumber(redis.call('GET', key) or '0'), now) + spacing
  local room = now + spacing * tonumber(ARGV[2 * i]) - arrival
  wait = math.max(wait, -room)
  left = math.min(left or math.huge, math.floor(room / spacing))
  arrivals[i] = arrival
end
if wait > 0 then return {math.ceil(wait), 0} end
for i, key in ipairs(KEYS) do
  local kept = math.ceil((arrivals[i] - now) / 1000) + 1000
  redis.call('SET', key, string.format('%.0f', arrivals[i]), 'PX', kept)
end
return {0, left}
"""


@dataclass(frozen=True)
class Rate:
    """So many calls in a period, which may all come at once and then come back evenly."""

    calls: int
    period: float

    @property
    def spacing(self) -> float:
        return self.period / self.calls


@dataclass(frozen=True)
class Decision:
    """Whether a call passes: the seconds to wait (0: go now) and the calls left after it."""

    wait: float
    left: int


class Pacer:
    """Decides calls with the Redis at `url`, and alone for a while after Redis did not answer."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url, db=CACHE_DATABASE, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
        )
        self._script: Script = self._client.register_script(GCRA)
        self._deaf_until = 0.0
        self.alone = Local()

    def decide(self, rates: dict[str, Rate]) -> Decision:
        """Count one call against every key, or none if one refuses. Keys begin with the tenant's id."""
        if time.monotonic() < self._deaf_until:
            return self.alone.decide(rates)
        arguments = [value for rate in rates.values() for value in (rate.spacing, rate.calls)]
        try:
            wait, left = self._script(keys=[f"{key}:pace" for key in rates], args=arguments)
        except redis.RedisError:
            self._deaf_until = time.monotonic() + DEAF_FOR
            return self.alone.decide(rates)
        return Decision(wait / 1_000_000, left)


class Local:
    """The same rule in the memory of one process."""

    def __init__(self) -> None:
        self._arrivals: dict[str, float] = {}
        self._lock = threading.Lock()

    def decide(self, rates: dict[str, Rate], now: float | None = None) -> Decision:
        """Count one call at `now`, in seconds of any steady clock."""
        now = time.monotonic() if now is None else now
        with self._lock:
            arrivals = {
                key: max(self._arrivals.get(key, 0.0), now) + rate.spacing for key, rate in rates.items()
            }
            rooms = [now + rate.period - arrivals[key] for key, rate in rates.items()]
            # A hair of tolerance: sums of spacings are not exact.
            if (wait := -min(rooms)) > 1e-9:
                return Decision(wait, 0)
            self._arrivals |= arrivals
            self._forget(now)
        return Decision(
            0.0,
            min(int(room / rate.spacing + 1e-6) for room, rate in zip(rooms, rates.values(), strict=True)),
        )

    def _forget(self, now: float) -> None:
        if len(self._arrivals) > REMEMBERED_KEYS:
            self._arrivals = {key: arrival for key, arrival in self._arrivals.items() if arrival > now}


@lru_cache(maxsize=1)
def pacer() -> Pacer:
    """The pacer of this process."""
    return Pacer(settings.REDIS_URL)
