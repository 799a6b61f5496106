"""What Meta's refusal of a move means, by its subcode and, where one subcode has many meanings, by its text.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from __future__ import annotations

import re

from portal.graph.errors import GraphError

OWNERSHIP, MAINTENANCE, CANNOT_MIGRATE = 2388001, 2494100, 2388103
NOT_MIGRATING = frozenset({2388091, 2388093})
ALREADY_THERE = 2388012

# Meta tells people in words which of many things is missing; the first that fits is meant.
OWNERSHIP_TEXTS = (
    (r"two.?(step|factor)|2fa|\bpin\b", "two_step_on"),
    (r"handset|mobile|\bapp\b|whatsapp account|registered to a whatsapp|in use", "number_on_phone"),
)
MIGRATE_TEXTS = (
    (r"webhook|subscrib", "move_without_webhooks"),
    (r"\bdirectly\b|\binstead\b", "add_directly"),
    (r"display name|name (is )?(not approved|pending)|verified name", "name_not_approved"),
    (r"messaging.for|on behalf|pending request|request (is )?pending", "request_pending"),
    (r"payment|credit line|funding|billing", "move_without_payment"),
    (r"(different|another|same) business|belongs? to", "move_to_other_business"),
    (r"destination|not (yet )?(been )?approved|review", "destination_not_approved"),
    (r"source|set ?up|misconfigured", "source_not_ready"),
)


def reason_of(error: GraphError) -> str:
    """The reason for which a number does not move now; empty if Meta says nothing about the move."""
    codes = {error.code, error.subcode}
    text = f"{error.title} {error.details} {error.message}".lower()
    if OWNERSHIP in codes:
        return _meant(OWNERSHIP_TEXTS, text) or "owner_not_confirmed"
    if CANNOT_MIGRATE in codes:
        return _meant(MIGRATE_TEXTS, text) or "move_put_off"
    if MAINTENANCE in codes:
        return "number_in_maintenance"
    return "move_not_begun" if codes & NOT_MIGRATING else ""


def _meant(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((reason for pattern, reason in table if re.search(pattern, text)), "")
