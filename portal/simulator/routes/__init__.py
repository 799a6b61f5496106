"""One file per Graph node; importing this package fills the route table."""

from __future__ import annotations

from . import app, business, credit, messages, oauth, phone_number, waba

__all__ = ["app", "business", "credit", "messages", "oauth", "phone_number", "waba"]
