"""What may be queued, what is refused at the door, and what staff may close."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from messaging import services
from messaging.models import CustomerServiceWindow, Message, MessageStatus
from portal.kernel import clock
from portal.kernel.models import Audit
from tests.conftest import Tenant
from tests.factories.webhooks import CONSUMER
from tests.messaging.conftest import Desk, Meta


def test_nothing_is_queued_outside_the_window(tenant: Tenant, desk: Desk) -> None:
    with tenant.scope():
        closes_at = CustomerServiceWindow.objects.get().closes_at
        send = services.send_text
        words: dict[str, Any] = {"phone_number": desk.number, "wa_id": CONSUMER, "body": "x", "by": "alice"}
        send(now=closes_at - timedelta(microseconds=1), **words)
        with pytest.raises(services.WindowClosed):
            send(now=closes_at, **words)
        with pytest.raises(services.WindowClosed):
            send(now=clock.now(), **{**words, "wa_id": "393331234567"})
        assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "refusal"),
    [("", services.EmptyBody), (" \n", services.EmptyBody), ("x" * 4097, services.BodyTooLong)],
)
def test_a_text_that_meta_would_refuse_is_not_queued(
    desk: Desk, body: str, refusal: type[services.MessageRefused]
) -> None:
    with pytest.raises(refusal) as refused:
        desk.queue(body)
    assert refused.value.code
    assert str(refused.value.message)


def test_who_queued_a_message_is_audited_without_its_text(tenant: Tenant, desk: Desk) -> None:
    message = desk.queue("Il codice è 123456")
    with tenant.scope():
        audit = Audit.objects.get(subject_id=message.pk)
        assert (audit.action, audit.by) == ("message.queued", "alice")
        assert "123456" not in str(audit.data)


async def _fall_over(request: web.Request) -> web.StreamResponse:
    raise web.HTTPInternalServerError


def test_staff_may_give_up_what_was_never_confirmed(desk: Desk, meta: Meta) -> None:
    meta.does(_fall_over)
    message = desk.queue()
    desk.work()
    with desk.tenant.scope():
        services.give_up(message=message, now=clock.now(), by="alice")
    assert desk.look(message).status == MessageStatus.FAILED


def test_staff_can_not_give_up_what_is_known(desk: Desk, meta: Meta) -> None:
    meta.accepts()
    message = desk.queue()
    desk.work()
    with desk.tenant.scope(), pytest.raises(services.NotUnconfirmed):
        services.give_up(message=message, now=clock.now(), by="alice")
