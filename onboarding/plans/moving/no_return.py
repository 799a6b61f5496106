"""What of a move cannot be undone, told before it is done."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from onboarding.models import Path, PlanLine
from onboarding.plans.paths.facts import FACTS
from onboarding.reasons import Text
from onboarding.steps.keys import StepKey
from portal.kernel.models import CallOutcome, GraphCall


def points_of_no_return(line: PlanLine) -> list[StepKey]:
    """The steps of a line after which it cannot go back; none where there is always a way.

    While the On-Premises API exists a number can be restored there from its backup, so nothing is final.
    """
    path = line.plan.path
    if path == Path.ONPREM_TO_CLOUD and settings.ON_PREMISES_AVAILABLE:
        return []
    step = FACTS[path].no_return_step
    return [step] if step is not None else []


def stays_so(line: PlanLine) -> Text:
    """What remains at Meta if this number is abandoned now; nothing while nothing has changed there."""
    if line.onboarding_id is None:
        return ""
    if line.passed_no_return_at is not None:
        return _("The number has left where it was and cannot go back: it stays as Meta has it now.")
    calls = GraphCall.objects.filter(work_id=line.onboarding_id, operation="register")
    last = calls.order_by("-started_at").first()
    if last is None or (last.outcome == CallOutcome.DEFINITE and last.code is not None):
        return ""
    if last.succeeded:
        return _("The number is registered on the Cloud API and stays there.")
    return _("A registration was on its way: the number may be on the Cloud API, and stays where it is.")
