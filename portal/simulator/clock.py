from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Real time plus one offset, or a frozen moment: the only clock the simulator reads."""

    def __init__(self, *, real: Callable[[], float] = time.time) -> None:
        self.offset_seconds = 0.0
        self.frozen_at: float | None = None
        self._real = real

    def now(self) -> float:
        """Simulated seconds since the epoch."""
        return (self._real() if self.frozen_at is None else self.frozen_at) + self.offset_seconds


def iso(moment: float) -> str:
    """A moment as the Graph API writes it, such as 2026-11-18T08:30:00+0000."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def month(moment: float) -> str:
    """The billing month of a moment, such as 2026-11."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m")
