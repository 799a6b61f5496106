"""Writes about partners, their people and customers. Assets at Meta are in assets.py."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from portal.kernel import audit
from portal.kernel.secrets import create_tenant_key
from tenants.models import Customer, Membership, Partner, Role, TermsAcceptance, User


class ExternalIdTaken(RuntimeError):
    """Another customer of the partner has this reference."""

    message = _("Another customer already has this reference.")


class TermsAlreadyAccepted(RuntimeError):
    """The acceptance that is in force comes first."""

    message = _("The terms are already recorded as accepted.")


def create_partner(
    *,
    partner_id: uuid.UUID,
    name: str,
    legal_entity: str,
    support_email: str,
    now: datetime,
    by: str,
    language: str = "it",
) -> Partner:
    """Create a tenant with its data key. Inside `scope(partner_id)`, without which its rows may not exist."""
    partner = Partner(
        id=partner_id, name=name, legal_entity=legal_entity, support_email=support_email, language=language
    )
    partner.save(force_insert=True)
    create_tenant_key(partner_id=partner_id)
    audit.record(row=partner, action="partner.created", now=now, by=by)
    return partner


def add_member(*, partner_id: uuid.UUID, user: User, role: Role, now: datetime, by: str) -> Membership:
    """Give a person a role in the partner, or change the one they have."""
    member, _created = Membership.objects.update_or_create(
        partner_id=partner_id, user=user, defaults={"role": role}
    )
    audit.record(row=member, action="member.added", now=now, by=by, role=role)
    return member


def create_customer(
    *,
    partner_id: uuid.UUID,
    name: str,
    contact_email: str,
    now: datetime,
    by: str,
    contact_name: str = "",
    language: str = "it",
    time_zone: str = "Europe/Rome",
    currency: str = "EUR",
    website: str = "",
    external_id: str = "",
) -> Customer:
    """Add a customer of the partner."""
    customer = Customer(
        partner_id=partner_id,
        name=name,
        contact_name=contact_name,
        contact_email=contact_email,
        language=language,
        time_zone=time_zone,
        currency=currency,
        website=website,
        external_id=external_id,
        created_at=now,
    )
    _save_customer(customer, force_insert=True)
    audit.record(row=customer, action="customer.created", now=now, by=by)
    return customer


def update_customer(*, customer: Customer, now: datetime, by: str, **changes: Any) -> Customer:
    """Change what the partner knows of a customer; the audit names the fields and not their content."""
    for name, value in changes.items():
        setattr(customer, name, value)
    if changes:
        _save_customer(customer, update_fields=list(changes))
        audit.record(
            row=customer, action="customer.changed", now=now, by=by, fields=" ".join(sorted(changes))
        )
    return customer


def _save_customer(customer: Customer, **how: Any) -> None:
    try:
        with transaction.atomic():
            customer.save(**how)
    except IntegrityError as error:
        raise ExternalIdTaken from error


def accept_terms(
    *, partner_id: uuid.UUID, accepted_by: str, version: str, now: datetime, by: str
) -> TermsAcceptance:
    """Note who accepted the WhatsApp Business Platform terms in WhatsApp Manager, and when.

    Meta has no call that reads or sets this; registration fails until a person has done it.
    """
    if terms_accepted():
        raise TermsAlreadyAccepted
    acceptance = TermsAcceptance(
        partner_id=partner_id, accepted_at=now, accepted_by=accepted_by, version=version
    )
    acceptance.save(force_insert=True)
    audit.record(row=acceptance, action="terms.accepted", now=now, by=by)
    return acceptance


def withdraw_terms(*, reason: str, now: datetime, by: str) -> None:
    """The acceptance is no longer believed: Meta refused a registration because of it."""
    for acceptance in TermsAcceptance.objects.select_for_update().filter(withdrawn_at=None):
        acceptance.withdrawn_at, acceptance.withdrawn_reason = now, reason[:200]
        acceptance.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        audit.record(row=acceptance, action="terms.withdrawn", now=now, by=by)


def terms_accepted() -> bool:
    """Whether the partner's acceptance is on record."""
    return TermsAcceptance.objects.filter(withdrawn_at=None).exists()
