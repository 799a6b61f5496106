"""The way back to the On-Premises client, where there is one; else an honest refusal."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from onboarding import progress, services
from onboarding.models import Kind, Onboarding, OnPremisesClient, Path, PlanLine
from onboarding.plans.moving import backups, execution, lines
from onboarding.services import Refused
from onboarding.states import OPEN_STATES, LineState, OnboardingState
from portal.kernel import audit
from portal.kernel.states import born


class NoWayBack(Refused):
    code = "no_way_back"
    message = _(
        "This number cannot go back: the On-Premises API has ended, and no client can be registered any "
        "more. It can stay on the Cloud API with us, or move to another account or provider."
    )


class NoWayBackOnPath(Refused):
    code = "no_way_back_on_path"
    message = _(
        "Only a number that came from the On-Premises API can be taken back from here. Where it was before, "
        "its provider has to ask for it."
    )


class NotMovedYet(Refused):
    code = "not_moved_yet"
    message = _("The number has not been registered on the Cloud API by this plan: there is nothing to undo.")


class BackupGone(Refused):
    code = "backup_gone"
    message = _(
        "The backup was wiped or has expired, so the client cannot be restored from here. The customer can "
        "register the client anew with its certificate and a code."
    )


class ClientUnknown(Refused):
    code = "client_unknown"
    message = _("Store the address and the password of the On-Premises client first.")


def roll_back(*, line: PlanLine, now: datetime, by: str) -> Onboarding:
    """Take a number off the Cloud API and restore its client; its plan pauses until a person resumes it."""
    plan = lines.hold(line.plan_id)
    line.refresh_from_db()
    refusal = why_not(line, now=now)
    if refusal is not None:
        raise refusal
    before = line.onboarding
    if before is not None and before.state in OPEN_STATES:
        services.cancel(onboarding=before, now=now, by=by, reason="the number goes back")
    onboarding = Onboarding(
        partner_id=line.partner_id,
        customer=plan.customer,
        app=plan.app,
        kind=Kind.ROLLBACK,
        state=OnboardingState.SIGNED_UP,
        token=before.token if before is not None else None,
        waba=before.waba if before is not None else None,
        phone_number=line.phone_number,
        signed_up_at=now,
        created_at=now,
        created_by=by,
    )
    onboarding.save(force_insert=True)
    born(row=onboarding, now=now, by=by)
    progress.create_steps(onboarding, now=now)
    line.rollback = onboarding
    line.save(update_fields=["rollback"])
    audit.record(row=line, action="line.roll_back_asked", now=now, by=by)
    if plan.state in execution.RUNNING:
        execution.pause(plan=plan, now=now, by=by)
        Onboarding.objects.filter(pk=onboarding.pk).update(paused_at=None)
    progress.wake(onboarding, now=now)
    return onboarding


def why_not(line: PlanLine, *, now: datetime) -> Refused | None:
    """Why a number cannot go back; None if it can. Inside the scope."""
    if line.plan.path != Path.ONPREM_TO_CLOUD:
        return NoWayBackOnPath()
    if not settings.ON_PREMISES_AVAILABLE:
        return NoWayBack()
    onboarding = line.onboarding
    moved = line.state in (LineState.MOVING, LineState.MOVED) and line.rollback is None
    if not moved or onboarding is None or onboarding.registered_at is None:
        return NotMovedYet()
    if backups.way_back(line, now=now) is None:
        return BackupGone()
    if not OnPremisesClient.objects.filter(line=line).exists():
        return ClientUnknown()
    return None
