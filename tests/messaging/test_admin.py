"""Messages at the desk: to look at, content for engineers only."""

from __future__ import annotations

import pytest
from django.urls import reverse

from messaging.models import Direction, Message, MessageStatus
from portal.kernel import clock
from tests.conftest import Tenant
from tests.factories import PhoneNumberFactory
from tests.factories.desk import sign_in


@pytest.fixture
def message(tenant: Tenant) -> Message:
    with tenant.scope():
        number = PhoneNumberFactory(waba__customer=tenant.world.customer)
        return Message.objects.create(
            partner_id=tenant.partner_id,
            customer=tenant.world.customer,
            phone_number=number,
            direction=Direction.OUTBOUND,
            wa_id="393330000001",
            wamid="wamid.A",
            message_type="text",
            payload={"text": {"body": "Un saluto riservato"}},
            status=MessageStatus.DELIVERED,
            created_at=clock.now(),
            created_by="test",
        )


@pytest.mark.parametrize(("role", "content"), [("OPERATOR", False), ("ENGINEER", True)])
def test_content_is_for_engineers(tenant: Tenant, message: Message, role: str, content: bool) -> None:
    client = sign_in(tenant, role=role)
    found = client.get(reverse("admin:messaging_message_changelist"), {"q": "wamid.A"}).content.decode()
    assert "393330000001" in found
    page = client.get(reverse("admin:messaging_message_change", args=[message.pk])).content.decode()
    assert "wamid.A" in page
    assert ("Un saluto riservato" in page) is content


def test_nothing_can_be_changed(tenant: Tenant, message: Message) -> None:
    client = sign_in(tenant, role="ADMIN")
    address = reverse("admin:messaging_message_change", args=[message.pk])
    assert client.post(address, {"wa_id": "1"}).status_code == 403
    assert client.get(reverse("admin:messaging_message_add")).status_code == 403
    assert client.get(reverse("admin:messaging_message_delete", args=[message.pk])).status_code == 403
