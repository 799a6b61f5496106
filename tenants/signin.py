"""Signing in to the desk, and the limit on guessing: 5 tries in 15 minutes for an account from an address."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.forms import ValidationError
from django.utils.translation import ngettext

from portal.kernel import clock
from portal.kernel.admin_forms import DeskSignInForm
from tenants.models import SignInAttempt

TRIES = 5
SPAN = timedelta(minutes=15)
KEPT = timedelta(days=1)


class TooManyTries(RuntimeError):
    """The limit is reached; `wait` says how long it lasts."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("too many tries to sign in")
        self.wait = wait


def note_attempt(*, account: str, address: str, now: datetime) -> None:
    """Count a try before its password is looked at, so that tries at the same time cannot slip through."""
    SignInAttempt.objects.filter(at__lte=now - KEPT).delete()
    mine = SignInAttempt.objects.create(key=_key(account, address), at=now)
    recent = SignInAttempt.objects.filter(key=mine.key, at__gt=now - SPAN).order_by("-at", "-id")
    oldest_that_counts = list(recent.exclude(pk=mine.pk)[:TRIES])
    if len(oldest_that_counts) == TRIES:
        mine.delete()
        raise TooManyTries(oldest_that_counts[-1].at + SPAN - now)


def forgive(*, account: str, address: str) -> None:
    """Forget the tries before a success."""
    SignInAttempt.objects.filter(key=_key(account, address)).delete()


def _key(account: str, address: str) -> str:
    return hashlib.sha256(f"{account.strip().lower()}|{address}".encode()).hexdigest()


class SignInForm(DeskSignInForm):
    """E-mail and password; says how long to wait when there were too many tries."""

    def clean(self) -> dict[str, Any]:
        account = self.cleaned_data.get("username") or ""
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        try:
            note_attempt(account=account, address=address, now=clock.now())
        except TooManyTries as refused:
            minutes = max(1, -int(-refused.wait.total_seconds() // 60))
            raise ValidationError(
                ngettext(
                    "Too many attempts. Try again in %(minutes)d minute.",
                    "Too many attempts. Try again in %(minutes)d minutes.",
                    minutes,
                )
                % {"minutes": minutes},
                code="too_many_tries",
            ) from refused
        cleaned: dict[str, Any] = super().clean()
        forgive(account=account, address=address)
        return cleaned
