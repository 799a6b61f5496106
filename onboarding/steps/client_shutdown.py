"""After the move the On-Premises client is disconnected and has to be shut down."""

from __future__ import annotations

from datetime import datetime, timedelta

from onboarding.models import CheckResult
from onboarding.plans.moving import checks, clients
from onboarding.plans.moving.checks import Finding
from onboarding.plans.moving.probe import NO_ANSWER
from onboarding.plans.paths.on_premises import CLIENT_SHUTDOWN
from onboarding.steps.base import Identity, JourneyStep, Waits
from onboarding.steps.keys import StepKey
from portal.graph.errors import GraphError, NotSent
from portal.graph.onprem import CONNECTED

LOOK_AT_CLIENT = timedelta(minutes=1)


class ClientShutdownStep(JourneyStep):
    """DONE when the client says that it is disconnected, does not answer, or a person says it is off."""

    key = StepKey.CLIENT_SHUTDOWN
    seen = ""

    def gate(self) -> None:
        line = self.ctx.line
        if line is None:
            raise Waits("client_to_shut_down")
        self.line = line
        self.said = CLIENT_SHUTDOWN in checks.confirmed(line)
        self.client = clients.open_client(line, lease=self.ctx.lease)
        if not self.said and self.client is None:
            raise Waits("client_to_shut_down")

    def look(self) -> bool:
        if self.said or self.client is None:
            return True
        self.speaks_as = Identity.CLIENT
        try:
            self.seen = self.client.health()
        except NotSent:
            self.seen = NO_ANSWER
        except GraphError:
            raise Waits("client_to_shut_down", again_at=self.ctx.soon(LOOK_AT_CLIENT)) from None
        if self.seen == CONNECTED:
            raise Waits("client_still_connected", again_at=self.ctx.soon(LOOK_AT_CLIENT))
        return True

    def record(self, now: datetime) -> None:
        if not self.said:
            found = Finding(CheckResult.OK, {"gateway_status": self.seen})
            checks.keep(line=self.line, findings={CLIENT_SHUTDOWN: found}, now=now)
