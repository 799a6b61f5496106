"""A number of the partner's own, or one that moves here, is verified by a code that Meta sends to it.

https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/registering-phone-numbers
"""

from __future__ import annotations

from datetime import datetime

from onboarding.models import Kind, Onboarding, Owner
from onboarding.steps.base import JourneyStep, Waits
from onboarding.steps.keys import StepKey
from portal.graph import phone_number
from portal.graph.types import PhoneNumberNode
from portal.kernel import calls
from portal.kernel.models import CallOutcome
from portal.kernel.secrets import open_sealed
from tenants import assets
from tenants.models import PhoneNumber

REQUEST, VERIFY = "request_code", "verify_code"
CODE_REASONS = frozenset({"request_code", "enter_code", "wrong_code", "code_refused"})


class VerificationStep(JourneyStep):
    """DONE when Meta shows the number VERIFIED. Each request sends a code, so none is repeated blindly."""

    key = StepKey.VERIFICATION
    operations = (REQUEST, VERIFY)
    node: PhoneNumberNode

    def prepare(self) -> None:
        onboarding = self.onboarding
        if onboarding.phone_number is None or onboarding.waba is None:
            raise Waits("add_number")
        self.phone_number_id, self.waba = onboarding.phone_number.phone_number_id, onboarding.waba
        self.graph = self.ctx.account_graph()
        asked = calls.last_call(work_id=onboarding.pk, operation=REQUEST)
        self.was_sent = asked is not None and asked.outcome != CallOutcome.NOT_DONE and asked.code is None
        if onboarding.code_method and asked is not None and asked.outcome == CallOutcome.UNKNOWN:
            self._forget_request()  # it may have been sent: a person asks again, not we
        self.code = open_sealed(row=onboarding, column="entered_code") if onboarding.entered_code else None

    def look(self) -> bool:
        self.node = phone_number.get(self.graph, phone_number_id=self.phone_number_id)
        verified = self.node.code_verification_status == PhoneNumber.Verification.VERIFIED
        return verified or self.node.platform_type == PhoneNumber.Platform.CLOUD_API

    def act(self) -> bool:
        is_over = self.node.code_verification_status == PhoneNumber.Verification.EXPIRED
        if is_over and self.onboarding.kind == Kind.NUMBER_MOVE:
            raise Waits("verify_number")  # Meta's window has verified it too long ago, and sends no code
        if self.code is not None:
            self._verify()
            return False
        if self.onboarding.code_method:
            self._request()
        raise Waits("enter_code" if self.was_sent else "request_code")

    def _request(self) -> None:
        method, language = self.onboarding.code_method, self.onboarding.code_language
        self.ctx.perform(
            graph=self.graph,
            operation=REQUEST,
            target=self.phone_number_id,
            phone_number_id=self.phone_number_id,
            send=lambda graph: phone_number.request_code(
                graph, phone_number_id=self.phone_number_id, code_method=method, language=language
            ),
            record=lambda _result, _now: self._forget_request(),
        )
        self.was_sent = True

    def _verify(self) -> None:
        code = self.code
        if code is None:
            return
        self.ctx.perform(
            graph=self.graph,
            operation=VERIFY,
            target=self.phone_number_id,
            phone_number_id=self.phone_number_id,
            send=lambda graph: phone_number.verify_code(
                graph, phone_number_id=self.phone_number_id, code=code
            ),
            record=lambda _result, _now: None,
        )

    def owner(self, reason: str) -> Owner | None:
        """The code of a customer's number comes to the customer's phone."""
        return Owner.CUSTOMER if self.onboarding.customer is not None and reason in CODE_REASONS else None

    def stopped(self, waits: Waits, now: datetime) -> None:
        if waits.reason in ("code_refused", "wrong_code"):
            self.forget()

    def forget(self) -> None:
        """What was asked for or typed in is spent: Meta refused it. Inside the scope."""
        Onboarding.objects.filter(pk=self.onboarding.pk).update(
            code_method="", code_language="", entered_code=None
        )

    def _forget_request(self) -> None:
        Onboarding.objects.filter(pk=self.onboarding.pk).update(code_method="", code_language="")
        self.onboarding.code_method = ""

    def record(self, now: datetime) -> None:
        self.forget()
        assets.upsert_phone_number(waba=self.waba, node=self.node, now=now)
