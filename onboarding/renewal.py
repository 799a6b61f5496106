"""A customer whose link has expired asks for a new one, which goes to the address on file only."""

from __future__ import annotations

from datetime import datetime

from onboarding import services
from onboarding.models import OnboardingLink
from onboarding.plans.telling.notices import send_plan_link
from onboarding.signup import LinkFound, LinkRevoked


def renew_link(*, link: LinkFound, now: datetime, by: str) -> None:
    """Mail a new link once: it revokes the expired one, so pressing again or elsewhere mails nothing more."""
    rows = OnboardingLink.objects.select_for_update(of=("self",)).select_related("plan", "onboarding")
    row = rows.get(pk=link.id)
    if row.revoked_at is not None:
        raise LinkRevoked(link)
    if row.plan is not None:
        send_plan_link(plan=row.plan, now=now, by=by)
    elif row.onboarding is not None:
        services.send_new_link(onboarding=row.onboarding, now=now, by=by)
