"""Contacts and chats of the WhatsApp Business app are asked for: each once, within 24 hours of the signup.

https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/onboarding-business-app-users
"""

from __future__ import annotations

from onboarding.steps.base import JourneyStep, Waits
from onboarding.steps.keys import StepKey
from portal.graph import phone_number
from portal.graph.client import Graph
from portal.graph.errors import GraphError
from portal.kernel.models import CallOutcome, GraphCall

CONTACTS, HISTORY = "sync_contacts", "sync_history"
SYNC_TYPES = {CONTACTS: "smb_app_state_sync", HISTORY: "history"}
ALREADY_ASKED, TOO_LATE = 2593107, 2593108
# Meta keeps to these, so they end the matter; the report tells which it was.
FINAL = (ALREADY_ASKED, TOO_LATE)


class SyncStep(JourneyStep):
    """DONE when both were asked for, or Meta will not give them any more.

    Meta shows nowhere whether something was asked for. It refuses a second request, so one of unknown outcome
    is sent again: the refusal is the look.
    """

    key = StepKey.SYNC
    operations = (CONTACTS, HISTORY)

    def prepare(self) -> None:
        number, token = self.onboarding.phone_number, self.onboarding.token
        if number is None or token is None:
            raise Waits("add_number", repeat=[StepKey.PHONE_NUMBER_ID])
        self.phone_number_id = number.phone_number_id
        self.graph = self.ctx.account_graph()
        # Another signup of the same number may ask anew.
        made = GraphCall.objects.filter(
            work_id=self.onboarding.pk, operation__in=SYNC_TYPES, started_at__gte=token.obtained_at
        )
        self.asked = {
            call.operation
            for call in made
            if call.outcome == CallOutcome.DEFINITE and (call.succeeded or call.subcode in FINAL)
        }

    def look(self) -> bool:
        return self.asked.issuperset(SYNC_TYPES)

    def act(self) -> bool:
        for operation, sync_type in SYNC_TYPES.items():
            if operation not in self.asked:
                self._ask(operation, sync_type)
        return False

    def _ask(self, operation: str, sync_type: str) -> None:
        def send(graph: Graph) -> str:
            return phone_number.synchronize(graph, phone_number_id=self.phone_number_id, sync_type=sync_type)

        try:
            self.ctx.perform(
                graph=self.graph,
                operation=operation,
                target=self.phone_number_id,
                phone_number_id=self.phone_number_id,
                send=send,
                record=lambda _result, _now: None,
            )
        except GraphError as error:
            if error.subcode not in FINAL:
                raise
        self.asked.add(operation)
