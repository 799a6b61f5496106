"""What Meta wants of a number, of both accounts and of their business before a number changes account.

https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/support/migrating-phone-numbers-among-solution-partners-programmatically
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from onboarding.models import CheckResult, Path
from onboarding.plans.moving.checks import Finding, by_hand, check
from onboarding.plans.moving.probe import Probe
from onboarding.plans.numbers import digits
from onboarding.plans.paths.common import NAME_FINE
from portal.graph.types import PhoneNumberNode

ONLY = (Path.NUMBER_WABA_TO_WABA,)
OK, FAIL, UNKNOWN = CheckResult.OK, CheckResult.FAIL, CheckResult.UNKNOWN
NOT_APPLICABLE = CheckResult.NOT_APPLICABLE
APPROVED = "APPROVED"
TEMPLATE_COPY = "template_copy"
# Numbers that Meta gave away for tries, and that stay where they are.
GIVEN = "1555"


@check(
    "source",
    title=_("The old account is visible, or somebody has checked it"),
    reason="source_to_confirm",
    unconfirmed="source_to_confirm",
    paths=ONLY,
)
def source(probe: Probe) -> Finding:
    """Another partner's account is often hidden from us; then Meta answers all of it when the move begins."""
    node = probe.source_number
    if node is None:
        return Finding(UNKNOWN, {"source_waba_id": probe.line.source_waba_id})
    return Finding(OK, {"phone_number_id": node.id, "platform_type": node.platform_type})


@check("two_step", title=_("Two-step verification is off"), reason="two_step_on", paths=ONLY)
def two_step(probe: Probe) -> Finding:
    node = probe.source_number
    if node is None or _has_arrived(probe):
        return Finding(NOT_APPLICABLE)
    return Finding(FAIL if node.is_pin_enabled else OK, {"is_pin_enabled": node.is_pin_enabled})


@check("source_name", title=_("The display name is approved"), reason="name_not_approved", paths=ONLY)
def source_name(probe: Probe) -> Finding:
    node = probe.source_number
    if node is None:
        return Finding(NOT_APPLICABLE)
    evidence = {"name_status": node.name_status, "new_name_status": node.new_name_status}
    fine = node.name_status in NAME_FINE and node.new_name_status in ("", "NONE")
    return Finding(OK if fine else FAIL, evidence)


@check("movable", title=_("It is a number that Meta moves"), reason="number_not_movable", paths=ONLY)
def movable(probe: Probe) -> Finding:
    node, number = probe.source_number, digits(probe.line.display_phone_number)
    evidence: dict[str, object] = {"is_given_by_meta": number.startswith(GIVEN)}
    if node is not None:
        evidence |= {"account_mode": node.account_mode, "is_on_biz_app": bool(node.is_on_biz_app)}
    return Finding(FAIL if number.startswith(GIVEN) or _stays(node) else OK, evidence)


def _stays(node: PhoneNumberNode | None) -> bool:
    return node is not None and (node.account_mode == "SANDBOX" or bool(node.is_on_biz_app))


@check("source_account", title=_("The old account is in order"), reason="source_not_ready", paths=ONLY)
def source_account(probe: Probe) -> Finding:
    node = probe.source_waba
    if node is None:
        return Finding(NOT_APPLICABLE)
    evidence = {
        "account_review_status": node.account_review_status,
        "primary_funding_id": node.primary_funding_id or "",
    }
    if node.account_review_status != APPROVED:
        return Finding(FAIL, evidence)
    return Finding(OK, evidence) if node.primary_funding_id else Finding(FAIL, evidence)


@check(
    "same_business", title=_("Both accounts are of one business"), reason="move_to_other_business", paths=ONLY
)
def same_business(probe: Probe) -> Finding:
    owners = [node and node.owner_business_info for node in (probe.source_waba, probe.waba_node)]
    known = [owner.id for owner in owners if owner]
    if len(known) < len(owners):
        return Finding(NOT_APPLICABLE)
    return Finding(OK if len(set(known)) == 1 else FAIL, {"owner_business_ids": known})


@check(
    "destination",
    title=_("The new account is approved, paid, and its events come to us"),
    reason="destination_not_approved",
    paths=ONLY,
)
def destination(probe: Probe) -> Finding:
    node = probe.waba_node
    if node is None:
        return Finding(FAIL, reason="account_unknown")
    apps = [app.whatsapp_business_api_data.id for app in probe.subscribed_apps]
    evidence = {
        "waba_id": node.id,
        "account_review_status": node.account_review_status,
        "primary_funding_id": node.primary_funding_id or "",
        "subscribed_apps": apps,
    }
    if node.account_review_status != APPROVED:
        return Finding(FAIL, evidence)
    if not node.primary_funding_id:
        return Finding(FAIL, evidence, reason="move_without_payment")
    return Finding(OK, evidence) if apps else Finding(FAIL, evidence, reason="not_subscribed")


def _has_arrived(probe: Probe) -> bool:
    """Its two-step verification is on again because it was registered here."""
    known = probe.line.phone_number
    return known is not None and probe.waba is not None and known.waba_id == probe.waba.pk


# The step writes it; a person may say instead that the templates are made anew.
by_hand(TEMPLATE_COPY, title=_("The templates are copied"), paths=ONLY, reason="templates_refused")
