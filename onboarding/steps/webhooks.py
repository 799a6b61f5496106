"""The app's one webhook: our intake's address and the fields we want."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from onboarding.steps.base import Identity, JourneyStep, Waits
from onboarding.steps.keys import StepKey
from portal.graph import app
from portal.kernel.secrets import CannotOpen, open_sealed
from tenants.models import MetaApp

OPERATION = "subscribe_webhooks"

# Everything that Meta tells about onboarding, accounts, numbers and messages; what has no handler is kept.
SUBSCRIBED_FIELDS = (
    "account_alerts",
    "account_review_update",
    "account_update",
    "business_capability_update",
    "business_status_update",
    # What the WhatsApp Business app shares of a number that stays in it.
    "history",
    "message_template_status_update",
    "messages",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "smb_app_state_sync",
    "smb_message_echoes",
)


class WebhooksStep(JourneyStep):
    """DONE when the app's callback is our intake and every field is subscribed."""

    key = StepKey.WEBHOOKS
    operations = (OPERATION,)

    def prepare(self) -> None:
        self.speaks_as = Identity.APP
        self.app_id = self.onboarding.app.app_id
        self.callback_url = f"{settings.INTAKE_PUBLIC_URL}/webhooks/meta/{self.app_id}"
        self.graph = self.ctx.app_graph()
        try:
            self.verify_token = open_sealed(row=self.onboarding.app, column="verify_token")
        except CannotOpen:
            raise Waits("app_settings") from None

    def look(self) -> bool:
        for subscription in app.subscriptions(self.graph, app_id=self.app_id):
            if subscription.object == app.WABA_OBJECT and subscription.callback_url == self.callback_url:
                return set(SUBSCRIBED_FIELDS).issubset(subscription.field_names())
        return False

    def act(self) -> bool:
        self.ctx.perform(
            graph=self.graph,
            operation=OPERATION,
            target=self.app_id,
            send=lambda graph: app.subscribe(
                graph,
                app_id=self.app_id,
                callback_url=self.callback_url,
                verify_token=self.verify_token,
                fields=SUBSCRIBED_FIELDS,
            ),
            record=lambda _result, now: self._recorded(now),
        )
        return True

    def _recorded(self, now: datetime) -> None:
        self.record(now)
        self.ctx.done(now)

    def record(self, now: datetime) -> None:
        MetaApp.objects.filter(pk=self.onboarding.app_id).update(
            webhook_callback_url=self.callback_url,
            webhook_fields=list(SUBSCRIBED_FIELDS),
            webhook_verified_at=now,
        )
