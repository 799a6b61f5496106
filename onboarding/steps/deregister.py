"""Off the Cloud API, on the way back to the On-Premises client.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/registration
"""

from __future__ import annotations

from datetime import datetime

from onboarding.steps.base import JourneyStep, Waits
from onboarding.steps.keys import StepKey
from portal.graph import phone_number
from portal.graph.types import PhoneNumberNode
from portal.kernel import calls
from tenants import assets
from tenants.models import PhoneNumber

OPERATION = "deregister"


class DeregisterStep(JourneyStep):
    """DONE when Meta no longer shows the number on CLOUD_API."""

    key = StepKey.DEREGISTER
    operations = (OPERATION,)
    node: PhoneNumberNode

    def gate(self) -> None:
        number = self.onboarding.phone_number
        if number is None:
            raise Waits("account_unknown", again_at=self.ctx.soon())
        self.number = number
        _used, _allowed, free_at = calls.registration_attempts(
            phone_number_id=number.phone_number_id, now=self.ctx.now
        )
        if free_at is not None:
            raise Waits("attempts_used", until=free_at)

    def prepare(self) -> None:
        self.graph = self.ctx.account_graph()

    def look(self) -> bool:
        self.node = phone_number.get(self.graph, phone_number_id=self.number.phone_number_id)
        return self.node.platform_type != PhoneNumber.Platform.CLOUD_API

    def act(self) -> bool:
        self.ctx.perform(
            graph=self.graph,
            operation=OPERATION,
            target=self.number.phone_number_id,
            phone_number_id=self.number.phone_number_id,
            send=lambda graph: phone_number.deregister(graph, phone_number_id=self.number.phone_number_id),
            record=lambda _result, _now: None,
        )
        return False

    def record(self, now: datetime) -> None:
        assets.upsert_phone_number(waba=self.number.waba, node=self.node, now=now)
        PhoneNumber.objects.filter(pk=self.number.pk).update(registered_at=None)
