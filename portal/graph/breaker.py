"""A breaker for each app: when Meta is down, a few calls find out and the rest wait."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from .client import CallRecord
from .errors import NotSent

WATCHED = 20
SHORTEST, LONGEST = 30.0, 300.0


class BreakerOpen(NotSent):
    """Nothing was sent: too many of the last calls failed on Meta's side or on the way there."""


@dataclass(slots=True)
class Breaker:
    """Opens when over half of the last 20 calls failed; 30 seconds first, then twice as long, to 5 minutes.

    A failure is no answer or an answer of 5xx. What Meta refuses with a reason is an answer. Each process has
    its own: it needs no shared state to be kind to Meta.
    """

    recent: deque[bool] = field(default_factory=lambda: deque(maxlen=WATCHED))
    opened_until: float = 0.0
    openings: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def before_send(self) -> None:
        """Raise `BreakerOpen` while it is open; the first call after that is the trial."""
        wait = self.opened_until - time.monotonic()
        if wait > 0:
            raise BreakerOpen("the last calls to Meta failed", retry_after_seconds=round(wait) + 1)

    def observe(self, record: CallRecord) -> None:
        """Count one call that was tried."""
        failed = record.status is None or record.status >= 500
        with self.lock:
            self.recent.append(failed)
            if not failed:
                self.openings = 0
            elif len(self.recent) == WATCHED and sum(self.recent) * 2 > WATCHED:
                self._open()

    def _open(self) -> None:
        length = min(SHORTEST * 2**self.openings, LONGEST)
        self.opened_until = time.monotonic() + length * random.uniform(0.8, 1.0)  # noqa: S311  # jitter only
        self.openings += 1
        for _forgiven in range(WATCHED // 2):
            self.recent.popleft()


_breakers: dict[str, Breaker] = {}


def of_app(app_id: str) -> Breaker:
    """The breaker of an app in this process."""
    return _breakers.setdefault(app_id, Breaker())
