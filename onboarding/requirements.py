"""What a step waits for: the same object for the API, the desk and the customer's page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from onboarding.models import Owner, Step
from onboarding.reasons import REASONS, Reason, Text
from onboarding.remedies import remedy
from onboarding.states import StepState

__all__ = ["REASONS", "Reason", "Requirement", "of_step", "remedy", "requirement"]

PEOPLE = frozenset({Owner.CUSTOMER, Owner.STAFF})
EXPLAINED_BY_CODE = frozenset({"refused", "message_failed", "code_refused"})


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """Who must do what, why, and by when; all texts are lazy and read in the language of the reader."""

    step: str
    owner: Owner
    reason: str
    title: Text
    explanation: Text
    action: Text = ""
    deadline: datetime | None = None
    alternatives: list[Text] = field(default_factory=list)
    code: int | None = None
    subcode: int | None = None
    fbtrace_id: str = ""


def requirement(*, step: str, reason: str, deadline: datetime | None = None) -> Requirement:
    """The Requirement of a reason that no row tells of."""
    known = REASONS[reason]
    return Requirement(
        step=step,
        owner=known.owner,
        reason=reason,
        title=known.title,
        explanation=known.explanation,
        action=known.action,
        alternatives=list(known.alternatives),
        deadline=deadline,
    )


def of_step(step: Step, *, deadline: datetime | None = None) -> Requirement | None:
    """What a step waits for; None for a step that is done or whose turn has not come.

    `deadline` is the end of the registration window: by when a person has to act, if nothing is nearer.
    """
    if step.state not in (StepState.WAITING, StepState.FAILED) or step.reason not in REASONS:
        return None
    known = REASONS[step.reason]
    told = (
        remedy(step.code, step.subcode)
        if step.reason in EXPLAINED_BY_CODE and step.code is not None
        else None
    )
    return Requirement(
        step=step.key,
        owner=Owner(step.owner),
        reason=step.reason,
        title=told.title if told else known.title,
        explanation=told.explanation if told else known.explanation,
        action=told.action if told else known.action,
        alternatives=list(known.alternatives),
        deadline=step.until or (deadline if known.owner in PEOPLE else None),
        code=step.code,
        subcode=step.subcode,
        fbtrace_id=step.fbtrace_id,
    )
