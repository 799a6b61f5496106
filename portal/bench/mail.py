"""Webhooks as Meta sends them, for a number of the seeded partner."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from messaging.models import Direction, Message, MessageStatus
from portal.bench import load
from portal.demo import PARTNER_ID
from portal.graph import signature
from portal.graph.secret import Secret
from portal.kernel import clock
from portal.kernel.scope import scope
from portal.kernel.secrets import open_sealed
from tenants import assets, services
from tenants.models import MetaApp, PhoneNumber

BY = "system:bench"
WABA_ID, PHONE_NUMBER_ID = "915500000000001", "436600000000001"
# Consumers that write again and again, as they do: each has one window.
CONSUMERS = 1000


@dataclass(frozen=True)
class Mail:
    """Makes payloads of one change each, the least that Meta sends at once and so the hardest."""

    app: MetaApp
    number: PhoneNumber
    secret: Secret
    at: datetime
    _serial: Any

    def text(self) -> bytes:
        """A consumer's message that no other payload of the run tells of."""
        serial = next(self._serial)
        wa_id = f"39347{serial % CONSUMERS:07d}"
        message: dict[str, Any] = {
            "from": wa_id,
            "id": f"wamid.BENCH{serial:09d}",
            "timestamp": self._timestamp,
        }
        message |= {"type": "text", "text": {"body": "Buongiorno, siete aperti oggi pomeriggio?"}}
        contact = {"profile": {"name": "Giulia Ferri"}, "wa_id": wa_id}
        return self._body({"contacts": [contact], "messages": [message]})

    def delivered(self, message: Message) -> bytes:
        """The status of a message of ours."""
        status = {"id": message.wamid, "status": "delivered", "timestamp": self._timestamp}
        return self._body({"statuses": [status | {"recipient_id": message.wa_id}]})

    def posts(self, wanted: int) -> list[bytes]:
        """Signed requests to the intake, each with a message of its own."""
        path = f"/webhooks/meta/{self.app.app_id}"
        bodies = [self.text() for _ in range(wanted)]
        return [
            load.request(path, body, X_Hub_Signature_256=signature.sign(body, self.secret)) for body in bodies
        ]

    def outbound(self, wanted: int, **values: Any) -> Sequence[Message]:
        """Messages that we sent. Inside the scope."""
        rows = [
            Message(
                partner_id=self.app.partner_id,
                customer_id=self.number.customer_id,
                phone_number=self.number,
                direction=Direction.OUTBOUND,
                wa_id=f"39348{place % CONSUMERS:07d}",
                message_type="text",
                payload={"type": "text", "text": {"body": "Buongiorno!"}},
                created_at=self.at,
                created_by=BY,
                **{"wamid": f"wamid.BENCH{next(self._serial):09d}", "status": MessageStatus.SENT} | values,
            )
            for place in range(wanted)
        ]
        return Message.objects.bulk_create(rows, batch_size=1000)

    @property
    def _timestamp(self) -> str:
        return str(int(self.at.timestamp()))

    def _body(self, told: dict[str, Any]) -> bytes:
        metadata = {"display_phone_number": "390612345678", "phone_number_id": PHONE_NUMBER_ID}
        value = {"messaging_product": "whatsapp", "metadata": metadata, **told}
        entry = {"id": WABA_ID, "changes": [{"field": "messages", "value": value}]}
        payload = {"object": "whatsapp_business_account", "entry": [entry]}
        return json.dumps(payload, separators=(",", ":")).encode()


_serials = count(1)


@contextmanager
def tenant() -> Iterator[None]:
    """Enter the scope of the seeded partner."""
    with scope(PARTNER_ID):
        yield


def mail() -> Mail:
    """The mail of a customer's number, which is made if it is not there."""
    now = clock.now()
    with tenant():
        app = MetaApp.objects.get()
        number = PhoneNumber.objects.filter(phone_number_id=PHONE_NUMBER_ID).first() or _number(app, now)
        return Mail(app, number, open_sealed(row=app, column="app_secret"), now, _serials)


def _number(app: MetaApp, now: datetime) -> PhoneNumber:
    customer = services.create_customer(
        partner_id=app.partner_id, name="Bench", contact_email="bench@example.com", now=now, by=BY
    )
    waba = assets.upsert_waba(partner_id=app.partner_id, waba_id=WABA_ID, customer=customer, name="Bench")
    return PhoneNumber.objects.create(
        partner_id=app.partner_id, customer=customer, waba=waba, phone_number_id=PHONE_NUMBER_ID
    )
