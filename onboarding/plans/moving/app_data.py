"""What the WhatsApp Business app of a number has shared with us, as our calls and Meta's webhooks tell.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/history
"""

from __future__ import annotations

from typing import Any

from onboarding.models import Kind, Onboarding
from portal.kernel.models import GraphCall
from webhooks.models import Change

HISTORY_FIELD, CONTACTS_FIELD = "history", "smb_app_state_sync"
DECLINED = 2593109
# What our requests are called, and what Meta's refusals of them mean.
REQUESTS = ("sync_contacts", "sync_history")
ANSWERS = {None: "asked", 2593107: "asked before", 2593108: "too late"}


def shared(onboarding: Onboarding) -> dict[str, object]:
    """What was asked for and what has come; nothing for numbers that are in no app. Inside the scope."""
    number = onboarding.phone_number
    if onboarding.kind != Kind.COEXISTENCE or number is None:
        return {}
    calls = GraphCall.objects.filter(work_id=onboarding.pk, operation__in=REQUESTS).order_by("started_at")
    asked = {call.operation: ANSWERS.get(call.subcode, "refused") for call in calls}
    told = Change.objects.filter(
        field__in=(HISTORY_FIELD, CONTACTS_FIELD),
        value__metadata__phone_number_id=number.phone_number_id,
    )
    chunks = [chunk for value in _values(told, HISTORY_FIELD) for chunk in _items(value, "history")]
    errors = [error.get("code") for chunk in chunks for error in _items(chunk, "errors")]
    progress = [(chunk.get("metadata") or {}).get("progress") or 0 for chunk in chunks]
    contacts = [item for value in _values(told, CONTACTS_FIELD) for item in _items(value, "state_sync")]
    return {
        **asked,
        "contacts": len(contacts),
        "history_declined": DECLINED in errors,
        "history_progress": max(progress, default=0),
    }


def _values(told: Any, field: str) -> list[dict[str, Any]]:
    return [change.value for change in told if change.field == field]


def _items(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = value.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
