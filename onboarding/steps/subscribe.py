"""Our app receives the webhooks of the customer's account."""

from __future__ import annotations

from datetime import datetime

from onboarding.steps.base import JourneyStep, Waits
from onboarding.steps.keys import StepKey
from portal.graph import waba
from tenants.models import Waba

OPERATION = "subscribe_app"


class SubscribeStep(JourneyStep):
    """DONE when our app is among the account's subscribed_apps."""

    key = StepKey.SUBSCRIBE
    operations = (OPERATION,)

    def prepare(self) -> None:
        if self.onboarding.waba is None:
            raise Waits("account_not_shared", repeat=[StepKey.TOKEN])
        self.waba = self.onboarding.waba
        self.graph = self.ctx.account_graph()

    def look(self) -> bool:
        subscribed = waba.subscribed_apps(self.graph, waba_id=self.waba.waba_id)
        return any(app.whatsapp_business_api_data.id == self.onboarding.app.app_id for app in subscribed)

    def act(self) -> bool:
        self.ctx.perform(
            graph=self.graph,
            operation=OPERATION,
            target=self.waba.waba_id,
            send=lambda graph: waba.subscribe_app(graph, waba_id=self.waba.waba_id),
            record=lambda _result, now: self._recorded(now),
        )
        return True

    def _recorded(self, now: datetime) -> None:
        self.record(now)
        self.ctx.done(now)

    def record(self, now: datetime) -> None:
        Waba.objects.filter(pk=self.waba.pk).update(subscribed_at=now)
