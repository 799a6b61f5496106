"""Two-step verification PINs: six digits that nobody would guess first."""

from __future__ import annotations

import secrets

from portal.graph.secret import Secret

LENGTH = 6
RUNS = "0123456789012345", "9876543210987654"


def is_guessable(pin: str) -> bool:
    """Whether a person would try it early: one or two digits only, a run, or a repeated half."""
    return len(set(pin)) <= 2 or any(pin in run for run in RUNS) or pin[:3] == pin[3:] or pin[:2] * 3 == pin


def new_pin() -> Secret:
    """A fresh PIN."""
    while True:
        pin = f"{secrets.randbelow(10**LENGTH):0{LENGTH}d}"
        if not is_guessable(pin):
            return Secret(pin)
