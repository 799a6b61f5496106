"""What webhooks mean for journeys: hints that wake them up, so that `look` decides.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/account_update
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from onboarding import progress
from onboarding.models import Onboarding
from onboarding.states import OPEN_STATES, OnboardingState
from onboarding.steps.base import BY
from onboarding.steps.keys import StepKey
from webhooks.models import Change
from webhooks.router import on

SHARED = ("PARTNER_ADDED", "PARTNER_APP_INSTALLED", "ACCOUNT_RECONNECTED")
WITHDRAWN = ("PARTNER_REMOVED", "PARTNER_APP_UNINSTALLED", "ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED")
OTHER_STATES = ("ACCOUNT_VIOLATION", "ACCOUNT_RESTRICTION", "DISABLED_UPDATE", "VERIFIED_ACCOUNT")


@on("account_update")
def follow_account(changes: Sequence[Change], *, now: datetime) -> None:
    """Wake the journeys of the accounts that Meta speaks of; withdrawn access is looked up again first."""
    shared = {change.waba_id for change in changes if change.value.get("event") in (*SHARED, *OTHER_STATES)}
    withdrawn = {change.waba_id for change in changes if change.value.get("event") in WITHDRAWN}
    owners = {_owner(change) for change in changes if change.value.get("event") in SHARED}
    meant = Q(waba__waba_id__in=shared) | Q(signup_sessions__waba_id__in=shared)
    meant |= Q(expected_business_id__in=owners - {""})
    _wake(Onboarding.objects.filter(meant, state__in=OPEN_STATES).distinct(), now=now)
    hit = Onboarding.objects.filter(waba__waba_id__in=withdrawn, state__in=OPEN_STATES)
    for onboarding in hit.exclude(token=None):
        again = (StepKey.TOKEN, StepKey.SUBSCRIBE)
        progress.reset(onboarding, keys=again, now=now, by=BY, reason="Meta says that access was withdrawn")
        progress.wake(onboarding, now=now)


@on("messages")
def follow_messages(changes: Sequence[Change], *, now: datetime) -> None:
    """A message or a status may be what a registered number's journey waits for."""
    phone_number_ids = {_phone_number_id(change) for change in changes} - {""}
    waiting = Onboarding.objects.filter(
        state=OnboardingState.REGISTERED, phone_number__phone_number_id__in=phone_number_ids
    )
    _wake(waiting, now=now)


def _wake(onboardings: QuerySet[Onboarding], *, now: datetime) -> None:
    # In one order, so that two batches about the same journeys do not wait for each other.
    for onboarding in onboardings.order_by("pk"):
        progress.wake(onboarding, now=now)


def _owner(change: Change) -> str:
    return _text(_object(change.value, "waba_info").get("owner_business_id"))


def _phone_number_id(change: Change) -> str:
    return _text(_object(change.value, "metadata").get("phone_number_id"))


def _object(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
