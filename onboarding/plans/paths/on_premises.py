"""The checks of a number that leaves the On-Premises client, and what only a person can say of it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from onboarding.models import CheckResult, Path
from onboarding.plans.checks import Finding, check
from onboarding.plans.probe import Probe
from tenants.models import PhoneNumber

ONLY = (Path.ONPREM_TO_CLOUD,)
OK, FAIL = CheckResult.OK, CheckResult.FAIL


@check("platform", title=_("The number is on the On-Premises API"), reason="not_on_premises", paths=ONLY)
def platform(probe: Probe) -> Finding:
    node = probe.number_node
    if node is None:
        return Finding(FAIL)
    evidence = {"platform_type": node.platform_type, "status": node.status}
    # One that is on the Cloud API already has nothing left to move but its proof.
    fine = node.platform_type in (PhoneNumber.Platform.ON_PREMISE, PhoneNumber.Platform.CLOUD_API)
    return Finding(OK if fine else FAIL, evidence)
