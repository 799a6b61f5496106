"""Payloads are unpacked once, whatever they hold, and one that fails takes no other with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from messaging.models import Message
from portal.kernel import clock
from tenants.models import PhoneNumber
from tests.conftest import Tenant
from tests.factories import PhoneNumberFactory, WabaFactory
from tests.factories.webhooks import SAMPLES, body_of, messages_of, process_all, sample, store, text_from
from tests.webhooks.conftest import SAMPLE_PHONE_NUMBER_ID, received, states_of
from webhooks import inbound, router
from webhooks.models import Change, ChangeState, Payload

NAMES = sorted(path.stem.removeprefix("webhook.") for path in SAMPLES.glob("webhook.*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_takes_effect_once(
    name: str, tenant: Tenant, number: PhoneNumber, present: datetime
) -> None:
    payload = sample(name)
    with tenant.scope():
        store(tenant.world.app, payload, now=present)
        # The same once more, in other bytes: Meta repeats what it packs anew.
        store(tenant.world.app, payload | {"again": True}, now=present)
    process_all(now=present)
    with tenant.scope():
        assert not Payload.objects.exclude(processed_at__isnull=False, is_garbage=False, due_at=None).exists()
        changes = list(Change.objects.all())
        assert changes
        for change in changes:
            handled = router.is_handled(change.field)
            assert change.state == (ChangeState.DONE if handled else ChangeState.IGNORED)
        assert len({change.key for change in changes}) == len(changes)
        wamids = [message.wamid for message in Message.objects.all()]
        assert len(set(wamids)) == len(wamids)


def test_signed_garbage_is_kept_and_delays_nothing(
    tenant: Tenant, number: PhoneNumber, present: datetime
) -> None:
    bodies = [b"\xff\x00", b"{", b"[" * 50_000, b'{"object":"page","entry":[]}', b""]
    with tenant.scope():
        for body in bodies:
            store(tenant.world.app, body, now=present)
        store(tenant.world.app, messages_of(number, messages=[text_from(at=present)]), now=present)
    process_all(now=present)
    with tenant.scope():
        garbage = Payload.objects.filter(is_garbage=True, due_at=None, processed_at__isnull=False)
        assert garbage.count() == len(bodies)
        assert Message.objects.count() == 1


def test_what_jsonb_refuses_is_stored_cleaned(tenant: Tenant, number: PhoneNumber, present: datetime) -> None:
    message = text_from(at=present, body="HERE")
    body = body_of(messages_of(number, messages=[message])).replace(b"HERE", b"a\\u0000\\ud83db")
    with tenant.scope():
        store(tenant.world.app, body, now=present)
    process_all(now=present)
    with tenant.scope():
        assert Message.objects.get().payload["text"]["body"] == "a\ufffd\ufffdb"


def test_a_message_repeated_in_another_batch_counts_once(
    tenant: Tenant, number: PhoneNumber, present: datetime
) -> None:
    first, second, third = (text_from(at=present) for _number in range(3))
    with tenant.scope():
        store(tenant.world.app, messages_of(number, messages=[first, second, second]), now=present)
        store(tenant.world.app, messages_of(number, messages=[third, second]), now=present)
    process_all(now=present)
    with tenant.scope():
        store(tenant.world.app, messages_of(number, messages=[third, first]), now=present)
    process_all(now=present)
    assert received(tenant) == {message["id"] for message in (first, second, third)}
    assert len(states_of(tenant)) == 3


def test_a_large_batch_is_taken_in_several_transactions(
    tenant: Tenant, number: PhoneNumber, present: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "BYTES_AT_ONCE", 3000)
    told = [[text_from(at=present) for _number in range(5)] for _payload in range(8)]
    with tenant.scope():
        for messages in told:
            store(tenant.world.app, messages_of(number, messages=messages), now=present)
    process_all(now=present)
    assert received(tenant) == {message["id"] for messages in told for message in messages}


def test_another_tenants_number_is_unknown(
    tenant: Tenant, other_tenant: Tenant, number: PhoneNumber, present: datetime
) -> None:
    with other_tenant.scope():
        store(other_tenant.world.app, messages_of_id(number), now=present)
    process_all(now=present)
    assert set(states_of(other_tenant).values()) == {ChangeState.QUARANTINED}
    assert not received(other_tenant)
    assert not received(tenant)


def messages_of_id(number: PhoneNumber) -> dict[str, Any]:
    """Meta's sample, which is about the number of the fixture."""
    payload = sample("messages.text")
    value = payload["entry"][0]["changes"][0]["value"]
    assert value["metadata"]["phone_number_id"] == number.phone_number_id
    return payload


def test_a_message_for_a_number_that_becomes_known_is_not_lost(
    tenant: Tenant, present: datetime, settings: Any
) -> None:
    with tenant.scope():
        store(tenant.world.app, sample("messages.text"), now=present)
    process_all(now=present)
    assert set(states_of(tenant).values()) == {ChangeState.QUARANTINED}
    with tenant.scope():
        waba = WabaFactory(customer=tenant.world.customer)
        PhoneNumberFactory(waba=waba, phone_number_id=SAMPLE_PHONE_NUMBER_ID)
    settings.SANDBOX = True
    clock.set_offset(offset=timedelta(minutes=2))
    process_all(now=clock.now())
    assert set(states_of(tenant).values()) == {ChangeState.DONE}
    assert len(received(tenant)) == 1
    with tenant.scope():
        assert Payload.objects.get().due_at is None


def test_what_stays_unknown_is_looked_at_ever_less_and_then_left(
    tenant: Tenant, present: datetime, settings: Any
) -> None:
    settings.SANDBOX = True
    with tenant.scope():
        store(tenant.world.app, sample("messages.text"), now=present)
    looks = 0
    while True:
        assert process_all(now=clock.now())
        with tenant.scope():
            due_at = Payload.objects.get().due_at
        if due_at is None:
            break
        looks += 1
        assert looks < 30
        clock.set_offset(offset=due_at - present + timedelta(seconds=1))
    assert looks > 10
    assert clock.now() - present > timedelta(days=7)


def test_an_event_about_a_new_account_is_not_for_an_unknown_asset(tenant: Tenant, present: datetime) -> None:
    with tenant.scope():
        store(tenant.world.app, sample("account_update.PARTNER_ADDED"), now=present)
        store(tenant.world.app, sample("account_update.ACCOUNT_RESTRICTION"), now=present)
    process_all(now=present)
    with tenant.scope():
        states = {change.value["event"]: change.state for change in Change.objects.all()}
    assert states == {
        "PARTNER_ADDED": ChangeState.DONE,
        "ACCOUNT_RESTRICTION": ChangeState.QUARANTINED,
    }
