"""The writes that move a journey: steps that wait, are done, are released or have to be done again.

All of it runs inside the scope, in the transaction of what caused it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from onboarding.models import Onboarding, Owner, RegistrationWindow, Step
from onboarding.reasons import REASONS
from onboarding.states import StepState
from onboarding.steps.keys import KEYS, StepKey
from portal.kernel import work
from portal.kernel.states import transition

NOTHING = {"owner": "", "reason": "", "until": None, "code": None, "subcode": None, "fbtrace_id": ""}


def create_steps(onboarding: Onboarding, *, now: datetime, keys: Sequence[StepKey] | None = None) -> None:
    """Lay out the rail of a new journey: that of its kind, if no other is given."""
    Step.objects.bulk_create(
        Step(
            partner_id=onboarding.partner_id,
            onboarding=onboarding,
            key=key,
            position=position,
            changed_at=now,
        )
        for position, key in enumerate(keys or KEYS[onboarding.kind])
    )


def first_open_step(onboarding: Onboarding) -> Step | None:
    """The step whose turn it is; None when all are done."""
    return (
        Step.objects.filter(onboarding=onboarding).exclude(state=StepState.DONE).order_by("position").first()
    )


def wait(
    step: Step,
    *,
    reason: str,
    now: datetime,
    by: str,
    until: datetime | None = None,
    failed: bool = False,
    code: int | None = None,
    subcode: int | None = None,
    fbtrace_id: str = "",
    owner: Owner | None = None,
) -> None:
    """Write what the step waits for; a reason that stays the same keeps its cause and the time since when."""
    if step.reason == reason and code is None:
        code, subcode, fbtrace_id = step.code, step.subcode, step.fbtrace_id
    values = {
        "owner": owner or REASONS[reason].owner,
        "reason": reason,
        "until": until,
        "code": code,
        "subcode": subcode,
        "fbtrace_id": fbtrace_id,
    }
    state = StepState.FAILED if failed else StepState.WAITING
    if step.state == state:
        changed_at = step.changed_at if step.reason == reason else now
        Step.objects.filter(pk=step.pk).update(**values, changed_at=changed_at)
    else:
        _move(step, state, now=now, by=by, why=reason, values=values)


def done(step: Step, *, now: datetime, by: str) -> None:
    """The evidence is there."""
    _move(step, StepState.DONE, now=now, by=by, why="", values=NOTHING)


def release(step: Step, *, now: datetime, by: str, reason: str) -> None:
    """Let the engine take the step up again, whatever it waited for."""
    if step.state != StepState.PENDING:
        _move(step, StepState.PENDING, now=now, by=by, why=reason, values=NOTHING)


def _move(
    step: Step, to: StepState, *, now: datetime, by: str, why: str, values: Mapping[str, object]
) -> None:
    """A transition whose reason in the history is one thing, and the step's own `reason` column another."""
    others = {name: value for name, value in values.items() if name != "reason"}
    transition(row=step, to=to, now=now, by=by, reason=why, **others, changed_at=now)
    step.reason = str(values["reason"])
    Step.objects.filter(pk=step.pk).update(reason=step.reason)


def reset(onboarding: Onboarding, *, keys: Collection[str], now: datetime, by: str, reason: str) -> None:
    """Have these steps done again: what showed that they were done is gone or in doubt."""
    for step in Step.objects.filter(onboarding=onboarding, key__in=keys).exclude(state=StepState.PENDING):
        release(step, now=now, by=by, reason=reason)


def wake(onboarding: Onboarding, *, now: datetime) -> None:
    """Have the engine look at the journey as soon as a worker is free."""
    work.schedule(onboarding, due_at=now, now=now)


def close_windows(onboarding: Onboarding, *, now: datetime) -> None:
    """The registration window no longer matters."""
    RegistrationWindow.objects.filter(onboarding=onboarding, closed_at=None).update(
        closed_at=now, due_at=None
    )
