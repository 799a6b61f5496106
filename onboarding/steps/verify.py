"""After the move everything is looked at once more, and written down for the customer."""

from __future__ import annotations

from datetime import datetime, timedelta

from onboarding.plans.moving import report
from onboarding.steps.base import JourneyStep, Waits
from onboarding.steps.keys import StepKey
from tenants import assets

PROVE_AGAIN = timedelta(minutes=5)


class VerifyStep(JourneyStep):
    """DONE when Meta and our own rows prove that the number works where it went."""

    key = StepKey.VERIFY

    def needed(self) -> bool:
        return self.ctx.line is not None

    def prepare(self) -> None:
        self.trial = report.prepare(self.ctx)

    def look(self) -> bool:
        self.results = report.prove(self.trial)
        return True

    def record(self, now: datetime) -> None:
        node, number = self.trial.probe.number_node, self.onboarding.phone_number
        if node is not None and number is not None:
            assets.upsert_phone_number(waba=number.waba, node=node, now=now)
        written = report.write(self.trial, self.results, now=now)
        if not written.proven:
            raise Waits("move_not_proven", again_at=self.ctx.soon(PROVE_AGAIN))
