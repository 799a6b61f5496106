"""A worker that does all due work and dies at one point around a register call, as a power cut would."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import django

DIED = 9


def die(*args: object, **kwargs: object) -> None:
    """No clean-up, no rollback, no word to anybody."""
    os._exit(DIED)


def is_register(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a call is about registration: by its operation, its row, or the address it is sent to."""
    for value in (*args, *kwargs.values()):
        operation = getattr(value, "operation", value)
        url = getattr(value, "url", None)
        if operation == "register" or (
            url is not None and url.reveal().partition("?")[0].endswith("/register")
        ):
            return True
    return False


def at_register(original: Callable[..., Any], *, after: bool = False) -> Callable[..., Any]:
    """The function itself, but for a register call, before or after which the process dies."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if is_register(args, kwargs) and not after:
            die()
        result = original(*args, **kwargs)
        if is_register(args, kwargs):
            die()
        return result

    return wrapped


def arm(point: str) -> None:
    from portal.graph.transport import HttpTransport
    from portal.kernel import calls

    if point == "before the intent":
        calls._begin = at_register(calls._begin)  # type: ignore[assignment]
    elif point == "after the intent":
        HttpTransport.send = at_register(HttpTransport.send)  # type: ignore[method-assign]
    elif point == "after Meta acted":
        HttpTransport.send = at_register(HttpTransport.send, after=True)  # type: ignore[method-assign]
    elif point == "before the result is stored":
        calls._finish = at_register(calls._finish)  # type: ignore[assignment]


def main(point: str) -> None:
    django.setup()
    from portal.kernel import clock, tasks, work

    work.doorbell = lambda *args: True  # type: ignore[assignment]
    arm(point)
    tasks.drain(now=clock.now())


if __name__ == "__main__":
    main(sys.argv[1])
