"""What a reason is."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from onboarding.models import Owner

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One kind of waiting."""

    owner: Owner
    title: Text
    explanation: Text
    action: Text = ""
    alternatives: tuple[Text, ...] = ()
    held: bool = False
