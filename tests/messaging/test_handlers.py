"""What a webhook about messages does to messages and windows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging import handlers, queries
from messaging.models import CustomerServiceWindow, Direction, Message, MessageStatus
from portal.kernel import clock, tasks
from tenants.models import PhoneNumber
from tests.conftest import Tenant
from tests.factories import PhoneNumberFactory, WabaFactory
from tests.factories.webhooks import (
    CONSUMER,
    envelope,
    messages_of,
    new_wamid,
    sample,
    status_of,
    store,
    text_from,
)
from webhooks.models import Change, ChangeState

HOUR = timedelta(hours=1)
Receive = Callable[[dict[str, Any]], None]


@pytest.fixture
def number(tenant: Tenant) -> PhoneNumber:
    """The number of Meta's samples; nobody has written to it yet."""
    with tenant.scope():
        waba = WabaFactory(customer=tenant.world.customer, waba_id="915550001112223")
        found: PhoneNumber = PhoneNumberFactory(waba=waba, phone_number_id="430017654321098")
        return found


@pytest.fixture
def receive(tenant: Tenant, number: PhoneNumber) -> Receive:
    """Store a payload and process it."""

    def go(payload: dict[str, Any]) -> None:
        with tenant.scope():
            store(tenant.world.app, payload, now=clock.now())
        tasks.drain(now=clock.now(), rounds=3)
        with tenant.scope():
            assert not Change.objects.filter(state=ChangeState.FAILED).values("field", "error")

    return go


def outbound(number: PhoneNumber, status: str = MessageStatus.ACCEPTED, **values: Any) -> Message:
    return Message.objects.create(
        partner_id=number.partner_id,
        customer=number.customer,
        phone_number=number,
        direction=Direction.OUTBOUND,
        wa_id=CONSUMER,
        message_type="text",
        status=status,
        created_at=clock.now(),
        created_by="alice",
        **({"wamid": new_wamid()} | values),
    )


def test_the_guides_own_example_opens_a_window(tenant: Tenant, number: PhoneNumber, receive: Receive) -> None:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "16315551234", "phone_number_id": number.phone_number_id},
        "contacts": [{"profile": {"name": "Kerry Fisher"}, "wa_id": "16315555555"}],
        "messages": [
            {
                "from": "16315555555",
                "id": "wamid.ABGGFlA5FpafAgo6tHcNmNjXmuSf",
                "timestamp": "1602139392",
                "text": {"body": "Hello!"},
                "type": "text",
            }
        ],
    }
    receive(envelope({"value": value, "field": "messages"}, entry_id=number.waba.waba_id))
    with tenant.scope():
        message = Message.objects.get()
        assert (message.direction, message.status) == (Direction.INBOUND, MessageStatus.RECEIVED)
        assert (message.wa_id, message.message_type) == ("16315555555", "text")
        assert message.payload["text"] == {"body": "Hello!"}
        assert message.customer_id == number.customer_id
        assert message.sent_at == datetime.fromtimestamp(1602139392, UTC)
        assert abs(message.created_at - clock.now()) < HOUR
        window = CustomerServiceWindow.objects.get()
        assert window.closes_at == message.sent_at + 24 * HOUR
        assert queries.newest_inbound(phone_number=number) == message


def test_the_guides_example_with_its_placeholders_is_kept_for_staff(
    tenant: Tenant, receive: Receive, number: PhoneNumber
) -> None:
    payload = sample("messages.text_seed_shape")
    entry = payload["entry"][0]
    entry["id"] = "WHATSAPP_BUSINESS_ACCOUNT_ID"
    entry["changes"][0]["value"]["metadata"]["phone_number_id"] = "PHONE_NUMBER_ID"
    receive(payload)
    with tenant.scope():
        assert Change.objects.get().state == ChangeState.QUARANTINED
        assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("name", "type_", "opens"),
    [
        ("audio_voice", "audio", True),
        ("button_template_quick_reply", "button", True),
        ("interactive_nfm_reply", "interactive", True),
        ("location", "location", True),
        ("reaction_add", "reaction", True),
        ("order", "order", True),
        ("unsupported", "unsupported", True),
        ("text_reply_to_business", "text", True),
        ("system_user_changed_number", "system", False),
        ("group_text", "text", False),
    ],
)
def test_every_type_is_kept_and_what_a_person_wrote_opens_their_window(
    name: str, type_: str, opens: bool, tenant: Tenant, receive: Receive
) -> None:
    receive(sample(f"messages.{name}"))
    with tenant.scope():
        message = Message.objects.get()
        assert message.message_type == type_
        assert message.payload == sample(f"messages.{name}")["entry"][0]["changes"][0]["value"]["messages"][0]
        assert CustomerServiceWindow.objects.filter(wa_id=message.wa_id).exists() is opens


def test_who_hides_the_number_is_known_by_user_id(tenant: Tenant, receive: Receive) -> None:
    receive(sample("messages.text_username_no_phone"))
    with tenant.scope():
        assert Message.objects.get().wa_id == "US.48210733905561204417"
        assert CustomerServiceWindow.objects.get().wa_id == "US.48210733905561204417"


def test_a_call_opens_the_window_too(tenant: Tenant, receive: Receive) -> None:
    receive(sample("calls.connect_user_initiated"))
    with tenant.scope():
        assert CustomerServiceWindow.objects.get().wa_id == CONSUMER


def test_the_newest_message_says_when_the_window_closes(
    tenant: Tenant, number: PhoneNumber, receive: Receive
) -> None:
    present = clock.now().replace(microsecond=0)
    for hours in (5, 1, 3):
        receive(messages_of(number, messages=[text_from(at=present - hours * HOUR)]))
    with tenant.scope():
        window = CustomerServiceWindow.objects.get()
        assert (window.last_inbound_at, window.closes_at) == (present - HOUR, present + 23 * HOUR)
        words: dict[str, Any] = {"phone_number": number, "wa_id": CONSUMER}
        assert queries.window_open(**words, now=window.closes_at - timedelta(microseconds=1))
        assert not queries.window_open(**words, now=window.closes_at)
        assert not queries.window_open(phone_number=number, wa_id="0", now=present)


def test_a_message_from_the_future_opens_no_longer_window(
    tenant: Tenant, number: PhoneNumber, receive: Receive
) -> None:
    receive(messages_of(number, messages=[text_from(at=clock.now() + 100 * HOUR)]))
    with tenant.scope():
        assert CustomerServiceWindow.objects.get().closes_at <= clock.now() + 24 * HOUR


def test_our_own_messages_open_nothing(tenant: Tenant, receive: Receive) -> None:
    receive(sample("smb_message_echoes.text"))
    with tenant.scope():
        assert not CustomerServiceWindow.objects.exists()


def test_statuses_move_our_messages_and_no_others(
    tenant: Tenant, other_tenant: Tenant, number: PhoneNumber, receive: Receive
) -> None:
    with other_tenant.scope():
        foreign = outbound(PhoneNumberFactory(), wamid="wamid.shared")
    with tenant.scope():
        ours = outbound(number)
        untouched = outbound(number)
    at = clock.now()
    told = [status_of(str(ours.wamid), "delivered", at=at), status_of("wamid.shared", "read", at=at)]
    receive(messages_of(number, statuses=told))
    with tenant.scope():
        assert Message.objects.get(pk=ours.pk).status == MessageStatus.DELIVERED
        assert Message.objects.get(pk=untouched.pk).status == MessageStatus.ACCEPTED
    with other_tenant.scope():
        assert Message.objects.get(pk=foreign.pk).status == MessageStatus.ACCEPTED


def test_the_callback_data_of_somebody_else_is_harmless(
    tenant: Tenant, number: PhoneNumber, receive: Receive
) -> None:
    with tenant.scope():
        known = outbound(number)
    at = clock.now()
    told = [
        status_of("wamid.else", "read", at=at, biz_opaque_callback_data="tenant=7;campaign=118"),
        # Our id beside a wamid that is not this message's.
        status_of("wamid.other", "read", at=at, biz_opaque_callback_data=str(known.pk)),
    ]
    receive(messages_of(number, statuses=told))
    with tenant.scope():
        assert Message.objects.get(pk=known.pk).status == MessageStatus.ACCEPTED


def test_a_failed_status_names_the_reason(tenant: Tenant, number: PhoneNumber, receive: Receive) -> None:
    payload = sample("messages.status_failed_131047")
    wamid = payload["entry"][0]["changes"][0]["value"]["statuses"][0]["id"]
    with tenant.scope():
        message = outbound(number, wamid=wamid)
    receive(payload)
    with tenant.scope():
        found = Message.objects.get(pk=message.pk)
        assert (found.status, found.code) == (MessageStatus.FAILED, 131047)
        assert found.failed_at is not None


def test_a_hundred_changes_cost_as_many_statements_as_two(tenant: Tenant, number: PhoneNumber) -> None:
    def statements(count: int) -> int:
        with tenant.scope():
            sent = [outbound(number) for _number in range(count)]
            changes = [
                Change(partner_id=tenant.partner_id, received_at=clock.now(), field="messages", value=value)
                for message in sent
                for value in _values(number, message)
            ]
            with CaptureQueriesContext(
                connection,
            ) as asked:
                handlers.receive_messages(changes, now=clock.now())
            assert Message.objects.filter(status=MessageStatus.SENT).count() == count
            Message.objects.all().delete()
        return len(asked)

    assert statements(100) == statements(2)


def _values(number: PhoneNumber, message: Message) -> list[dict[str, Any]]:
    at = clock.now()
    payloads = (
        messages_of(number, messages=[text_from(at=at)]),
        messages_of(number, statuses=[status_of(str(message.wamid), "sent", at=at)]),
    )
    return [payload["entry"][0]["changes"][0]["value"] for payload in payloads]
