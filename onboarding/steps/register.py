"""The number comes onto the Cloud API.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/registration
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from onboarding import pins, progress, window
from onboarding.models import Kind, PlanLine
from onboarding.plans.moving import backups, lines
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
CONNECTED = "CONNECTED"
# The number leaves the place where it worked in the moment of the call.
CUTS_OVER = (Kind.ON_PREMISES, Kind.NUMBER_MOVE)


class RegisterStep(JourneyStep):
    """DONE when Meta shows the number on CLOUD_API."""

    key = StepKey.REGISTER
    operations = (OPERATION,)
    node: PhoneNumberNode

    @property
    def from_client(self) -> bool:
        """Whether the number is on an On-Premises client, which a wrong PIN would take down."""
        is_there = self.number.platform_type == PhoneNumber.Platform.ON_PREMISE
        return is_there or self.onboarding.kind == Kind.ON_PREMISES

    def gate(self) -> None:
        number = self.onboarding.phone_number
        if number is None or self.onboarding.waba is None:
            raise Waits("add_number", repeat=[StepKey.PHONE_NUMBER_ID])
        self.number, self.waba = number, self.onboarding.waba
        before = calls.last_call(work_id=self.onboarding.pk, operation=OPERATION)
        # A call of unknown outcome may have registered the number: then no gate stands before the look.
        acts = self.onboarding.kind != Kind.COEXISTENCE
        if acts and (before is None or before.outcome != CallOutcome.UNKNOWN):
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
        if self.onboarding.kind == Kind.COEXISTENCE:
            raise Waits("not_in_app")  # a registration would take it out of the app
        # A number that leaves the On-Premises client was verified there: Meta does not ask again.
        if not self.from_client and self.node.code_verification_status != PhoneNumber.Verification.VERIFIED:
            raise Waits("verify_number", repeat=[StepKey.VERIFICATION] if self.ctx.verifies_by_code else ())
        pin, backup = self._ready()
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
                backup=backup,
            ),
            record=lambda _result, now: self._registered(now),
        )
        self._refresh()
        return True

    def _ready(self) -> tuple[Secret, Mapping[str, Secret] | None]:
        """Pass the gates at the moment of the call and have the PIN stored before it is used."""
        with scope(self.ctx.lease.partner_id):
            work.still_mine(self.ctx.lease)
            now = clock.now()
            self.number = assets.upsert_phone_number(waba=self.waba, node=self.node, now=now)
            self._gates(now)
            return self._pin(), self._backup(now)

    def _backup(self, now: datetime) -> Mapping[str, Secret] | None:
        """The registration data of the On-Premises client, with which the number comes without a code."""
        line = self.ctx.line
        if line is None or self.onboarding.kind != Kind.ON_PREMISES:
            return None
        kept = backups.usable(line, now=now)
        opened = backups.opened(kept) if kept is not None else None
        if opened is None:
            raise Waits("backup_missing", repeat=[StepKey.BACKUP])
        return opened

    def _pin(self) -> Secret:
        """The number's PIN, else the one an earlier attempt may have set, else a new one."""
        for column in ("pin", "pending_pin"):
            if getattr(self.number, column):
                return open_sealed(row=self.number, column=column)
        if self.node.is_pin_enabled and self.from_client:
            raise Waits("pin_needed")  # a wrong one would take the On-Premises client down
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
        if self.ctx.line is not None:
            self._note_move(self.ctx.line, now)

    def _note_move(self, line: PlanLine, now: datetime) -> None:
        """From the call on, the number is no longer where it was. Inside the scope."""
        if self.onboarding.kind not in CUTS_OVER:
            return
        call = calls.last_call(work_id=self.onboarding.pk, operation=OPERATION)
        lines.note_downtime(line, since=call.started_at if call is not None else None)
        lines.pass_no_return(line, self.key, now=now)
        backups.use(line, now=now)
        self._note_connected(line, self.node, now)

    def _note_connected(self, line: PlanLine, node: PhoneNumberNode, now: datetime) -> None:
        if node.platform_type == PhoneNumber.Platform.CLOUD_API and node.status == CONNECTED:
            lines.note_downtime(line, until=now)

    def stopped(self, waits: Waits, now: datetime) -> None:
        line = self.ctx.line
        if line is None:
            return
        if waits.reason == "onprem_wrong_pin":
            call = calls.last_call(work_id=self.onboarding.pk, operation=OPERATION)
            lines.note_downtime(line, since=call.started_at if call is not None else now)
            lines.pass_no_return(line, self.key, now=now)
        elif waits.reason == "backup_refused":
            backups.refuse(line, now=now)
        elif waits.reason == "accept_terms" and waits.code is not None:
            # One task for all numbers that wait, and not a refusal for each.
            services.withdraw_terms(reason="Meta refused a registration", now=now, by=BY)

    def _refresh(self) -> None:
        """Read what registration changed; the number is registered even if this fails."""
        try:
            node = phone_number.get(self.graph, phone_number_id=self.number.phone_number_id)
        except GraphError:
            return
        with scope(self.ctx.lease.partner_id):
            now = clock.now()
            assets.upsert_phone_number(waba=self.waba, node=node, now=now)
            if self.ctx.line is not None and self.onboarding.kind in CUTS_OVER:
                self._note_connected(self.ctx.line, node, now)
