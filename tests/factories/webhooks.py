"""Webhook bodies as Meta sends them, and stored payloads."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from portal.kernel import tasks
from tenants.models import MetaApp, PhoneNumber
from webhooks.models import Payload

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
CONSUMER = "12025550198"

_numbers = count(1)


def new_wamid() -> str:
    """A message id that no other message of the run has."""
    return f"wamid.TEST{next(_numbers):08d}"


def sample(name: str) -> dict[str, Any]:
    """One of Meta's payloads: `sample("messages.text")`."""
    found: dict[str, Any] = json.loads((SAMPLES / f"webhook.{name}.json").read_text(encoding="utf-8"))
    return found


def body_of(payload: object) -> bytes:
    """The bytes of a payload as Meta makes them: ASCII with escapes."""
    return json.dumps(payload, ensure_ascii=True, separators=(",", ":")).encode()


def envelope(*changes: dict[str, Any], entry_id: str = "", time: int | None = None) -> dict[str, Any]:
    """A payload of one entry."""
    entry: dict[str, Any] = {"id": entry_id, "changes": list(changes)}
    if time is not None:
        entry["time"] = time
    return {"object": "whatsapp_business_account", "entry": [entry]}


def messages_of(number: PhoneNumber, **lists: list[dict[str, Any]]) -> dict[str, Any]:
    """A payload of the `messages` field for a number: `messages=[...]`, `statuses=[...]`."""
    metadata = {"display_phone_number": "12025550171", "phone_number_id": number.phone_number_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **lists}
    return envelope({"field": "messages", "value": value}, entry_id=number.waba.waba_id)


def text_from(wa_id: str = CONSUMER, *, at: datetime, body: str = "Ciao!", **more: Any) -> dict[str, Any]:
    """An inbound text message."""
    text = {"type": "text", "text": {"body": body}}
    return {"from": wa_id, "id": new_wamid(), "timestamp": str(int(at.timestamp())), **text, **more}


def status_of(wamid: str, status: str, *, at: datetime, **more: Any) -> dict[str, Any]:
    """A status of an outbound message."""
    return {"id": wamid, "status": status, "timestamp": str(int(at.timestamp())), **more}


def store(app: MetaApp, payload: object, *, now: datetime) -> Payload:
    """Store a payload as the intake does, unless it is stored already. Inside the scope."""
    body = payload if isinstance(payload, bytes) else body_of(payload)
    row = Payload(
        partner_id=app.partner_id,
        app_id=app.app_id,
        body=body,
        digest=hashlib.sha256(body).hexdigest(),
        received_at=now,
        due_at=now,
    )
    return Payload.objects.bulk_create([row], ignore_conflicts=True)[0]


def process_all(*, now: datetime) -> int:
    """Do all due work, without a worker."""
    return tasks.drain(now=now)
