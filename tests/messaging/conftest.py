"""A registered number with a consumer who has just written, and a Meta that answers as told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from messaging import services
from messaging.models import CustomerServiceWindow, Message
from portal.kernel import clock, tasks
from tenants.models import PhoneNumber
from tests.conftest import Tenant
from tests.factories import BusinessTokenFactory, PhoneNumberFactory, WabaFactory
from tests.factories.webhooks import CONSUMER, new_wamid
from tests.graph.server import Server


@pytest.fixture
def present(transactional_db: None) -> datetime:
    """The real present, which workers read for themselves."""
    return clock.now()


@pytest.fixture
def number(tenant: Tenant, present: datetime) -> PhoneNumber:
    """A number of Alice's customer, with a valid token and an open window to one consumer."""
    with tenant.scope():
        waba = WabaFactory(customer=tenant.world.customer)
        number: PhoneNumber = PhoneNumberFactory(waba=waba, platform_type="CLOUD_API")
        BusinessTokenFactory(customer=tenant.world.customer, app=tenant.world.app)
        open_window(number, present)
        return number


def open_window(number: PhoneNumber, at: datetime, wa_id: str = CONSUMER) -> None:
    """As a message at that time does. Inside the scope."""
    CustomerServiceWindow.objects.create(
        partner_id=number.partner_id,
        customer=number.customer,
        phone_number=number,
        wa_id=wa_id,
        last_inbound_at=at,
        closes_at=at + timedelta(hours=24),
    )


@dataclass
class Meta:
    """What answers the Graph calls, and what it was asked."""

    server: Server

    def answers(self, *bodies: dict[str, Any], status: int = 200) -> None:
        """Give these answers in turn, the last one for ever."""
        left = list(bodies)

        async def answer(request: web.Request) -> web.StreamResponse:
            return web.json_response(left.pop(0) if len(left) > 1 else left[0], status=status)

        self.server.handler = answer

    def accepts(self) -> str:
        """Accept the next message; return the wamid it will have."""
        wamid = new_wamid()
        contacts = [{"input": CONSUMER, "wa_id": CONSUMER}]
        self.answers({"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": wamid}]})
        return wamid

    def refuses(self, code: int, **more: Any) -> None:
        """Answer with one of Graph's errors."""
        error = {"message": "no", "type": "OAuthException", "code": code, "fbtrace_id": "Atrace", **more}
        self.answers({"error": error}, status=400)

    def does(self, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        self.server.handler = handler

    @property
    def calls(self) -> int:
        return len(self.server.arrivals)


@pytest.fixture
def meta(settings: Any) -> Iterator[Meta]:
    """A Graph API on a port of its own."""
    server = Server()
    settings.GRAPH_BASE_URL = server.url
    yield Meta(server)
    server.close()


@dataclass(frozen=True)
class Desk:
    """Sends and looks, each in a scope of its own."""

    tenant: Tenant
    number: PhoneNumber
    settings: Any

    def queue(self, body: str = "Ciao!", wa_id: str = CONSUMER) -> Message:
        with self.tenant.scope():
            return services.send_text(
                phone_number=self.number, wa_id=wa_id, body=body, now=clock.now(), by="alice"
            )

    def work(self) -> None:
        """Do what is due, as a worker does."""
        tasks.drain(now=clock.now(), rounds=5)

    def later(self, wait: timedelta) -> None:
        """Move the clock of the installation by this much from the real present."""
        self.settings.SANDBOX = True
        clock.set_offset(offset=wait)

    def look(self, message: Message) -> Message:
        with self.tenant.scope():
            return Message.objects.get(pk=message.pk)


@pytest.fixture
def desk(tenant: Tenant, number: PhoneNumber, settings: Any) -> Desk:
    return Desk(tenant, number, settings)
