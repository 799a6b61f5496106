from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from .graph import Target
from .world import Token, World

RING = 5000


class LoggedCall(Struct, omit_defaults=True, kw_only=True, rename={"as_": "as"}):
    """One call as it happened; nothing in it depends on the wall clock but the simulated time."""

    seq: int
    at: float
    method: str
    path: str
    ids: dict[str, str]
    status: int  # 0: the connection was cut, no answer was sent
    code: int | None = None
    subcode: int | None = None
    app_id: str = ""
    as_: str = ""
    fault: str = ""
    acted: bool = True


class CallLog:
    """The last calls, and how often each path was called for each id since the last reset."""

    def __init__(self) -> None:
        self.ring: deque[LoggedCall] = deque(maxlen=RING)

    def add(self, world: World, target: Target, call: LoggedCall) -> None:
        self.ring.append(call)
        counts = world.call_counts.setdefault(f"{call.method} {target.template}", {})
        key = next(iter(target.ids.values()), "")
        counts[key] = counts.get(key, 0) + 1

    def matching(
        self, *, path: str = "", method: str = "", id: str = "", since: int = 0
    ) -> Iterator[LoggedCall]:
        """Calls, oldest first, narrowed by template, method, any of their ids, or number."""
        for call in self.ring:
            if call.seq <= since or (method and call.method != method) or (path and call.path != path):
                continue
            if not id or id in call.ids.values():
                yield call


def holder(token: Token | None) -> str:
    """Who called, in one word, for people who read the log."""
    if token is None:
        return ""
    return "APP" if token.type == "APP" else token.role or "BUSINESS_INTEGRATION"
