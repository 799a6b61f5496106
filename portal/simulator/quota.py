"""How often an app may manage one account in an hour, and the header that tells how much is used.

https://developers.facebook.com/documentation/business-messaging/whatsapp/about-the-platform
"""

from __future__ import annotations

import json
from typing import NamedTuple

from . import access
from .errors import GraphError
from .nodes import Node, PhoneNumber
from .world import World

MANAGEMENT = frozenset(
    ["/{waba_id}", "/{phone_number_id}"]
    + [
        f"/{{waba_id}}/{edge}"
        for edge in ("assigned_users", "phone_numbers", "message_templates", "subscribed_apps")
    ]
)
CREDIT = frozenset(
    ["/{allocation_config_id}", "/{business_id}/extendedcredits"]
    + [
        f"/{{extended_credit_id}}/{edge}"
        for edge in ("whatsapp_credit_sharing_and_attach", "owning_credit_allocation_configs")
    ]
)
MINUTES = 60


class Quota(NamedTuple):
    """What one app may do with one account, or with its credit lines, in any hour."""

    key: str
    object_id: str
    limit: int


def quota_of(world: World, app_id: str, template: str, node: Node | None) -> Quota | None:
    """The quota that a call is taken from; None: it is not counted."""
    if node is None:
        return None
    if template in CREDIT:
        return Quota(f"{app_id}:credit", app_id, world.settings.credit_line_calls_per_hour)
    waba = access.waba_of(world, node) if template in MANAGEMENT else None
    if waba is None:
        return None
    numbers = (world.get(PhoneNumber, number_id) for number_id in waba.phone_number_ids)
    active = any(number.registered_at is not None for number in numbers)
    settings = world.settings
    limit = settings.management_calls_per_hour_active if active else settings.management_calls_per_hour
    return Quota(f"{app_id}:{waba.id}", waba.id, limit)


def spend(world: World, quota: Quota, *, now: float) -> None:
    """Count one call, or refuse it."""
    minute, minutes = int(now // 60), _recent(world, quota, now=now)
    if sum(minutes.values()) >= quota.limit:
        raise GraphError(world.settings.management_error_code)
    world.quotas[quota.key] = minutes | {minute: minutes.get(minute, 0) + 1}


def _recent(world: World, quota: Quota, *, now: float) -> dict[int, int]:
    """Calls of the last hour by minute; a clock that was moved back forgets the rest."""
    last = int(now // 60)
    counted = world.quotas.get(quota.key, {})
    return {minute: calls for minute, calls in counted.items() if last - MINUTES < minute <= last}


def header(world: World, quota: Quota, *, throttled: bool, now: float) -> str:
    """X-Business-Use-Case-Usage: percent of the hour's calls, and minutes until there is room again."""
    minutes = _recent(world, quota, now=now)
    percent = 100 if throttled else 100 * sum(minutes.values()) // max(quota.limit, 1)
    oldest = min(minutes, default=int(now // 60))
    use = {
        "type": "whatsapp_business_management",
        "call_count": percent,
        "total_cputime": percent,
        "total_time": percent,
        "estimated_time_to_regain_access": oldest + MINUTES - int(now // 60) if throttled else 0,
    }
    return json.dumps({quota.object_id: [use]}, separators=(",", ":"))
