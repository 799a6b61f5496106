"""What changes about an account from outside: reviews, incidents, and partners that come and go.

https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/support/migrating-wabas-among-solution-partners-via-embedded-signup
"""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field

from . import events, overview
from .nodes import App, Business, Waba
from .world import World

APP_NOT_INSTALLED = 458
LAST_DAYS, FIRST_DAYS = 3, 4
Limit = Literal["TIER_250", "TIER_2K", "TIER_10K", "TIER_100K", "TIER_UNLIMITED"]
Review = Literal["APPROVED", "REJECTED", "PENDING", "DEFERRED"]


class WabaChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """A decision of Meta, any event of `account_update`, or the end of a partnership."""

    waba_id: str
    review: Review | UnsetType = UNSET
    event: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    unshare_from: str = ""
    uninstall_app: str = ""  # the customer removes the app: its tokens end
    messaging_limit: Limit | UnsetType = UNSET  # of the customer's portfolio


def change_waba(world: World, wish: WabaChange, *, now: float) -> dict[str, Any]:
    waba = world.get(Waba, wish.waba_id)
    if wish.review is not UNSET:
        waba.account_review_status = "PENDING" if wish.review == "DEFERRED" else wish.review
        decision: dict[str, Any] = {"decision": wish.review}
        events.emit_for_waba(world, now=now, waba=waba, field="account_review_update", value=decision)
    if wish.event:
        value = {"event": wish.event, **wish.details}
        events.emit_for_waba(world, now=now, waba=waba, field="account_update", value=value)
    if wish.unshare_from:
        unshare(world, waba, world.get(Business, wish.unshare_from), now=now)
    if wish.uninstall_app:
        uninstall(world, waba, world.get(App, wish.uninstall_app), now=now)
    if wish.messaging_limit is not UNSET:
        limit(world, world.get(Business, waba.owner_business_id), wish.messaging_limit, now=now)
    return overview.waba_row(waba)


def unshare(world: World, waba: Waba, partner: Business, *, now: float) -> None:
    """The customer removes a partner: no access, no payment, and no messages until another partner pays."""
    if partner.id not in waba.partner_business_ids:
        raise ValueError("The account is not shared with this partner")
    waba.partner_business_ids.remove(partner.id)
    partner.client_waba_ids.remove(waba.id)
    partner.former_waba_ids.append(waba.id)
    waba.primary_funding_id, waba.left_partner = "", True
    info = {"waba_id": waba.id, "owner_business_id": waba.owner_business_id}
    for app_id in partner.app_ids:
        app = world.get(App, app_id)
        value = {"event": "PARTNER_REMOVED", "waba_info": info}
        events.emit_for_app(world, now=now, app=app, field="account_update", value=value, after=0.0)
        waba.subscribed.pop(app_id, None)
    for user_id in partner.system_user_ids:
        waba.assigned.pop(user_id, None)


def uninstall(world: World, waba: Waba, app: App, *, now: float) -> None:
    """The customer takes the app out of its portfolio: every token it gave ends."""
    for token in world.tokens.values():
        if token.app_id == app.id and token.customer_business_id == waba.owner_business_id:
            token.revoked_subcode = APP_NOT_INSTALLED
    info = {"waba_id": waba.id, "owner_business_id": waba.owner_business_id, "partner_app_id": app.id}
    value = {"event": "PARTNER_APP_UNINSTALLED", "waba_info": info}
    events.emit_for_app(world, now=now, app=app, field="account_update", value=value, after=0.0)


def limit(world: World, business: Business, tier: str, *, now: float) -> None:
    """Another messaging limit of a portfolio, told to everybody who manages one of its accounts."""
    business.messaging_limit = tier
    value = {
        "max_daily_conversations_per_business": tier,
        "max_phone_numbers_per_business": world.settings.numbers_per_portfolio,
    }
    for waba_id in business.waba_ids:
        waba = world.get(Waba, waba_id)
        events.emit_for_waba(world, now=now, waba=waba, field="business_capability_update", value=value)


def sharing_is_closed(now: float) -> bool:
    """A customer who changes partner gets no credit line in the last three and first four days of a month."""
    today = datetime.fromtimestamp(now, UTC)
    last = calendar.monthrange(today.year, today.month)[1]
    return today.day <= FIRST_DAYS or today.day > last - LAST_DAYS


def next_month(now: float) -> float:
    """The first of the next month, when a new partner's credit line starts to pay."""
    today = datetime.fromtimestamp(now, UTC)
    year, month = (today.year + 1, 1) if today.month == 12 else (today.year, today.month + 1)
    return datetime(year, month, 1, tzinfo=UTC).timestamp()
