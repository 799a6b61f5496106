"""Which webhook goes to whom, decided when something happens; webhooks.py sends what is queued here.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
"""

from __future__ import annotations

import heapq
import json
from typing import Any

from .nodes import App, PhoneNumber, Waba
from .world import Update, World

FIELDS = [
    "account_alerts",
    "account_review_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "business_status_update",
    "business_username_update",
    "business_username_updates",
    "calls",
    "campaign_status_update",
    "flows",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "history",
    "message_echoes",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "messages",
    "messaging_handovers",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "smb_app_state_sync",
    "smb_message_echoes",
    "standby",
    "template_category_update",
    "tracking_events",
    "user_preferences",
]


def emit_for_waba(
    world: World,
    *,
    now: float,
    waba: Waba,
    field: str,
    value: dict[str, Any],
    number: PhoneNumber | None = None,
    after: float = 0.0,
    timed: bool = True,
) -> None:
    """Queue a change for every app subscribed to this WABA and field; overrides count for `messages` only."""
    for app_id, override in waba.subscribed.items():
        app = world.get(App, app_id)
        url = app.callback_url
        if field == "messages":
            url = (number.override.get("uri") if number else None) or override.get("uri") or url
        queue(
            world, app=app, url=url, entry_id=waba.id, field=field, value=value, due=now + after, timed=timed
        )


def emit_for_app(
    world: World, *, now: float, app: App, field: str, value: dict[str, Any], after: float
) -> None:
    """Queue a change addressed to the partner's portfolio, such as PARTNER_ADDED."""
    queue(
        world,
        app=app,
        url=app.callback_url,
        entry_id=app.business_id,
        field=field,
        value=value,
        due=now + after,
    )


def queue(
    world: World,
    *,
    app: App,
    url: str,
    entry_id: str,
    field: str,
    value: dict[str, Any],
    due: float,
    timed: bool = True,
) -> None:
    """Put one change in the queue, if the app listens to the field at a verified address."""
    if not url or field not in app.fields:
        return
    time = {"time": int(due)} if timed else {}
    entry = {"id": entry_id, **time, "changes": [{"value": value, "field": field}]}
    text = json.dumps(entry, ensure_ascii=True, separators=(",", ":"))
    update = Update(due=due, seq=world.serial("update"), app_id=app.id, url=url, field=field, entry=text)
    heapq.heappush(world.updates, update)


def metadata(number: PhoneNumber) -> dict[str, Any]:
    """What every value of the messages family begins with."""
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": number.digits, "phone_number_id": number.id},
    }


def fire(world: World, *, app: App, entries: list[dict[str, Any]], now: float) -> None:
    """Queue entries as they are, whatever the app subscribed to: for samples fired by hand."""
    for entry in entries:
        changes = entry.get("changes") or [{}]
        text = json.dumps(entry, ensure_ascii=True, separators=(",", ":"))
        update = Update(
            due=now,
            seq=world.serial("update"),
            app_id=app.id,
            url=app.callback_url,
            field=str(changes[0].get("field", "")),
            entry=text,
        )
        heapq.heappush(world.updates, update)
