"""What the demo begins with: a partner with people, resources at (a simulated) Meta, three customers."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from onboarding import services as onboarding
from portal.graph.secret import Secret
from tenants import assets, keys, services
from tenants.models import (
    AccessLevel,
    AppPermission,
    BusinessManager,
    CreditLine,
    Customer,
    MetaApp,
    Partner,
    ReviewState,
    Role,
    SystemUser,
    User,
)

PARTNER_ID = uuid.uuid5(uuid.NAMESPACE_DNS, "demo.partner.example")
BY = "system:demo"
STAFF = "anna@nuvola.example"
PERMISSIONS = ("whatsapp_business_management", "whatsapp_business_messaging", "business_management")
CUSTOMERS = (
    ("Panificio Aurora", "Giulia Ferri", "giulia@aurora.example", "it"),
    ("Officine Lombardi", "Marco Lombardi", "marco@lombardi.example", "it"),
    ("Harbour Hotel", "Emma Clarke", "emma@harbour.example", "en"),
)


class SystemUserFacts(msgspec.Struct):
    """A system user and its token, as Business settings show them once."""

    id: str
    name: str
    role: str
    token: str


class PartnerFacts(msgspec.Struct):
    """What the partner's engineer reads in Meta's consoles."""

    business_id: str
    app_id: str
    app_name: str
    app_secret: str
    config_id: str
    waba_id: str
    extended_credit_id: str
    system_users: list[SystemUserFacts]


@dataclass(frozen=True)
class Seeded:
    """What a newcomer needs to get in; secrets are given once, at the first start."""

    staff: dict[str, str]
    customer_link: str
    api_key: str
    app_id: str
    config_id: str


def partner_exists() -> bool:
    """Whether the demo's partner is there. Inside its scope."""
    return Partner.objects.filter(pk=PARTNER_ID).exists()


def seed(*, facts: PartnerFacts, now: datetime) -> Seeded:
    """Make everything. Inside the scope of PARTNER_ID."""
    services.create_partner(
        partner_id=PARTNER_ID,
        name="Nuvola Connect",
        legal_entity="Nuvola Connect S.r.l., Milano",
        support_email="aiuto@nuvola.example",
        now=now,
        by=BY,
    )
    password = secrets.token_urlsafe(12)
    user = User.objects.create_user(STAFF, password, name="Anna Neri", language="it")
    services.add_member(partner_id=PARTNER_ID, user=user, role=Role.ADMIN, now=now, by=BY)
    app = _resources(facts, now)
    services.accept_terms(
        partner_id=PARTNER_ID, accepted_by="Anna Neri", version="WhatsApp Manager", now=now, by=BY
    )
    customers = [_customer(*values, now=now) for values in CUSTOMERS]
    links = [
        onboarding.invite_customer(customer=customer, app=app, now=now, by=BY)[1]
        for customer in customers[:2]
    ]
    _key, api_key = keys.create_key(name="Demo", scopes=list(keys.SCOPES), expires_at=None, now=now, by=BY)
    return Seeded({"email": STAFF, "password": password}, links[0], api_key, facts.app_id, facts.config_id)


def _resources(facts: PartnerFacts, now: datetime) -> MetaApp:
    business = assets.upsert_business(
        partner_id=PARTNER_ID, business_id=facts.business_id, customer=None, name="Nuvola Connect"
    )
    BusinessManager.objects.filter(pk=business.pk).update(is_verified=True)
    app = assets.register_app(
        business=business,
        app_id=facts.app_id,
        display_name=facts.app_name,
        contact_email="meta@nuvola.example",
        app_secret=Secret(facts.app_secret),
        config_id=facts.config_id,
        now=now,
        by=BY,
    )
    _permissions(app, facts.system_users, now)
    CreditLine.objects.create(
        partner_id=PARTNER_ID,
        business_manager=business,
        extended_credit_id=facts.extended_credit_id,
        legal_entity_name="Nuvola Connect S.r.l.",
    )
    assets.upsert_waba(
        partner_id=PARTNER_ID, waba_id=facts.waba_id, business_manager=business, name="Nuvola Connect"
    )
    return app


def _permissions(app: MetaApp, system_users: list[SystemUserFacts], now: datetime) -> None:
    for permission in PERMISSIONS:
        AppPermission.objects.create(
            partner_id=PARTNER_ID,
            app=app,
            permission=permission,
            access_level=AccessLevel.ADVANCED,
            review_state=ReviewState.APPROVED,
            decided_at=now,
        )
    for known in system_users:
        user = assets.add_system_user(
            app=app,
            system_user_id=known.id,
            name=known.name,
            role=SystemUser.SystemRole(known.role),
            now=now,
            by=BY,
        )
        assets.store_system_user_token(
            system_user=user, token=Secret(known.token), scopes=PERMISSIONS, now=now, by=BY
        )


def _customer(name: str, contact: str, email: str, language: str, *, now: datetime) -> Customer:
    return services.create_customer(
        partner_id=PARTNER_ID,
        name=name,
        contact_name=contact,
        contact_email=email,
        language=language,
        now=now,
        by=BY,
    )


def facts_from(answer: dict[str, Any]) -> PartnerFacts:
    """Read the partner's resources from the simulator's answer."""
    return msgspec.convert(answer, PartnerFacts)
