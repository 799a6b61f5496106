"""The checks before a number moves: repeated until they are fine, with their evidence kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from onboarding.models import CheckResult
from onboarding.plans import checks, probe
from onboarding.plans.checks import Finding
from onboarding.states import LineState
from onboarding.steps.base import JourneyStep, Waits
from onboarding.steps.keys import StepKey

CHECK_AGAIN = timedelta(minutes=30)


class PreflightStep(JourneyStep):
    """DONE when no check of the line's path fails and a person confirmed what Meta cannot tell."""

    key = StepKey.PREFLIGHT
    findings: Mapping[str, Finding]

    def needed(self) -> bool:
        line = self.ctx.line
        return line is not None and line.state == LineState.PENDING

    def prepare(self) -> None:
        self.probe = probe.make(self.ctx)

    def look(self) -> bool:
        self.findings = checks.run(self.probe)
        return True

    def record(self, now: datetime) -> None:
        checks.keep(line=self.probe.line, findings=self.findings, now=now)
        for key, finding in self.findings.items():
            if finding.result in (CheckResult.FAIL, CheckResult.UNKNOWN):
                again_at = finding.until or self.ctx.soon(CHECK_AGAIN)
                raise Waits(checks.reason_of(key, finding), until=finding.until, again_at=again_at)
