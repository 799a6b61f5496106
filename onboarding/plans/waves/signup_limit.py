"""How many new customers Meta lets a partner bring in any 7 days: few until it has passed three checks.

https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/overview
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Min

from portal.kernel import limits
from tenants.checklist import PERMISSIONS
from tenants.models import (
    AccessLevel,
    AppPermission,
    BusinessManager,
    BusinessToken,
    MetaApp,
    ReviewState,
)

BEFORE_THE_CHECKS = "embedded_signup_new_customers_default"
AFTER_THE_CHECKS = "embedded_signup_new_customers_verified"


def signups_per_week() -> int:
    """What Meta allows this partner now, as far as is known here."""
    return limits.number(AFTER_THE_CHECKS if has_passed_the_checks() else BEFORE_THE_CHECKS)


def first_tokens(*apps: MetaApp) -> Mapping[uuid.UUID, datetime]:
    """When each customer came out of Meta's window first, which counted it as new; of these apps, or of all.

    A journey that needs no window, such as a number's move to an account we know, counts for nobody.
    """
    tokens = BusinessToken.objects.filter(app__in=apps) if apps else BusinessToken.objects.all()
    return dict(tokens.order_by().values_list("customer").annotate(at=Min("obtained_at")))


def most_signups_per_week() -> int:
    """What Meta allows anybody."""
    return limits.number(AFTER_THE_CHECKS)


def has_passed_the_checks() -> bool:
    """Whether the portfolio is verified and the app reviewed; advanced access implies access verification."""
    passed = AppPermission.objects.filter(
        permission__in=PERMISSIONS, access_level=AccessLevel.ADVANCED, review_state=ReviewState.APPROVED
    )
    return BusinessManager.objects.filter(customer=None, is_verified=True).exists() and passed.values(
        "permission"
    ).distinct().count() == len(PERMISSIONS)
