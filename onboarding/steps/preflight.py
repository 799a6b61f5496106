"""The checks before a number moves: repeated until they are fine, with their evidence kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from onboarding.models import CheckResult
from onboarding.plans.moving import checks, probe
from onboarding.plans.moving.checks import Finding
from onboarding.states import LineState
from onboarding.steps.base import JourneyStep, Waits
from onboarding.steps.keys import StepKey

# Before its day a number is looked at from time to time; when that has come, somebody waits for it.
CHECK_AGAIN, ON_THE_DAY = timedelta(minutes=30), timedelta(minutes=2)


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
                again_at = finding.until or self._soon()
                raise Waits(checks.reason_of(key, finding), until=finding.until, again_at=again_at)

    def _soon(self) -> datetime:
        plan = self.probe.plan
        has_come = plan.planned_start_at is not None and plan.planned_start_at <= self.ctx.now
        return self.ctx.soon(ON_THE_DAY if has_come or plan.started_at is not None else CHECK_AGAIN)
