"""What proves that a move is done, and the report that a customer can read.

A proof is a function of a Trial: it says whether it is so, with what was seen. Each is registered for the
kinds of journey that need it; the report holds them all, with the downtime as it was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from messaging import queries
from messaging.models import Message, MessageStatus
from onboarding.models import CheckResult, Kind, MoveReport, PlanCheck
from onboarding.plans.moving import lines, probe
from onboarding.plans.moving.probe import Probe
from onboarding.plans.paths.on_premises import CLIENT_SHUTDOWN
from onboarding.reasons import Text
from portal.graph.onprem import CONNECTED
from portal.kernel import calls
from tenants.models import PhoneNumber

if TYPE_CHECKING:
    from onboarding.steps.base import Context

ARRIVED = (MessageStatus.DELIVERED, MessageStatus.READ, MessageStatus.PLAYED)
# The check under which a path keeps what became of the templates; its evidence goes into the report.
TEMPLATES = "template_copy"
TO_CLOUD = tuple(kind for kind in Kind if kind != Kind.ROLLBACK)
Evidence = Mapping[str, object]


@dataclass(frozen=True)
class Trial:
    """All that proofs look at: Meta by way of the probe, and what our rows tell."""

    probe: Probe
    inbound: Message | None
    answer: Message | None
    checks: Mapping[str, PlanCheck]


@dataclass(frozen=True)
class Proof:
    """One thing that has to be so after a move."""

    key: str
    title: Text
    kinds: frozenset[str]
    see: Callable[[Trial], tuple[bool, Evidence]]


@dataclass(frozen=True)
class Result:
    """Whether it is so, and what was seen."""

    key: str
    ok: bool
    evidence: Evidence


PROOFS: dict[str, Proof] = {}
See = Callable[[Trial], tuple[bool, Evidence]]


def proof(key: str, *, title: Text, kinds: Collection[str] = TO_CLOUD) -> Callable[[See], See]:
    """Register a proof of these kinds of journey."""

    def register(see: See) -> See:
        PROOFS[key] = Proof(key, title, frozenset(kinds), see)
        return see

    return register


@proof("platform", title=_("The number is on the Cloud API"))
def platform(trial: Trial) -> tuple[bool, Evidence]:
    node = trial.probe.number_node
    found = node.platform_type if node is not None else ""
    return found == PhoneNumber.Platform.CLOUD_API, {"platform_type": found}


@proof("status", title=_("Meta shows the number connected"), kinds=tuple(Kind))
def status(trial: Trial) -> tuple[bool, Evidence]:
    node = trial.probe.number_node
    found = node.status if node is not None else ""
    return found == "CONNECTED", {"status": found}


@proof("subscribed_apps", title=_("Our app receives the account's events"))
def subscribed_apps(trial: Trial) -> tuple[bool, Evidence]:
    apps = [app.whatsapp_business_api_data.id for app in trial.probe.subscribed_apps]
    return trial.probe.app.app_id in apps, {"subscribed_apps": apps}


@proof("callbacks", title=_("Meta's events have come here since the move"))
def callbacks(trial: Trial) -> tuple[bool, Evidence]:
    app, message = trial.probe.app, trial.inbound
    came_at = message.created_at.isoformat() if message is not None else None
    return message is not None, {"callback_url": app.webhook_callback_url, "came_at": came_at}


@proof("inbound", title=_("A message to the number arrived"))
def inbound(trial: Trial) -> tuple[bool, Evidence]:
    message = trial.inbound
    return message is not None, {"wamid": message.wamid} if message is not None else {}


@proof("outbound", title=_("Our answer was delivered"))
def outbound(trial: Trial) -> tuple[bool, Evidence]:
    message = trial.answer
    if message is None:
        return False, {}
    return message.status in ARRIVED, {"status": message.status}


@proof("client", title=_("The On-Premises client is shut down"), kinds=(Kind.ON_PREMISES,))
def client(trial: Trial) -> tuple[bool, Evidence]:
    check = trial.checks.get(CLIENT_SHUTDOWN)
    return check is not None and check.result == CheckResult.OK, check.evidence if check is not None else {}


@proof("back", title=_("The number is on the On-Premises API"), kinds=(Kind.ROLLBACK,))
def back(trial: Trial) -> tuple[bool, Evidence]:
    node = trial.probe.number_node
    found = node.platform_type if node is not None else ""
    client_says = trial.probe.client_status[0]
    is_back = found == PhoneNumber.Platform.ON_PREMISE and client_says == CONNECTED
    return is_back, {"platform_type": found, "gateway_status": client_says}


def prepare(ctx: Context) -> Trial:
    """Read what our rows tell. Inside the scope."""
    made, onboarding = probe.make(ctx), ctx.onboarding
    since, number = onboarding.registered_at, onboarding.phone_number
    newest = None
    if number is not None and since is not None:
        newest = queries.newest_inbound(phone_number=number, since=since.replace(microsecond=0))
    checks = {check.key: check for check in PlanCheck.objects.filter(line=made.line)}
    return Trial(made, newest, onboarding.test_message, checks)


def prove(trial: Trial) -> list[Result]:
    """Look at everything. Outside the scope."""
    kind = trial.probe.onboarding.kind
    return [Result(known.key, *known.see(trial)) for known in PROOFS.values() if kind in known.kinds]


def write(trial: Trial, results: Collection[Result], *, now: datetime) -> MoveReport:
    """Keep what was found. What is not proven yet is written again only if something else is missing."""
    line, onboarding = trial.probe.line, trial.probe.onboarding
    proven = all(result.ok for result in results)
    if proven and onboarding.kind != Kind.ROLLBACK:
        lines.note_downtime(line, until=now)  # if nothing showed it before
    written = MoveReport(
        partner_id=line.partner_id,
        line=line,
        facts=_facts(trial, results, now=now),
        proven=proven,
        written_at=now,
    )
    before = MoveReport.objects.filter(line=line).first()
    if before is not None and not proven and _missing(before) == _missing(written):
        return before
    written.save(force_insert=True)
    return written


def _missing(written: MoveReport) -> set[str]:
    return {check["key"] for check in written.facts["checks"] if not check["ok"]}


def _facts(trial: Trial, results: Collection[Result], *, now: datetime) -> dict[str, Any]:
    line, onboarding = trial.probe.line, trial.probe.onboarding
    since, until = line.downtime_started_at, line.downtime_ended_at
    if onboarding.kind == Kind.ROLLBACK:
        left = calls.last_call(work_id=onboarding.pk, operation="deregister")
        since, until = (left.started_at if left is not None else None), now
    facts: dict[str, Any] = {
        "kind": onboarding.kind,
        "number": line.display_phone_number,
        "registered_at": _iso(onboarding.registered_at),
        "checks": [
            {"key": result.key, "ok": result.ok, "evidence": dict(result.evidence)} for result in results
        ],
        "downtime_started_at": _iso(since),
        "downtime_ended_at": _iso(until),
        "downtime_seconds": round((until - since).total_seconds()) if since and until else None,
    }
    templates = trial.checks.get(TEMPLATES)
    return facts if templates is None else facts | {"templates": templates.evidence}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
