"""One row of every tenant model, so that a test can look at all of them."""

from __future__ import annotations

from datetime import timedelta

from messaging.models import CustomerServiceWindow, Direction, Message, MessageStatus
from onboarding.models import (
    Notice,
    NoticeKind,
    Onboarding,
    OnboardingLink,
    RegistrationWindow,
    SignupSession,
    Step,
)
from portal.kernel.ids import uuid7
from portal.kernel.models import Audit, GraphCall, Transition
from tenants.models import ApiKey, AppPermission, IdempotencyKey, Membership, User
from tests.factories.plans import one_of_each_plan_row
from tests.factories.tenants import WHEN, BusinessTokenFactory, PhoneNumberFactory
from tests.factories.world import World
from webhooks.models import Change, Payload


def one_of_each(world: World) -> None:
    """Make them, inside the scope of the world's partner."""
    partner_id, customer = world.partner.id, world.customer
    tenant = {"partner_id": partner_id}
    number = PhoneNumberFactory(waba__customer=customer)
    token = BusinessTokenFactory(customer=customer, app=world.app)
    user = User.objects.create_user(f"{uuid7()}@example.com", "a long password", name="Anna")
    Membership.objects.create(**tenant, user=user)
    ApiKey.objects.create(
        **tenant, name="k", key_id=uuid7().hex[-12:], key_hash="h", scopes=[], created_at=WHEN
    )
    IdempotencyKey.objects.create(**tenant, key="k", request_digest="d", created_at=WHEN)
    AppPermission.objects.create(**tenant, app=world.app, permission="whatsapp_business_management")
    onboarding = Onboarding.objects.create(
        **tenant,
        customer=customer,
        app=world.app,
        token=token,
        phone_number=number,
        created_at=WHEN,
        created_by="t",
    )
    Step.objects.create(**tenant, onboarding=onboarding, key="token", position=1, changed_at=WHEN)
    link = OnboardingLink.objects.create(
        **tenant,
        customer=customer,
        onboarding=onboarding,
        token_hash=uuid7().hex,
        created_at=WHEN,
        created_by="t",
        expires_at=WHEN,
    )
    SignupSession.objects.create(
        **tenant, customer=customer, onboarding=onboarding, link=link, nonce_hash=uuid7().hex, started_at=WHEN
    )
    window = RegistrationWindow.objects.create(
        **tenant, onboarding=onboarding, opened_at=WHEN, ends_at=WHEN + timedelta(hours=336)
    )
    Notice.objects.create(
        **tenant, onboarding=onboarding, window=window, kind=NoticeKind.REMINDER_7, created_at=WHEN
    )
    Message.objects.create(
        **tenant,
        customer=customer,
        phone_number=number,
        direction=Direction.INBOUND,
        wa_id="1",
        message_type="text",
        status=MessageStatus.RECEIVED,
        created_at=WHEN,
        created_by="t",
    )
    CustomerServiceWindow.objects.create(
        **tenant, customer=customer, phone_number=number, wa_id="1", last_inbound_at=WHEN, closes_at=WHEN
    )
    payload = Payload.objects.create(
        **tenant, app_id=world.app.app_id, body=b"{}", digest=uuid7().hex, received_at=WHEN
    )
    Change.objects.create(
        **tenant, payload=payload, key=uuid7().hex, field="messages", entry_id="1", value={}, received_at=WHEN
    )
    GraphCall.objects.create(
        **tenant, work_id=onboarding.id, lease_no=1, operation="register", started_at=WHEN
    )
    Audit.objects.create(**tenant, at=WHEN, by="t", action="a", subject_type="s", subject_id=onboarding.id)
    Transition.objects.create(
        **tenant, subject_type="s", subject_id=onboarding.id, seq=1, to_state="INVITED", at=WHEN, by="t"
    )
    one_of_each_plan_row(world)
