"""What has to be ready before a customer is sent to Meta's window: afterwards it would be too late."""

from __future__ import annotations

from datetime import UTC

from django.utils.translation import gettext_lazy as _

from onboarding.models import CheckResult, Path
from onboarding.plans.moving.checks import Finding, check
from onboarding.plans.moving.probe import Probe
from onboarding.plans.waves import month

OK, FAIL = CheckResult.OK, CheckResult.FAIL


@check(
    "credit_line",
    title=_("Our credit line can pay"),
    reason="credit_line_missing",
    paths=(Path.NEW_CUSTOMER, Path.WABA_PARTNER_SWITCH, Path.COEXISTENCE),
)
def credit_line(probe: Probe) -> Finding:
    missing = probe.known.cannot_pay
    evidence = {"is_needed": probe.partner.credit_line_required}
    return Finding(FAIL, evidence, reason=missing) if missing else Finding(OK, evidence)


@check(
    "month",
    title=_("The day suits a change of partner"),
    reason="month_turns",
    paths=(Path.WABA_PARTNER_SWITCH,),
)
def change_of_partner(probe: Probe) -> Finding:
    """Nobody is asked to leave a partner on a day on which we could not begin to pay."""
    planned, rule = probe.plan.planned_start_at, probe.known.month
    day = max(probe.now, planned or probe.now).astimezone(UTC).date()
    evidence = {
        "day": day.isoformat(),
        "pays_from": month.first_of_next_month(rule.next_open_day(day)).isoformat(),
        "days_without_messages": rule.days_without_messages(day),
        "better_day": rule.next_good_start(day).isoformat(),
    }
    if not rule.is_closed(day):
        return Finding(OK, evidence)
    return Finding(FAIL, evidence, until=month.midnight(rule.next_open_day(day)))
