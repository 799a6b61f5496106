"""Links to the customer's page: 32 random bytes, of which only the hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from onboarding.models import MigrationPlan, Onboarding, OnboardingLink

TOKEN_BYTES = 32
LIFE = timedelta(days=7)


def hashed(token: str) -> str:
    """What is kept of a token, a nonce or a code; each is random enough to need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def url(token: str) -> str:
    """The address that a person opens."""
    return f"{settings.PUBLIC_URL}/start/{token}"


def create_link(*, onboarding: Onboarding, now: datetime, by: str) -> str:
    """Make one more link to an onboarding and return its address, which nothing can tell again."""
    if onboarding.customer_id is None:
        raise ValueError("only a customer's onboarding has links")
    return _create(
        partner_id=onboarding.partner_id,
        customer_id=onboarding.customer_id,
        now=now,
        by=by,
        onboarding=onboarding,
    )


def create_plan_link(*, plan: MigrationPlan, now: datetime, by: str) -> str:
    """The same to a migration plan, which has a page before its numbers have onboardings."""
    return _create(partner_id=plan.partner_id, customer_id=plan.customer_id, now=now, by=by, plan=plan)


def _create(
    *, partner_id: UUID, customer_id: UUID, now: datetime, by: str, **opens: Onboarding | MigrationPlan
) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    OnboardingLink.objects.create(
        partner_id=partner_id,
        customer_id=customer_id,
        token_hash=hashed(token),
        created_at=now,
        created_by=by,
        expires_at=now + LIFE,
        **opens,
    )
    return url(token)


def revoke_links(*, onboarding: Onboarding, now: datetime) -> None:
    """No link that exists opens this onboarding any more."""
    OnboardingLink.objects.filter(onboarding=onboarding, revoked_at=None).update(revoked_at=now)
