"""Journeys of a customer at any point, with the link that opens their page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from messaging.models import Direction, Message, MessageStatus
from onboarding import progress, services
from onboarding.models import Onboarding, SignupSession, Step
from onboarding.states import OnboardingState
from onboarding.steps.keys import StepKey
from portal.kernel.ids import uuid7
from portal.kernel.states import transition
from tenants.models import PhoneNumber
from tests.factories.tenants import PhoneNumberFactory, WabaFactory
from tests.factories.world import World

WINDOW = timedelta(hours=336)
ORDER = list(StepKey)


@dataclass
class Journey:
    """An onboarding and its page; the verbs move it on as the engine would. Use them inside the scope."""

    onboarding: Onboarding
    token: str
    now: datetime

    @property
    def number(self) -> PhoneNumber:
        number = self.onboarding.phone_number
        assert number is not None
        return number

    def session(self, **values: object) -> SignupSession:
        """Somebody opened Meta's window."""
        link = self.onboarding.links.get()
        return SignupSession.objects.create(
            partner_id=self.onboarding.partner_id,
            customer_id=self.onboarding.customer_id,
            onboarding=self.onboarding,
            link=link,
            nonce_hash=uuid7().hex,
            **{"started_at": self.now} | values,
        )

    def done(self, *keys: str) -> None:
        for key in keys:
            step = Step.objects.get(onboarding=self.onboarding, key=key)
            progress.done(step, now=self.now, by="test")

    def wait(self, key: str, reason: str, **values: object) -> None:
        step = Step.objects.get(onboarding=self.onboarding, key=key)
        progress.wait(step, reason=reason, now=self.now, by="test", **values)  # type: ignore[arg-type]

    def signed_up(self, *, signed_up_at: datetime | None = None) -> None:
        """Connected, with an account and a number that is verified."""
        customer, at = self.onboarding.customer, signed_up_at or self.now
        waba = WabaFactory(customer=customer, name="Panificio Aurora")
        number = PhoneNumberFactory(
            waba=waba, display_phone_number="+39 333 123 4567", verified_name="Panificio Aurora"
        )
        self.session(event="FINISH", event_at=at, code_received_at=at)
        self.done(StepKey.TOKEN)
        values = {"waba": waba, "phone_number": number, "signed_up_at": at, "window_ends_at": at + WINDOW}
        transition(row=self.onboarding, to=OnboardingState.SIGNED_UP, now=self.now, by="test", **values)

    def registered(self) -> None:
        """On the Cloud API, waiting for a first message."""
        self.done(StepKey.WEBHOOKS, StepKey.SUBSCRIBE, StepKey.CREDIT_LINE, StepKey.PHONE_NUMBER_ID)
        self.done(StepKey.REGISTER)
        transition(
            row=self.onboarding,
            to=OnboardingState.REGISTERED,
            now=self.now,
            by="test",
            registered_at=self.now,
        )
        self.wait(StepKey.INBOUND, "first_message")

    def message(self, direction: Direction, status: MessageStatus, text: str) -> Message:
        return Message.objects.create(
            partner_id=self.onboarding.partner_id,
            customer_id=self.onboarding.customer_id,
            phone_number=self.number,
            direction=direction,
            wa_id="393330000001",
            message_type="text",
            payload={"type": "text", "text": {"body": text}},
            status=status,
            created_at=self.now,
            created_by="test",
        )

    def answered(self, status: MessageStatus) -> None:
        """A person wrote, and we answered."""
        self.message(Direction.INBOUND, MessageStatus.RECEIVED, "Ciao!")
        self.done(StepKey.INBOUND)
        text = "Ciao! Il numero di Panificio Aurora è attivo su WhatsApp."
        answer = self.message(Direction.OUTBOUND, status, text)
        Onboarding.objects.filter(pk=self.onboarding.pk).update(test_message=answer)
        self.wait(StepKey.TEST_MESSAGE, "message_on_its_way")

    def live(self) -> None:
        self.done(StepKey.TEST_MESSAGE)
        transition(row=self.onboarding, to=OnboardingState.LIVE, now=self.now, by="test", live_at=self.now)


def invite(world: World, *, now: datetime) -> Journey:
    """A customer with a link that nobody has opened yet."""
    onboarding, url = services.invite_customer(customer=world.customer, app=world.app, now=now, by="test")
    return Journey(onboarding, url.rpartition("/")[2], now)
