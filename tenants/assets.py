"""Writes about assets at Meta: the partner's own, and customers' accounts and numbers as Meta shows them."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from portal.graph.secret import Secret
from portal.graph.types import PhoneNumberNode
from portal.kernel import audit
from portal.kernel.secrets import open_sealed, seal
from tenants.models import BusinessManager, Customer, MetaApp, PhoneNumber, SystemUser, TokenState, Waba

# Columns that have Meta's name and Meta's value.
MIRRORED = (
    "display_phone_number",
    "verified_name",
    "quality_rating",
    "code_verification_status",
    "platform_type",
    "status",
    "account_mode",
    "name_status",
    "new_name_status",
    "certificate",
    "new_certificate",
    "is_pin_enabled",
    "is_official_business_account",
    "is_on_biz_app",
    "is_preverified_number",
)


def register_app(
    *,
    business: BusinessManager,
    app_id: str,
    display_name: str,
    contact_email: str,
    app_secret: Secret,
    config_id: str,
    now: datetime,
    by: str,
) -> MetaApp:
    """Add the partner's Meta app; the verify token of its webhook is made here and shown to nobody."""
    app = MetaApp(
        partner_id=business.partner_id,
        business_manager=business,
        app_id=app_id,
        display_name=display_name,
        contact_email=contact_email,
        config_id=config_id,
    )
    app.app_secret = seal(row=app, column="app_secret", value=app_secret.reveal())
    app.verify_token = seal(row=app, column="verify_token", value=secrets.token_urlsafe(24))
    app.save(force_insert=True)
    audit.record(row=app, action="app.registered", now=now, by=by, app_id=app_id)
    return app


def rotate_app_secret(*, app: MetaApp, app_secret: Secret, now: datetime, by: str) -> None:
    """Store a new app secret; webhooks signed with the one before are still accepted."""
    if app.app_secret:
        # A ciphertext is bound to its column, so the old one has to be sealed again for its new place.
        old = open_sealed(row=app, column="app_secret").reveal()
        app.previous_app_secret = seal(row=app, column="previous_app_secret", value=old)
    app.app_secret = seal(row=app, column="app_secret", value=app_secret.reveal())
    app.save(update_fields=["app_secret", "previous_app_secret"])
    audit.record(row=app, action="app.secret_rotated", now=now, by=by)


def add_system_user(
    *, app: MetaApp, system_user_id: str, name: str, role: SystemUser.SystemRole, now: datetime, by: str
) -> SystemUser:
    """Add a system user; the database refuses a second one of the same role for the app."""
    user = SystemUser(partner_id=app.partner_id, app=app, system_user_id=system_user_id, name=name, role=role)
    user.save(force_insert=True)
    audit.record(row=user, action="system_user.added", now=now, by=by, role=role)
    return user


def store_system_user_token(
    *, system_user: SystemUser, token: Secret, now: datetime, by: str, scopes: Sequence[str] = ()
) -> None:
    """Keep a token generated in Business settings; believed until Meta says otherwise."""
    system_user.token = seal(row=system_user, column="token", value=token.reveal())
    system_user.token_state, system_user.token_scopes = TokenState.VALID, list(scopes)
    system_user.token_checked_at = None
    system_user.save(update_fields=["token", "token_state", "token_scopes", "token_checked_at"])
    audit.record(row=system_user, action="system_user.token_stored", now=now, by=by)


def upsert_business(
    *, partner_id: uuid.UUID, business_id: str, customer: Customer | None, name: str = ""
) -> BusinessManager:
    """The portfolio with this id, made if it is new."""
    business, _created = BusinessManager.objects.get_or_create(
        partner_id=partner_id, business_id=business_id, defaults={"customer": customer, "name": name}
    )
    return business


def upsert_waba(*, partner_id: uuid.UUID, waba_id: str, **values: Any) -> Waba:
    """The WABA with this id, made if it is new, with these columns set."""
    waba, _created = Waba.objects.update_or_create(partner_id=partner_id, waba_id=waba_id, defaults=values)
    return waba


def upsert_phone_number(*, waba: Waba, node: PhoneNumberNode, now: datetime) -> PhoneNumber:
    """The number as Meta shows it now. Fields that Meta did not send keep what we knew."""
    mirrored = {name: getattr(node, name) for name in MIRRORED}
    told = mirrored | {
        "throughput_level": node.throughput and node.throughput.level,
        "webhook_configuration": node.webhook_configuration
        and msgspec.to_builtins(node.webhook_configuration),
        "portfolio_messaging_limit": node.whatsapp_business_manager_messaging_limit,
        "last_onboarded_time": node.last_onboarded_at,
    }
    values = {name: value for name, value in told.items() if value not in (None, "")}
    values |= {"waba": waba, "customer": waba.customer, "refreshed_at": now}
    number, _created = PhoneNumber.objects.update_or_create(
        partner_id=waba.partner_id, phone_number_id=node.id, defaults=values
    )
    return number
