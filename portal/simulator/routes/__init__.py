"""One file per Graph node; importing this package fills the route table."""

from __future__ import annotations

from . import (
    app,
    business,
    coexistence,
    credit,
    media,
    messages,
    oauth,
    phone_number,
    preverified,
    profile,
    template,
    waba,
)

__all__ = [
    "app",
    "business",
    "coexistence",
    "credit",
    "media",
    "messages",
    "oauth",
    "phone_number",
    "preverified",
    "profile",
    "template",
    "waba",
]
