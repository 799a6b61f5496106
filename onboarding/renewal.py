"""A customer whose link has expired asks for a new one, which goes to the address on file only."""

from __future__ import annotations

from datetime import datetime

from onboarding import services
from onboarding.models import Onboarding, OnboardingLink
from onboarding.signup import LinkFound, LinkRevoked


def renew_link(*, link: LinkFound, now: datetime, by: str) -> None:
    """Mail a new link once: it revokes the expired one, so pressing again or elsewhere mails nothing more."""
    row = OnboardingLink.objects.select_for_update().get(pk=link.id)
    if row.revoked_at is not None:
        raise LinkRevoked(link)
    services.send_new_link(onboarding=Onboarding.objects.get(pk=link.onboarding_id), now=now, by=by)
