"""Who exists: partners and their people, customers, and the assets of both at Meta."""

from __future__ import annotations

from tenants.models.customer import Customer
from tenants.models.meta import (
    AccessLevel,
    AppPermission,
    BusinessManager,
    BusinessToken,
    CreditLine,
    MetaApp,
    ReviewState,
    SystemUser,
    TermsAcceptance,
    TokenState,
)
from tenants.models.numbers import PhoneNumber, Waba
from tenants.models.partner import ApiKey, IdempotencyKey, Membership, Partner, Role, SignInAttempt, User

__all__ = [
    "AccessLevel",
    "ApiKey",
    "AppPermission",
    "BusinessManager",
    "BusinessToken",
    "CreditLine",
    "Customer",
    "IdempotencyKey",
    "Membership",
    "MetaApp",
    "Partner",
    "PhoneNumber",
    "ReviewState",
    "Role",
    "SignInAttempt",
    "SystemUser",
    "TermsAcceptance",
    "TokenState",
    "User",
    "Waba",
]
