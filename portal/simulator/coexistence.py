"""A WhatsApp Business app number that is on Cloud API too.

https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/onboarding-business-app-users
"""

from __future__ import annotations

from . import events
from .errors import GraphError, invalid
from .nodes import PhoneNumber, Waba
from .world import World

CONTACTS, HISTORY = "smb_app_state_sync", "history"
PHASES = (0, 1, 2)


def connect(number: PhoneNumber, *, now: float) -> None:
    """Finishing signup with the app's number registers it by itself."""
    number.is_on_biz_app, number.code_verified = True, True
    number.platform_type, number.status, number.throughput_level = "CLOUD_API", "CONNECTED", "STANDARD"
    number.onboarded_at = number.registered_at = now
    number.ever_registered = True
    number.sync_requests.clear()


def request_sync(world: World, number: PhoneNumber, *, sync_type: str, now: float) -> str:
    """Contacts and history may each be asked for once, within 24 hours."""
    if sync_type not in (CONTACTS, HISTORY):
        raise invalid("Parameter sync_type must be smb_app_state_sync or history")
    if not number.is_on_biz_app:
        raise invalid("The phone number is not in use with the WhatsApp Business app")
    if sync_type in number.sync_requests:
        raise GraphError(100, 2593107, details="Sync request limit exceeded")
    if (
        number.onboarded_at is None
        or now - number.onboarded_at >= world.settings.coexistence_sync_hours * 3600
    ):
        raise GraphError(100, 2593108, details="Sync request made outside the allowed window")
    request_id = number.sync_requests[sync_type] = world.secret("sync", 15)
    if sync_type == CONTACTS:
        _send_contacts(world, number, now=now)
    else:
        _send_history(world, number, now=now)
    return request_id


def _send_contacts(world: World, number: PhoneNumber, *, now: float) -> None:
    contact = {"full_name": "Giulia Ferri", "first_name": "Giulia", "phone_number": "393475550101"}
    row = {"type": "contact", "contact": contact, "action": "add", "metadata": {"timestamp": str(int(now))}}
    _emit(world, number, "smb_app_state_sync", {"state_sync": [row]}, now=now, after=0.1)


def _send_history(world: World, number: PhoneNumber, *, now: float) -> None:
    """One chunk for each phase, the newest days first."""
    for phase in PHASES:
        wamid = "wamid.HBgL" + world.secret("history", 20)
        message = {
            "from": number.digits,
            "to": "393475550101",
            "id": wamid,
            "timestamp": str(int(now) - (phase * 60 + 1) * 86_400),
            "type": "text",
            "text": {"body": "Ciao"},
            "history_context": {"status": "READ"},
        }
        progress = 100 * (phase + 1) // len(PHASES)
        chunk = {
            "metadata": {"phase": phase, "chunk_order": 1, "progress": progress},
            "threads": [{"id": "393475550101", "messages": [message]}],
        }
        _emit(world, number, "history", {"history": [chunk]}, now=now, after=0.2 + phase / 10)


def _emit(
    world: World, number: PhoneNumber, field: str, value: dict[str, object], *, now: float, after: float
) -> None:
    waba = world.get(Waba, number.waba_id)
    whole = {**events.metadata(number), **value}
    events.emit_for_waba(world, now=now, waba=waba, field=field, value=whole, after=after, timed=False)


def disconnect(world: World, number: PhoneNumber, *, reason: str, initiated_by: str, now: float) -> None:
    """The business takes its number back in the app."""
    number.is_on_biz_app = False
    number.registered_at, number.platform_type, number.status = None, "NOT_APPLICABLE", "DISCONNECTED"
    waba = world.get(Waba, number.waba_id)
    info = {"waba_id": waba.id, "owner_business_id": waba.owner_business_id}
    value = {
        "event": "PARTNER_REMOVED",
        "waba_info": info,
        "disconnection_info": {"reason": reason, "initiated_by": initiated_by},
    }
    events.emit_for_waba(world, now=now, waba=waba, field="account_update", value=value)
