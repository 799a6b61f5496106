"""What webhooks tell about accounts and numbers themselves; the journey's reactions are the journey's.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/account_update
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Max
from django.db.models.fields.json import KT

from tenants import hints
from webhooks.models import Change
from webhooks.router import on

BY = "meta"
REMOVALS = ("PARTNER_REMOVED", "ACCOUNT_DELETED")
PIN_IS_ENABLED = {"PIN_CHANGED": True, "PIN_REQUEST_SUCCESS": False}


@on("account_update")
def update_sharing(changes: Sequence[Change], *, now: datetime) -> None:
    """Accounts shared with us and withdrawn; the later of the two holds, whichever comes first."""
    for change in changes:
        event, at = change.value.get("event"), change.entry_time or change.received_at
        if event == "PARTNER_ADDED":
            hints.note_shared(waba_id=change.waba_id, at=at, by=BY)
        elif event in REMOVALS and not change.value.get("phone_number"):
            hints.note_removed(waba_id=change.waba_id, at=at, by=BY)


@on("account_review_update")
def update_review(changes: Sequence[Change], *, now: datetime) -> None:
    """Meta's review of an account."""
    for change in _newest(changes):
        if decision := _text(change, "decision"):
            hints.note_review(waba_id=change.entry_id, decision=decision)


@on("phone_number_name_update")
def update_name(changes: Sequence[Change], *, now: datetime) -> None:
    """Meta's review of a display name."""
    for change in _newest(changes):
        hints.note_name(
            waba_id=change.entry_id,
            display_phone_number=_text(change, "display_phone_number"),
            decision=_text(change, "decision"),
            requested_verified_name=_text(change, "requested_verified_name"),
        )


@on("phone_number_quality_update")
def update_quality(changes: Sequence[Change], *, now: datetime) -> None:
    """Messaging limit, flag and throughput of a number."""
    for change in changes:
        if change.value.get("event") == "THROUGHPUT_UPGRADE":
            hints.note_throughput(
                waba_id=change.entry_id, display_phone_number=_text(change, "display_phone_number")
            )
    for change in _newest(changes):
        hints.note_quality(
            waba_id=change.entry_id,
            display_phone_number=_text(change, "display_phone_number"),
            event=_text(change, "event"),
            current_limit=_text(change, "current_limit"),
        )
        _update_portfolio_limit(change)


@on("business_capability_update")
def update_capability(changes: Sequence[Change], *, now: datetime) -> None:
    """The messaging limit of a customer's portfolio."""
    for change in _newest(changes):
        _update_portfolio_limit(change)


@on("security")
def update_pin(changes: Sequence[Change], *, now: datetime) -> None:
    """Two-step verification of a number set or removed, by whomever."""
    for change in _newest(changes):
        is_enabled = PIN_IS_ENABLED.get(_text(change, "event"))
        if is_enabled is not None:
            hints.note_pin(
                waba_id=change.entry_id,
                display_phone_number=_text(change, "display_phone_number"),
                is_enabled=is_enabled,
            )


def _update_portfolio_limit(change: Change) -> None:
    if limit := _text(change, "max_daily_conversations_per_business"):
        hints.note_portfolio_limit(waba_id=change.entry_id, limit=limit)


def _text(change: Change, name: str) -> str:
    """A property as text: Meta writes some as a number on one page and as a word on the next."""
    value = change.value.get(name)
    return str(value) if isinstance(value, str | int) else ""


def _newest(changes: Sequence[Change]) -> Iterator[Change]:
    """The changes but those that Meta told before one we have already, in the order in which it told them."""
    rows = Change.objects.filter(
        field__in={change.field for change in changes}, entry_id__in={change.entry_id for change in changes}
    )
    subjects = rows.values_list("field", "entry_id", KT("value__display_phone_number"))
    newest = {row[:3]: row[3] for row in subjects.annotate(Max("entry_time"))}
    for change in sorted(changes, key=lambda change: change.entry_time or change.received_at):
        last = newest.get((change.field, change.entry_id, _text(change, "display_phone_number") or None))
        if last is None or change.entry_time is None or change.entry_time >= last:
            yield change
