"""The checks of a number that leaves the On-Premises client, and what only a person can say of it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from onboarding.models import Path
from onboarding.plans.moving.checks import Finding, by_hand, check
from onboarding.plans.moving.probe import Probe
from onboarding.plans.paths.common import FAIL, NOT_APPLICABLE, OK, UNKNOWN  # its checks run first
from portal.graph.onprem import CONNECTED
from tenants.models import PhoneNumber

ONLY = (Path.ONPREM_TO_CLOUD,)
CLIENT_SHUTDOWN = "client_shutdown"
# Evidence in our words; the desk translates it.
UPLOADED, UNKNOWN_CLIENT, WHEN_IT_MOVES = "uploaded", "unknown", "when the number moves"


@check("platform", title=_("The number is on the On-Premises API"), reason="not_on_premises", paths=ONLY)
def platform(probe: Probe) -> Finding:
    node = probe.number_node
    if node is None:
        return Finding(FAIL)
    evidence = {"platform_type": node.platform_type, "status": node.status}
    # One that is on the Cloud API already has nothing left to move but its proof.
    fine = node.platform_type in (PhoneNumber.Platform.ON_PREMISE, PhoneNumber.Platform.CLOUD_API)
    return Finding(OK if fine else FAIL, evidence)


@check("client", title=_("The On-Premises client is connected"), reason="client_unreachable", paths=ONLY)
def client(probe: Probe) -> Finding:
    if _is_over(probe):
        return Finding(NOT_APPLICABLE)
    if probe.client is None:
        if probe.backup is not None:
            return Finding(NOT_APPLICABLE, {"backup": UPLOADED})
        return Finding(FAIL, {"client": UNKNOWN_CLIENT}, reason="client_unknown")
    status, reason = probe.client_status
    evidence = {"gateway_status": status}
    return Finding(OK, evidence) if status == CONNECTED else Finding(FAIL, evidence, reason=reason)


@check("backup", title=_("A backup can be made"), reason="backup_missing", paths=ONLY)
def backup(probe: Probe) -> Finding:
    if _is_over(probe):
        return Finding(NOT_APPLICABLE)
    kept = probe.backup
    if kept is not None:
        evidence = {"source": kept.source, "sha256": kept.sha256, "expires_at": kept.expires_at.isoformat()}
        starts_at = probe.plan.planned_start_at
        if starts_at is None or kept.expires_at > starts_at or probe.client is not None:
            return Finding(OK, evidence)
        return Finding(FAIL, evidence, reason="backup_expires")
    if probe.client is not None:
        return Finding(OK, {"source": "CLIENT", "taken": WHEN_IT_MOVES})
    return Finding(FAIL)


@check(
    "media",
    title=_("Media are uploaded again"),
    reason="media_to_confirm",
    paths=ONLY,
    unconfirmed="media_to_confirm",
)
def media(probe: Probe) -> Finding:
    """On-Premises media ids are of no use on the Cloud API; nothing at Meta tells who uploaded them again."""
    return Finding(UNKNOWN)


def _is_over(probe: Probe) -> bool:
    """The number is on the Cloud API already: its client is of no use any more."""
    node = probe.number_node
    return node is not None and node.platform_type == PhoneNumber.Platform.CLOUD_API


by_hand(
    CLIENT_SHUTDOWN,
    title=_("The On-Premises client is shut down"),
    paths=ONLY,
    reason="client_to_shut_down",
)
