"""Webhooks at the desk: from a change to the bytes it came in, one click away."""

from __future__ import annotations

import pytest
from django.urls import reverse

from portal.kernel import clock
from tests.conftest import Tenant
from tests.factories.desk import sign_in
from webhooks.models import Change, ChangeState, Payload

BODY = b'{"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "calls"}]}]}'


@pytest.fixture
def change(tenant: Tenant) -> Change:
    with tenant.scope():
        payload = Payload.objects.create(
            partner_id=tenant.partner_id,
            app_id=tenant.world.app.app_id,
            body=BODY,
            digest="d1",
            received_at=clock.now(),
        )
        return Change.objects.create(
            partner_id=tenant.partner_id,
            payload=payload,
            key="calls:1",
            field="calls",
            entry_id="1",
            value={"call": "<b>riservata</b>"},
            state=ChangeState.QUARANTINED,
            received_at=clock.now(),
        )


def test_an_engineer_gets_from_a_change_to_its_bytes(tenant: Tenant, change: Change) -> None:
    client = sign_in(tenant, role="ENGINEER")
    assert "calls" in client.get(reverse("admin:webhooks_change_changelist")).content.decode()
    page = client.get(reverse("admin:webhooks_change_change", args=[change.pk])).content.decode()
    raw = reverse("admin:webhooks_payload_change", args=[change.payload_id])
    assert raw in page
    assert "<b>riservata</b>" not in page
    assert "&lt;b&gt;riservata" in page
    shown = client.get(raw).content.decode()
    assert "whatsapp_business_account" in shown
    assert reverse("admin:webhooks_change_change", args=[change.pk]) in shown


def test_an_operator_sees_what_came_and_not_what_it_says(tenant: Tenant, change: Change) -> None:
    client = sign_in(tenant)
    page = client.get(reverse("admin:webhooks_change_change", args=[change.pk])).content.decode()
    assert "calls:1" in page
    assert "riservata" not in page
    assert client.get(reverse("admin:webhooks_payload_changelist")).status_code == 403
    assert client.get(reverse("admin:webhooks_payload_change", args=[change.payload_id])).status_code == 403


@pytest.mark.parametrize("body", [b"not json at all \xff\x00", b""])
def test_garbage_is_shown_as_it_came(tenant: Tenant, body: bytes) -> None:
    with tenant.scope():
        payload = Payload.objects.create(
            partner_id=tenant.partner_id,
            app_id="1",
            body=body,
            digest="d2",
            received_at=clock.now(),
            is_garbage=True,
        )
    client = sign_in(tenant, role="ENGINEER")
    page = client.get(reverse("admin:webhooks_payload_change", args=[payload.pk]))
    assert page.status_code == 200
    assert ("not json at all" in page.content.decode()) is bool(body)
