"""Factories: each makes one valid row in the active scope."""

from __future__ import annotations

from tests.factories.tenants import (
    BusinessManagerFactory,
    BusinessTokenFactory,
    CustomerFactory,
    MetaAppFactory,
    PartnerFactory,
    PhoneNumberFactory,
    SystemUserFactory,
    WabaFactory,
)

__all__ = [
    "BusinessManagerFactory",
    "BusinessTokenFactory",
    "CustomerFactory",
    "MetaAppFactory",
    "PartnerFactory",
    "PhoneNumberFactory",
    "SystemUserFactory",
    "WabaFactory",
]
