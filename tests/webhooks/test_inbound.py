"""Payloads are unpacked once, whatever they hold."""

from __future__ import annotations

from datetime import datetime

import pytest

from messaging.models import Message
from tenants.models import PhoneNumber
from tests.conftest import Tenant
from tests.factories.webhooks import SAMPLES, process_all, sample, store
from webhooks import router
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
