"""The number comes onto the Cloud API.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/registration
"""

from __future__ import annotations

from datetime import datetime

from onboarding import pins, progress, window
from onboarding.states import OnboardingState
from onboarding.steps.base import BY, JourneyStep, Waits
from onboarding.steps.keys import StepKey
from portal.graph import phone_number
from portal.graph.errors import GraphError
from portal.graph.secret import Secret
from portal.graph.types import PhoneNumberNode
from portal.kernel import calls, clock, work
from portal.kernel.models import CallOutcome
from portal.kernel.scope import scope
from portal.kernel.secrets import open_sealed, seal
from portal.kernel.states import transition
from tenants import assets, services
from tenants.models import PhoneNumber

OPERATION = "register"


class RegisterStep(JourneyStep):
    """DONE when Meta shows the number on CLOUD_API."""

    key = StepKey.REGISTER
    operations = (OPERATION,)
    node: PhoneNumberNode

    def gate(self) -> None:
        number = self.onboarding.phone_number
        if number is None or self.onboarding.waba is None:
            raise Waits("add_number", repeat=[StepKey.PHONE_NUMBER_ID])
        self.number, self.waba = number, self.onboarding.waba
        before = calls.last_call(work_id=self.onboarding.pk, operation=OPERATION)
        # A call of unknown outcome may have registered the number: then no gate stands before the look.
        if before is None or before.outcome != CallOutcome.UNKNOWN:
            self._gates(self.ctx.now)

    def _gates(self, now: datetime) -> None:
        """Everything that would make Meta refuse the call. Inside the scope."""
        if not services.terms_accepted():
            raise Waits("accept_terms", again_at=self.ctx.soon())
        if not window.is_open(self.onboarding.window_ends_at, now):
            raise Waits("window_over")
        _used, _allowed, free_at = calls.registration_attempts(
            phone_number_id=self.number.phone_number_id, now=now
        )
        if free_at is not None:
            raise Waits("attempts_used", until=free_at)

    def prepare(self) -> None:
        self.graph = self.ctx.account_graph()

    def look(self) -> bool:
        self.node = phone_number.get(self.graph, phone_number_id=self.number.phone_number_id)
        # A number that stays in the WhatsApp Business app was registered by embedded signup itself.
        return self.node.platform_type == PhoneNumber.Platform.CLOUD_API or bool(self.node.is_on_biz_app)

    def act(self) -> bool:
        if self.node.code_verification_status != PhoneNumber.Verification.VERIFIED:
            raise Waits("verify_number", repeat=[StepKey.VERIFICATION] if self.ctx.verifies_by_code else ())
        pin = self._ready()
        region = self.ctx.partner.data_localization_region or None
        self.ctx.perform(
            graph=self.graph,
            operation=OPERATION,
            target=self.number.phone_number_id,
            phone_number_id=self.number.phone_number_id,
            send=lambda graph: phone_number.register(
                graph,
                phone_number_id=self.number.phone_number_id,
                pin=pin,
                data_localization_region=region,
            ),
            record=lambda _result, now: self._registered(now),
        )
        self._refresh()
        return True

    def _ready(self) -> Secret:
        """Pass the gates at the moment of the call and have the PIN stored before it is used."""
        with scope(self.ctx.lease.partner_id):
            work.still_mine(self.ctx.lease)
            now = clock.now()
            self.number = assets.upsert_phone_number(waba=self.waba, node=self.node, now=now)
            self._gates(now)
            return self._pin()

    def _pin(self) -> Secret:
        """The number's PIN, else the one an earlier attempt may have set, else a new one."""
        for column in ("pin", "pending_pin"):
            if getattr(self.number, column):
                return open_sealed(row=self.number, column=column)
        pin = pins.new_pin()
        self.number.pending_pin = seal(row=self.number, column="pending_pin", value=pin.reveal())
        self.number.save(update_fields=["pending_pin"])
        return pin

    def _registered(self, now: datetime) -> None:
        self._keep(now)
        self.ctx.done(now)

    def record(self, now: datetime) -> None:
        self.number = assets.upsert_phone_number(waba=self.waba, node=self.node, now=now)
        self._keep(now)

    def _keep(self, now: datetime) -> None:
        """The number is registered: its PIN is confirmed, its window is closed. Inside the scope."""
        number, onboarding = self.number, self.onboarding
        onboarding.refresh_from_db(fields=["state"])  # a person may have cancelled while Meta was answering
        if number.pending_pin and not number.pin:
            pin = open_sealed(row=number, column="pending_pin")
            number.pin = seal(row=number, column="pin", value=pin.reveal())
        number.pending_pin = None
        number.platform_type = PhoneNumber.Platform.CLOUD_API
        number.registered_at = number.registered_at or now
        number.data_localization_region = self.ctx.partner.data_localization_region
        number.save(
            update_fields=["pin", "pending_pin", "platform_type", "registered_at", "data_localization_region"]
        )
        if onboarding.state == OnboardingState.SIGNED_UP:
            transition(row=onboarding, to=OnboardingState.REGISTERED, now=now, by=BY, registered_at=now)
        progress.close_windows(onboarding, now=now)

    def _refresh(self) -> None:
        """Read what registration changed; the number is registered even if this fails."""
        try:
            node = phone_number.get(self.graph, phone_number_id=self.number.phone_number_id)
        except GraphError:
            return
        with scope(self.ctx.lease.partner_id):
            assets.upsert_phone_number(waba=self.waba, node=node, now=clock.now())
