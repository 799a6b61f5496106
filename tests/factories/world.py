"""What a partner has before its first customer: portfolio, app, system user, credit line, terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tenants.models import (
    BusinessManager,
    CreditLine,
    Customer,
    MetaApp,
    Partner,
    SystemUser,
    TermsAcceptance,
)
from tests.factories.tenants import (
    BusinessManagerFactory,
    CustomerFactory,
    MetaAppFactory,
    SystemUserFactory,
    next_meta_id,
)


@dataclass(frozen=True)
class World:
    """The rows of one partner."""

    partner: Partner
    business: BusinessManager
    app: MetaApp
    admin: SystemUser
    credit_line: CreditLine
    customer: Customer


def build_world(partner: Partner, *, now: datetime) -> World:
    """Make them all, inside the partner's scope."""
    business = BusinessManagerFactory(name=partner.name)
    app = MetaAppFactory(business_manager=business, webhook_verified_at=now)
    TermsAcceptance.objects.create(
        partner_id=partner.id, accepted_at=now, accepted_by="Anna Neri", version="2026-01"
    )
    return World(
        partner=partner,
        business=business,
        app=app,
        admin=SystemUserFactory(app=app),
        credit_line=CreditLine.objects.create(
            partner_id=partner.id, business_manager=business, extended_credit_id=next_meta_id()
        ),
        customer=CustomerFactory(),
    )
