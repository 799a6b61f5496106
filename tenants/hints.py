"""Writes about assets on the word of a webhook: shown at once, and read from Meta before they count.

All are keyed by Meta's ids, do nothing for assets the tenant does not have, and may come twice.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Func, Q, QuerySet, Value

from portal.kernel import audit
from tenants.models import PhoneNumber, Waba

# The decisions of the name webhook in the words of the phone number's `name_status`.
NAME_STATUS = {
    "APPROVED": "APPROVED",
    "REJECTED": "DECLINED",
    "PENDING": "PENDING_REVIEW",
    "DEFERRED": "PENDING_REVIEW",
}
# The quality webhook's older events in the words of the phone number's `status`.
STATUS = {"FLAGGED": "FLAGGED", "UNFLAGGED": "CONNECTED"}


def note_review(*, waba_id: str, decision: str) -> None:
    """Meta decided on the account."""
    Waba.objects.filter(waba_id=waba_id).update(account_review_status=decision[:20])


def note_shared(*, waba_id: str, at: datetime, by: str) -> None:
    """The customer shared the account with us, unless they withdrew it later."""
    wabas = Waba.objects.filter(waba_id=waba_id)
    wabas.filter(Q(shared_at=None) | Q(shared_at__lt=at)).update(shared_at=at)
    for waba in wabas.filter(removed_at__lt=at):
        Waba.objects.filter(pk=waba.pk).update(removed_at=None)
        audit.record(row=waba, action="waba.shared", now=at, by=by, waba_id=waba_id)


def note_removed(*, waba_id: str, at: datetime, by: str) -> None:
    """The account is no longer shared with us, unless it was shared again later."""
    news = (Q(shared_at=None) | Q(shared_at__lte=at)) & (Q(removed_at=None) | Q(removed_at__lt=at))
    for waba in Waba.objects.filter(news, waba_id=waba_id):
        Waba.objects.filter(pk=waba.pk).update(removed_at=at)
        if waba.removed_at is None:
            audit.record(row=waba, action="waba.removed", now=at, by=by, waba_id=waba_id)


def note_name(
    *, waba_id: str, display_phone_number: str, decision: str, requested_verified_name: str
) -> None:
    """Meta decided on a display name: that of a new number, or one that shall replace an approved one."""
    status = NAME_STATUS.get(decision)
    if status is None:
        return
    numbers = _numbers(waba_id, display_phone_number)
    renamed = Q(name_status="APPROVED") & ~Q(verified_name=requested_verified_name)
    if status == "APPROVED":
        numbers.filter(renamed).update(new_name_status="")
        numbers.update(name_status=status, verified_name=requested_verified_name[:100])
    else:
        numbers.filter(renamed).update(new_name_status=status)
        numbers.exclude(renamed).update(name_status=status)


def note_quality(*, waba_id: str, display_phone_number: str, event: str, current_limit: str) -> None:
    """Meta flagged a number, or changed its messaging limit."""
    values = {"messaging_limit_tier": current_limit[:20], "status": STATUS.get(event, "")}
    if told := {column: value for column, value in values.items() if value}:
        _numbers(waba_id, display_phone_number).update(**told)


def note_throughput(*, waba_id: str, display_phone_number: str) -> None:
    """Meta raised a number to 1,000 messages a second."""
    _numbers(waba_id, display_phone_number).update(throughput_level="HIGH")


def note_portfolio_limit(*, waba_id: str, limit: str) -> None:
    """Meta changed how many people the customer's portfolio may write to in a day."""
    PhoneNumber.objects.filter(waba__waba_id=waba_id).update(portfolio_messaging_limit=limit[:20])


def note_pin(*, waba_id: str, display_phone_number: str, is_enabled: bool) -> None:
    """Somebody set or removed the number's two-step verification."""
    _numbers(waba_id, display_phone_number).update(is_pin_enabled=is_enabled)


def _numbers(waba_id: str, display_phone_number: str) -> QuerySet[PhoneNumber]:
    """The number of an account; webhooks write it in digits, the number's node with spaces and dashes."""
    digits = Func(F("display_phone_number"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
    wanted = "".join(filter(str.isdigit, display_phone_number))
    numbers = PhoneNumber.objects.annotate(digits=digits).filter(digits=wanted, waba__waba_id=waba_id)
    return PhoneNumber.objects.filter(pk__in=numbers.values("pk"))
