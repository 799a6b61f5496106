"""The desk's screens of who exists. Onboarding registers customers, WABAs and numbers, with their buttons."""

from __future__ import annotations

from tenants.admin.customers import CustomerAdmin, PhoneNumberAdmin, WabaAdmin
from tenants.admin.keys import ApiKeyAdmin
from tenants.admin.meta import MetaAppAdmin, SystemUserAdmin, TermsAcceptanceAdmin
from tenants.admin.people import MembershipAdmin, PartnerAdmin
from tenants.admin.records import AuditAdmin, LimitAdmin

__all__ = [
    "ApiKeyAdmin",
    "AuditAdmin",
    "CustomerAdmin",
    "LimitAdmin",
    "MembershipAdmin",
    "MetaAppAdmin",
    "PartnerAdmin",
    "PhoneNumberAdmin",
    "SystemUserAdmin",
    "TermsAcceptanceAdmin",
    "WabaAdmin",
]
