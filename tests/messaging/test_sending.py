"""A message reaches Meta at most once, and what became of it is known or said to be unknown."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from messaging import sending, statuses
from messaging.models import Message, MessageStatus
from portal.graph.client import Graph
from portal.graph.types import SentMessage
from portal.kernel import clock, work
from portal.kernel.models import CallOutcome, DatabaseIdentity, GraphCall
from tenants import credentials
from tenants.models import BusinessToken, TokenState
from tests.conftest import Tenant
from tests.factories import BusinessTokenFactory, PhoneNumberFactory, WabaFactory
from tests.factories.webhooks import CONSUMER, messages_of, new_wamid, status_of, store
from tests.messaging.conftest import Desk, Meta, open_window

HOUR = timedelta(hours=1)


def test_a_queued_text_is_handed_to_meta_once(desk: Desk, meta: Meta) -> None:
    wamid = meta.accepts()
    message = desk.queue("Buongiorno")
    assert (message.status, meta.calls) == (MessageStatus.QUEUED, 0)
    desk.work()
    desk.work()
    sent = desk.look(message)
    assert (sent.status, sent.wamid, sent.due_at) == (MessageStatus.ACCEPTED, wamid, None)
    (arrival,) = meta.server.arrivals
    assert arrival.path == f"/v26.0/{desk.number.phone_number_id}/messages"
    assert json.loads(arrival.body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": CONSUMER,
        "type": "text",
        "text": {"body": "Buongiorno"},
        "biz_opaque_callback_data": str(message.pk),
    }
    with desk.tenant.scope():
        call = GraphCall.objects.get(work_id=message.pk)
        assert (call.operation, call.outcome, call.target) == (
            "messages",
            CallOutcome.DEFINITE,
            desk.number.phone_number_id,
        )


@pytest.mark.parametrize("answer", [{"messages": [{"id": "wamid.A"}]}, {"id": "wamid.A"}])
def test_both_shapes_of_metas_answer_are_understood(desk: Desk, meta: Meta, answer: dict[str, Any]) -> None:
    meta.answers(answer)
    message = desk.queue()
    desk.work()
    assert desk.look(message).wamid == "wamid.A"


def test_several_messages_to_one_person_need_no_lock(desk: Desk, meta: Meta) -> None:
    meta.answers(*[{"id": f"wamid.{number}"} for number in range(5)])
    queued = [desk.queue(f"{number}") for number in range(5)]
    desk.work()
    assert {desk.look(message).status for message in queued} == {MessageStatus.ACCEPTED}
    assert meta.calls == 5


def test_a_number_of_the_partners_own_sends_with_the_system_user(
    tenant: Tenant, desk: Desk, meta: Meta
) -> None:
    with tenant.scope():
        own = PhoneNumberFactory(waba=WabaFactory(customer=None), customer=None)
        open_window(own, clock.now())
    meta.accepts()
    message = Desk(tenant, own, desk.settings).queue()
    desk.work()
    assert desk.look(message).status == MessageStatus.ACCEPTED
    assert meta.server.arrivals[0].headers["authorization"] == "Bearer EAAsystem"


# --- Unknown outcomes ---


async def _fall_over(request: web.Request) -> web.StreamResponse:
    await request.read()
    raise web.HTTPInternalServerError


async def _hang_up(request: web.Request) -> web.StreamResponse:
    await request.read()
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@pytest.mark.parametrize("trouble", [_fall_over, _hang_up])
def test_a_send_of_unknown_outcome_is_never_repeated(desk: Desk, meta: Meta, trouble: Any) -> None:
    meta.does(trouble)
    message = desk.queue()
    desk.work()
    assert desk.look(message).status == MessageStatus.UNCONFIRMED
    meta.accepts()
    for hours in (1, 23, 25, 49):
        desk.later(hours * HOUR)
        desk.work()
    assert (desk.look(message).status, meta.calls) == (MessageStatus.UNCONFIRMED, 1)
    assert desk.look(message).due_at is None


def test_an_unconfirmed_message_is_closed_by_its_status(desk: Desk, meta: Meta) -> None:
    meta.does(_fall_over)
    message, wamid = desk.queue(), new_wamid()
    desk.work()
    with desk.tenant.scope():
        told = status_of(wamid, "delivered", at=clock.now(), biz_opaque_callback_data=str(message.pk))
        store(desk.tenant.world.app, messages_of(desk.number, statuses=[told]), now=clock.now())
    desk.work()
    found = desk.look(message)
    assert (found.status, found.wamid, found.due_at) == (MessageStatus.DELIVERED, wamid, None)
    assert meta.calls == 1


@pytest.mark.parametrize("acted", [False, True], ids=["before Meta acted", "after Meta acted"])
def test_a_worker_that_died_while_sending_leaves_it_unconfirmed(
    acted: bool, desk: Desk, meta: Meta, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    really_send = sending.graph_messages.send

    def die(*args: Any, **words: Any) -> SentMessage:
        if acted:
            really_send(*args, **words)
        raise Killed

    meta.accepts()
    message = desk.queue()
    with monkeypatch.context() as patched:
        patched.setattr(sending.graph_messages, "send", die)
        (lease,) = work.claim(Message, now=clock.now())
        with pytest.raises(Killed):
            sending.send(lease)
    with desk.tenant.scope():
        Message.objects.update(leased_until=None)  # the lease of the dead worker runs out
    desk.work()
    assert (desk.look(message).status, meta.calls) == (MessageStatus.UNCONFIRMED, int(acted))


def test_a_restored_database_sends_nothing_again(desk: Desk, meta: Meta) -> None:
    message = desk.queue()
    DatabaseIdentity.objects.update_or_create(
        pk=1, defaults={"system_identifier": "7", "timeline": 2, "changed_at": clock.now()}
    )
    desk.work()
    assert (desk.look(message).status, meta.calls) == (MessageStatus.UNCONFIRMED, 0)


# --- Certain outcomes ---


@pytest.mark.parametrize("code", [130429, 131056, 4, 80007])
def test_a_refusal_by_rate_is_tried_again_later(desk: Desk, meta: Meta, code: int) -> None:
    meta.refuses(code)
    message = desk.queue()
    desk.work()
    waiting = desk.look(message)
    assert waiting.status == MessageStatus.QUEUED
    assert waiting.due_at is not None
    wamid = meta.accepts()
    desk.later(HOUR)
    desk.work()
    assert (desk.look(message).wamid, meta.calls) == (wamid, 2)


def test_waits_between_refusals_grow(desk: Desk, meta: Meta) -> None:
    meta.refuses(131056)
    message = desk.queue()
    waits, offset = [], timedelta()
    for _try in range(4):
        desk.work()
        due_at = desk.look(message).due_at
        assert due_at is not None
        waits.append(due_at - clock.now())
        offset += waits[-1] + timedelta(seconds=1)
        desk.later(offset)
    assert waits == sorted(waits)
    assert waits[-1] > 10 * waits[0]


def test_what_never_left_is_sent_later(desk: Desk, meta: Meta) -> None:
    port, desk.settings.GRAPH_BASE_URL = desk.settings.GRAPH_BASE_URL, "http://127.0.0.1:9"
    message = desk.queue()
    desk.work()
    assert desk.look(message).status == MessageStatus.QUEUED
    desk.settings.GRAPH_BASE_URL = port
    meta.accepts()
    desk.later(HOUR)
    desk.work()
    assert desk.look(message).status == MessageStatus.ACCEPTED


@pytest.mark.parametrize("code", [131047, 131026, 131042, 133010, 100, 10])
def test_a_definite_refusal_fails_with_its_code(desk: Desk, meta: Meta, code: int) -> None:
    meta.refuses(code)
    message = desk.queue()
    desk.work()
    failed = desk.look(message)
    assert (failed.status, failed.code, failed.fbtrace_id) == (MessageStatus.FAILED, code, "Atrace")
    assert failed.due_at is None
    desk.later(HOUR)
    desk.work()
    assert meta.calls == 1


def test_a_dead_token_is_used_no_more_and_a_new_one_resumes(tenant: Tenant, desk: Desk, meta: Meta) -> None:
    meta.refuses(190, error_subcode=460)
    first, second = desk.queue("uno"), desk.queue("due")
    for minutes in (0, 5, 10):
        desk.later(timedelta(minutes=minutes))
        desk.work()
    assert meta.calls == 1
    with tenant.scope():
        assert BusinessToken.objects.get().state == TokenState.INVALID
        BusinessTokenFactory(customer=tenant.world.customer, app=tenant.world.app, obtained_at=clock.now())
    meta.answers({"id": "wamid.one"}, {"id": "wamid.two"})
    desk.later(timedelta(minutes=15))
    desk.work()
    assert {desk.look(message).status for message in (first, second)} == {MessageStatus.ACCEPTED}


def test_a_window_that_closed_while_waiting_costs_no_call(desk: Desk, meta: Meta) -> None:
    meta.refuses(130429)
    message = desk.queue()
    desk.work()
    desk.later(25 * HOUR)
    desk.work()
    failed = desk.look(message)
    assert (failed.status, failed.code, meta.calls) == (MessageStatus.FAILED, 131047, 1)


# --- Statuses that are faster than the answer ---


def test_a_status_that_came_before_the_answer_counts(tenant: Tenant, desk: Desk, meta: Meta) -> None:
    wamid = meta.accepts()
    message = desk.queue()
    with tenant.scope():
        told = [status_of(wamid, "sent", at=clock.now()), status_of(wamid, "delivered", at=clock.now())]
        store(tenant.world.app, messages_of(desk.number, statuses=told), now=clock.now())
    desk.work()  # in whichever order the two are worked on
    desk.work()
    found = desk.look(message)
    assert (found.status, found.wamid) == (MessageStatus.DELIVERED, wamid)


def test_a_status_that_comes_during_the_call_is_not_undone_by_the_answer(
    tenant: Tenant, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, wamid = desk.queue(), new_wamid()

    def deliver_at_once(graph: Graph, **words: object) -> SentMessage:
        told = status_of(wamid, "read", at=clock.now(), biz_opaque_callback_data=str(message.pk))
        with tenant.scope():
            statuses.apply([statuses.read(told)], now=clock.now())
        return SentMessage(wamid=wamid)

    monkeypatch.setattr(sending.graph_messages, "send", deliver_at_once)
    desk.work()
    found = desk.look(message)
    assert (found.status, found.wamid, found.due_at) == (MessageStatus.READ, wamid, None)


def test_a_number_without_any_token_waits_for_one(tenant: Tenant, desk: Desk, meta: Meta) -> None:
    with tenant.scope():
        token = BusinessToken.objects.get()
        credentials.invalidate_token(token=token, now=clock.now(), by="test", code=190, subcode=None)
    message = desk.queue()
    desk.work()
    assert (desk.look(message).status, meta.calls) == (MessageStatus.QUEUED, 0)
