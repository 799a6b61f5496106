"""The checks that several paths share."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from onboarding.models import CheckResult, Path
from onboarding.plans.moving.checks import Finding, check
from onboarding.plans.moving.probe import Probe
from onboarding.states import LineState

OK, FAIL, UNKNOWN = CheckResult.OK, CheckResult.FAIL, CheckResult.UNKNOWN
NOT_APPLICABLE = CheckResult.NOT_APPLICABLE
NAME_FINE = ("APPROVED", "AVAILABLE_WITHOUT_REVIEW")
# Paths on which the account and its number are known before the move.
IN_PLACE = (Path.ONPREM_TO_CLOUD,)
REGISTERED_BY_US = (Path.ONPREM_TO_CLOUD, Path.NUMBER_WABA_TO_WABA)


@check("terms", title=_("Meta's terms are accepted"), reason="accept_terms")
def terms(probe: Probe) -> Finding:
    return Finding(OK if probe.known.terms_accepted else FAIL, {"accepted": probe.known.terms_accepted})


@check("webhook", title=_("The app's webhook is verified"), reason="webhook_unreachable")
def webhook(probe: Probe) -> Finding:
    verified_at = probe.app.webhook_verified_at
    if verified_at is None:
        # Where the journey's own steps set it up later, there is nothing to see yet.
        return Finding(FAIL if probe.waba is not None else NOT_APPLICABLE)
    evidence = {"callback_url": probe.app.webhook_callback_url, "verified_at": verified_at.isoformat()}
    return Finding(OK, evidence)


@check("locked", title=_("The number is not locked"), reason="number_locked")
def locked(probe: Probe) -> Finding:
    until = probe.line.locked_until
    if until is None:
        return Finding(OK)
    ends_at = datetime.combine(until, time(), ZoneInfo(probe.plan.customer.time_zone))
    evidence = {"locked_until": until.isoformat()}
    return Finding(OK, evidence) if probe.now >= ends_at else Finding(FAIL, evidence, until=ends_at)


@check(
    "subscribed",
    title=_("Our app receives the account's events"),
    reason="not_subscribed",
    paths=IN_PLACE,
)
def subscribed(probe: Probe) -> Finding:
    apps = [app.whatsapp_business_api_data.id for app in probe.subscribed_apps]
    return Finding(OK if probe.app.app_id in apps else FAIL, {"subscribed_apps": apps})


@check("name", title=_("The display name is approved"), reason="name_not_approved", paths=IN_PLACE)
def name(probe: Probe) -> Finding:
    node = probe.number_node
    if node is None or not node.name_status:
        return Finding(UNKNOWN)
    evidence = {"name_status": node.name_status, "verified_name": node.verified_name}
    return Finding(OK if node.name_status in NAME_FINE else FAIL, evidence)


@check("payment", title=_("Somebody pays for the account"), reason="payment_missing", paths=IN_PLACE)
def payment(probe: Probe) -> Finding:
    node = probe.waba_node
    if node is not None and node.primary_funding_id:
        return Finding(OK, {"primary_funding_id": node.primary_funding_id})
    # A customer who pays Meta itself may not show it here.
    return Finding(FAIL if probe.partner.credit_line_required else UNKNOWN, {"primary_funding_id": ""})


@check("pin", title=_("The two-step verification PIN is known"), reason="pin_needed", paths=IN_PLACE)
def pin(probe: Probe) -> Finding:
    node = probe.number_node
    is_on = node.is_pin_enabled if node is not None else None
    evidence = {"is_pin_enabled": is_on, "pin_stored": probe.known.pin_stored}
    if probe.known.pin_stored or is_on is False:
        return Finding(OK, evidence)
    return Finding(FAIL, evidence)


@check(
    "register_budget",
    title=_("Registration attempts are left"),
    reason="attempts_used",
    paths=REGISTERED_BY_US,
)
def register_budget(probe: Probe) -> Finding:
    known = probe.known
    evidence = {"used": known.register_calls, "allowed": known.register_calls_allowed}
    if known.register_free_at is None:
        return Finding(OK, evidence)
    return Finding(FAIL, evidence, until=known.register_free_at)


@check(
    "token",
    title=_("Meta accepts our token for the account"),
    reason="system_user_missing",
    paths=IN_PLACE,
)
def token(probe: Probe) -> Finding:
    """What was read above was read with it: a refused token has stopped the step before."""
    if probe.graph is None:
        return Finding(FAIL)
    return Finding(OK, {"of": "customer" if probe.onboarding.token is not None else "system_user"})


@check("templates", title=_("Templates"), reason="check_to_confirm", paths=IN_PLACE)
def templates(probe: Probe) -> Finding:
    counts: dict[str, int] = {}
    for found in probe.templates:
        counts[found.status] = counts.get(found.status, 0) + 1
    return Finding(OK, {"total": sum(counts.values()), **dict(sorted(counts.items()))})


@check(
    "test_number",
    title=_("A test number has moved before"),
    reason="check_to_confirm",
    paths=REGISTERED_BY_US,
    unconfirmed="test_number_to_confirm",
)
def test_number(probe: Probe) -> Finding:
    test = probe.known.test_number
    if probe.line.is_test_number:
        return Finding(NOT_APPLICABLE, {"this_is_it": True})
    if test is not None and test.state in (LineState.PENDING, LineState.MOVING, LineState.MOVED):
        # The appointment waits for it.
        return Finding(OK, {"test_number": test.display_phone_number, "state": test.state})
    if probe.known.moved_before:
        return Finding(OK, {"moved_before": probe.known.moved_before})
    return Finding(UNKNOWN)
