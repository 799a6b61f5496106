"""What happened to an account, as its activities edge tells it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .nodes import Waba
from .world import Activity, Token, World

KEPT = 100
TYPES = {
    ("POST", "/{waba_id}/phone_numbers"): "PHONE_NUMBER_ADDED",
    ("POST", "/{phone_number_id}/verify_code"): "PHONE_NUMBER_VERIFIED",
    ("POST", "/{waba_id}/assigned_users"): "USER_ADDED",
    ("DELETE", "/{waba_id}/assigned_users"): "USER_REMOVED",
    ("POST", "/{waba_id}/subscribed_apps"): "WEBHOOK_CONFIGURED",
    ("POST", "/{waba_id}/message_templates"): "TEMPLATE_CREATED",
    ("DELETE", "/{waba_id}/message_templates"): "TEMPLATE_DELETED",
    ("POST", "/{template_id}"): "TEMPLATE_UPDATED",
    ("POST", "/{phone_number_id}/register"): "ACCOUNT_UPDATED",
    ("POST", "/{phone_number_id}/deregister"): "ACCOUNT_UPDATED",
}


def note(world: World, waba: Waba, *, kind: str, token: Token | None, now: float) -> None:
    """Keep one line in the account's history."""
    rows = world.activities.setdefault(waba.id, [])
    actor = token.user_id or token.app_id if token else ""
    rows.append(Activity(id=world.new_id("activity", "99", 17), type=kind, actor_id=actor, at=now))
    del rows[:-KEPT]


def row(activity: Activity) -> dict[str, Any]:
    made_by = (
        {"actor_type": "API", "actor_id": activity.actor_id}
        if activity.actor_id
        else {"actor_type": "SYSTEM"}
    )
    at = datetime.fromtimestamp(int(activity.at), UTC).isoformat()
    return {"id": activity.id, "activity_type": activity.type, "timestamp": at, **made_by}
