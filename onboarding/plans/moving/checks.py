"""What is checked before a number moves: each check is a function of a Probe, registered for its paths.

A check says OK, FAIL, UNKNOWN (a person has to confirm it) or NOT_APPLICABLE, with evidence in Meta's words.
They run in the order in which they are registered, outside the scope; the first that is not fine stops.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from onboarding import progress
from onboarding.models import CheckResult, Path, PlanCheck, PlanLine
from onboarding.plans.refusals import LineClosed
from onboarding.reasons import Text
from onboarding.services import Refused
from onboarding.states import OPEN_LINES, LineState
from onboarding.steps.keys import StepKey
from portal.kernel import audit

if TYPE_CHECKING:
    from onboarding.plans.moving.probe import Probe

BY_PORTAL = "portal"
NOTE_LENGTH = 500
TO_CONFIRM = "check_to_confirm"


class CheckUnknown(Refused):
    code = "check_unknown"
    message = _("There is no such check.")


class NotToConfirm(Refused):
    code = "check_not_to_confirm"
    message = _("This check reads its answer from Meta: there is nothing to confirm.")


class NoteMissing(Refused):
    code = "note_missing"
    message = _("Say in a few words how you know.")


@dataclass(frozen=True)
class Finding:
    """What a check found: `until` if only time helps, `reason` if it is not the check's usual one."""

    result: CheckResult
    evidence: Mapping[str, object] = field(default_factory=dict)
    until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check: its title, the reason that a failure gives its step, and the function that looks."""

    key: str
    title: Text
    paths: frozenset[str]
    reason: str
    unconfirmed: str
    look: Callable[[Probe], Finding] | None

    @property
    def is_for_people(self) -> bool:
        """Whether people are asked as a rule, so that they may answer before anything has looked."""
        return self.look is None or self.unconfirmed != TO_CONFIRM


CHECKS: dict[str, Check] = {}


def check(
    key: str,
    *,
    title: Text,
    reason: str,
    paths: Collection[str] = tuple(Path),
    unconfirmed: str = TO_CONFIRM,
) -> Callable[[Callable[[Probe], Finding]], Callable[[Probe], Finding]]:
    """Register a check of these paths; `reason` is why its step waits when it fails."""

    def register(look: Callable[[Probe], Finding]) -> Callable[[Probe], Finding]:
        CHECKS[key] = Check(
            key=key, title=title, paths=frozenset(paths), reason=reason, unconfirmed=unconfirmed, look=look
        )
        return look

    return register


def by_hand(key: str, *, title: Text, paths: Collection[str], reason: str) -> None:
    """Register what only a person can say, at the moment a step asks for it and not before the move."""
    CHECKS[key] = Check(
        key=key, title=title, paths=frozenset(paths), reason=reason, unconfirmed=reason, look=None
    )


def of_path(path: str) -> list[Check]:
    """The checks before a move by this path, in their order."""
    return [known for known in CHECKS.values() if path in known.paths and known.look is not None]


def run(probe: Probe) -> dict[str, Finding]:
    """Look at everything. What a person confirmed stays so until a check can tell by itself."""
    findings: dict[str, Finding] = {}
    for known in of_path(probe.plan.path):
        if known.look is None:
            continue
        found = known.look(probe)
        if found.result == CheckResult.UNKNOWN and known.key in probe.known.confirmed:
            continue
        findings[known.key] = found
    return findings


def reason_of(key: str, finding: Finding) -> str:
    """Why the step waits for this check."""
    known = CHECKS[key]
    usual = known.reason if finding.result == CheckResult.FAIL else known.unconfirmed
    return finding.reason or usual


def keep(*, line: PlanLine, findings: Mapping[str, Finding], now: datetime) -> None:
    """Store what was found, in place of what was found before. Inside the scope."""
    PlanCheck.objects.bulk_create(
        [
            PlanCheck(
                partner_id=line.partner_id,
                line=line,
                key=key,
                result=finding.result,
                evidence=dict(finding.evidence),
                checked_at=now,
                checked_by=BY_PORTAL,
            )
            for key, finding in findings.items()
        ],
        update_conflicts=True,
        unique_fields=["line", "key"],
        update_fields=["result", "evidence", "checked_at", "checked_by"],
    )


def confirmed(line: PlanLine) -> set[str]:
    """The checks of a line that a person has confirmed."""
    by_people = PlanCheck.objects.filter(line=line, result=CheckResult.OK).exclude(checked_by=BY_PORTAL)
    return set(by_people.values_list("key", flat=True))


def confirm_check(*, line: PlanLine, key: str, note: str, now: datetime, by: str) -> None:
    """Take a person's word for what Meta cannot tell, with how they know it."""
    known = CHECKS.get(key)
    if known is None or line.plan.path not in known.paths:
        raise CheckUnknown
    if line.state not in OPEN_LINES:
        raise LineClosed
    if not note.strip():
        raise NoteMissing
    if not known.is_for_people:
        row = PlanCheck.objects.select_for_update().filter(line=line, key=key).first()
        if row is None or row.result != CheckResult.UNKNOWN:
            raise NotToConfirm
    values = {
        "result": CheckResult.OK,
        "evidence": {"note": note.strip()[:NOTE_LENGTH]},
        "checked_at": now,
        "checked_by": by,
    }
    PlanCheck.objects.update_or_create(partner_id=line.partner_id, line=line, key=key, defaults=values)
    audit.record(row=line, action="line.check_confirmed", now=now, by=by, check=key)
    wake_waiting(line, now=now)


def wake_waiting(line: PlanLine, *, now: datetime) -> None:
    """Have the line's journey look again: what it waited for may be there."""
    onboarding = line.onboarding
    if onboarding is None:
        return
    step = progress.first_open_step(onboarding)
    asks = step is not None and step.key in (StepKey.TEMPLATES, StepKey.PREFLIGHT)
    if asks or line.state == LineState.MOVING:
        progress.wake(onboarding, now=now)
