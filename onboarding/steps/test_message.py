"""Our answer reached the consumer: the proof that the number works both ways."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from django.utils import translation
from django.utils.translation import gettext as _

from messaging import queries, services
from messaging.models import Message, MessageStatus
from onboarding.states import StepState
from onboarding.steps.base import BY, JourneyStep, Waits
from onboarding.steps.keys import StepKey

ARRIVED = (MessageStatus.DELIVERED, MessageStatus.READ, MessageStatus.PLAYED)
UNCERTAIN = (MessageStatus.UNCONFIRMED, MessageStatus.ACCEPTED)
RE_ENGAGEMENT = 131047
# A message of unknown outcome is closed by its status webhook within this time, or by staff.
UNCONFIRMED_FOR = timedelta(hours=24)
ANSWERED_WITHIN = timedelta(seconds=10)

M = TypeVar("M", Message, None)


class AnswerStep(JourneyStep):
    """DONE when Meta reports our answer delivered or read."""

    key = StepKey.TEST_MESSAGE

    def gate(self) -> None:
        message = self.onboarding.test_message
        if message is not None and self._send_another(message):
            message = self._keep(None)
        message = message or self._send()
        if message.status not in ARRIVED:
            raise self._waits(message)

    def _send_another(self, message: Message) -> bool:
        """A person asked for another try, or the consumer wrote again after a closed window."""
        released = self.ctx.row.state == StepState.PENDING
        if message.status == MessageStatus.FAILED:
            return released or (message.code == RE_ENGAGEMENT and self._wrote_again(message))
        return released and message.status in UNCERTAIN and self._is_old(message)

    def _wrote_again(self, message: Message) -> bool:
        number = message.phone_number
        return queries.newest_inbound(phone_number=number, since=message.created_at) is not None

    def _is_old(self, message: Message) -> bool:
        return self.ctx.now >= message.created_at + UNCONFIRMED_FOR

    def _send(self) -> Message:
        onboarding, number, since = (
            self.onboarding,
            self.onboarding.phone_number,
            self.onboarding.registered_at,
        )
        if number is None or since is None:
            raise Waits("in_progress", repeat=[StepKey.REGISTER])
        received = queries.newest_inbound(phone_number=number, since=since.replace(microsecond=0))
        if received is None:
            raise Waits("first_message", repeat=[StepKey.INBOUND])
        try:
            message = services.send_text(
                phone_number=number,
                wa_id=received.wa_id,
                body=self._body(),
                now=self.ctx.now,
                by=BY,
                customer=onboarding.customer,
            )
        except services.WindowClosed:
            raise Waits("message_again") from None
        return self._keep(message)

    def _keep(self, message: M) -> M:
        self.onboarding.test_message = message
        self.onboarding.save(update_fields=["test_message"])
        return message

    def _body(self) -> str:
        reader = self.onboarding.customer or self.ctx.partner
        with translation.override(reader.language):
            return _("%(business)s is on WhatsApp: your message arrived, and this is the answer.") % {
                "business": reader.name
            }

    def _waits(self, message: Message) -> Waits:
        if message.status == MessageStatus.FAILED and message.code == RE_ENGAGEMENT:
            return Waits("message_again")
        if message.status == MessageStatus.FAILED:
            return Waits("message_failed", failed=True, code=message.code, fbtrace_id=message.fbtrace_id)
        if message.status in UNCERTAIN and self._is_old(message):
            return Waits("message_unconfirmed")
        if message.status == MessageStatus.QUEUED:
            # Meta may refuse it on the spot, and then no webhook tells us.
            return Waits("message_on_its_way", again_at=self.ctx.soon(ANSWERED_WITHIN))
        certain_at = message.created_at + UNCONFIRMED_FOR if message.status in UNCERTAIN else None
        return Waits("message_on_its_way", again_at=certain_at)
