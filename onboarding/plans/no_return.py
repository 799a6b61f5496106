"""What of a move cannot be undone, told before it is done."""

from __future__ import annotations

from django.conf import settings

from onboarding.models import Path, PlanLine
from onboarding.plans.paths.facts import FACTS
from onboarding.steps.keys import StepKey


def points_of_no_return(line: PlanLine) -> list[StepKey]:
    """The steps of a line after which it cannot go back; none where there is always a way.

    While the On-Premises API exists a number can be restored there from its backup, so nothing is final.
    """
    path = line.plan.path
    if path == Path.ONPREM_TO_CLOUD and settings.ON_PREMISES_AVAILABLE:
        return []
    step = FACTS[path].no_return_step
    return [step] if step is not None else []
