"""A number of the tenant's, ready for webhooks."""

from __future__ import annotations

from datetime import datetime

import pytest

from messaging.models import Message
from portal.kernel import clock
from tenants.models import PhoneNumber
from tests.conftest import Tenant
from tests.factories import PhoneNumberFactory, WabaFactory
from webhooks.models import Change

SAMPLE_WABA_ID = "915550001112223"
SAMPLE_PHONE_NUMBER_ID = "430017654321098"


@pytest.fixture
def present(transactional_db: None) -> datetime:
    """The real present, which workers read for themselves."""
    return clock.now()


@pytest.fixture
def number(tenant: Tenant) -> PhoneNumber:
    """The number that Meta's samples are about, in Alice's hands with another one of theirs."""
    with tenant.scope():
        other = WabaFactory(customer=tenant.world.customer, waba_id="915550004445556")
        PhoneNumberFactory(waba=other, phone_number_id="430017654321177")
        waba = WabaFactory(customer=tenant.world.customer, waba_id=SAMPLE_WABA_ID)
        found: PhoneNumber = PhoneNumberFactory(
            waba=waba, phone_number_id=SAMPLE_PHONE_NUMBER_ID, display_phone_number="+1 202-555-0171"
        )
        return found


def states_of(tenant: Tenant) -> dict[str, str]:
    """The state of each change by its key."""
    with tenant.scope():
        return {change.key: change.state for change in Change.objects.all()}


def received(tenant: Tenant) -> set[str | None]:
    """The ids of all messages."""
    with tenant.scope():
        return set(Message.objects.values_list("wamid", flat=True))
