"""A message of a consumer reached us through the number."""

from __future__ import annotations

from messaging import queries
from onboarding.steps.base import JourneyStep, Waits
from onboarding.steps.keys import StepKey


class InboundStep(JourneyStep):
    """DONE when a message came since the registration."""

    key = StepKey.INBOUND

    def gate(self) -> None:
        number, since = self.onboarding.phone_number, self.onboarding.registered_at
        if number is None or since is None:
            raise Waits("in_progress", repeat=[StepKey.REGISTER])
        # Meta tells the time of a message in whole seconds.
        if queries.newest_inbound(phone_number=number, since=since.replace(microsecond=0)) is None:
            raise Waits("first_message")
