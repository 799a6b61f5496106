"""The buttons of one number of a plan: its PIN, checks, client and backup, its way out and its way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from onboarding import services
from onboarding.admin.journey import PinForm
from onboarding.admin.plans.forms import BackupForm, CheckForm, ClientForm, LeavingForm, PresentLineForm
from onboarding.models import Path, PlanLine
from onboarding.plans import queries
from onboarding.plans import services as plan_services
from onboarding.plans.moving import backups, checks, clients, execution, rollback
from onboarding.reasons import Text
from onboarding.states import OPEN_LINES, OPEN_PLANS, OPEN_STATES, LineState
from portal.graph.secret import Secret
from portal.kernel import clock
from portal.kernel.admin import DeskAdmin
from portal.kernel.buttons import button
from portal.kernel.rights import actor

# The button that answers what the number waits for.
FIRST = {
    "wrong_pin": "set_pin",
    "onprem_wrong_pin": "set_pin",
    "pin_needed": "set_pin",
    "client_unknown": "client",
    "client_password": "client",
    "client_unreachable": "client",
    "client_refused": "client",
    "backup_missing": "upload_backup",
    "backup_refused": "upload_backup",
    "backup_gone": "upload_backup",
    "account_unknown": "change",
    "number_not_in_account": "change",
}


def no_way_back(row: PlanLine) -> Text:
    """Why a number that began to leave its On-Premises client cannot go back; nothing where it can or did."""
    has_begun = row.state in (LineState.MOVING, LineState.MOVED) and row.rollback_id is None
    if not has_begun or row.plan.path != Path.ONPREM_TO_CLOUD:
        return ""
    refusal = rollback.why_not(row, now=clock.now())
    return refusal.message if refusal is not None else ""


class MovingButtons(DeskAdmin):
    """What people may do with one number."""

    def moving_names(self, row: PlanLine) -> list[str]:
        """Which of these buttons make sense for the number; the one that answers its need stands first."""
        if row.state not in OPEN_LINES or row.plan.state not in OPEN_PLANS:
            return ["roll_back"] if rollback.why_not(row, now=clock.now()) is None else []
        names = ["confirm_check"] if queries.to_confirm(row) else []
        journey = row.onboarding
        is_registered = journey is not None and journey.registered_at is not None
        if journey is not None and journey.state in OPEN_STATES:
            names += ["retry"] if is_registered or row.phone_number_id is None else ["retry", "set_pin"]
        if row.plan.path == Path.ONPREM_TO_CLOUD:
            names += ["client"] if is_registered else ["client", "upload_backup"]
        if row.state == LineState.PENDING:
            names.append("change")
        elif rollback.why_not(row, now=clock.now()) is None:
            names.append("roll_back")
        first = FIRST.get(queries.current_reason(row), "")
        return [*sorted(names, key=lambda name: name != first), "abandon"]

    @button(_("Try again"))
    def retry(self, request: HttpRequest, row: PlanLine, data: Mapping[str, Any]) -> None:
        services.retry(onboarding=row.onboarding, now=clock.now(), by=actor(request))
        self.message_user(request, _("The current step is tried again."))

    @button(
        _("Set the PIN"),
        form=PinForm,
        explanation=_(
            "The two-step verification PIN that the customer told. A wrong one fails the registration and"
            " takes an On-Premises client down, so ask first. It is encrypted at once and never shown again."
        ),
    )
    def set_pin(self, request: HttpRequest, row: PlanLine, data: Mapping[str, Any]) -> None:
        pin, onboarding = Secret(data["pin"]), row.onboarding
        services.set_pin(onboarding=onboarding, pin=pin, now=clock.now(), by=actor(request))
        self.message_user(request, _("The PIN is stored; the registration is tried with it."))

    @button(_("Change"), form=PresentLineForm)
    def change(self, request: HttpRequest, row: PlanLine, data: Mapping[str, Any]) -> None:
        plan_services.update_line(line=row, now=clock.now(), by=actor(request), **data)
        self.message_user(request, _("The number is changed."))

    @button(
        _("Confirm a check"),
        form=CheckForm,
        explanation=_("Meta cannot tell this, so your word counts; say how you know."),
    )
    def confirm_check(self, request: HttpRequest, row: PlanLine, data: Mapping[str, Any]) -> None:
        checks.confirm_check(line=row, now=clock.now(), by=actor(request), **data)
        self.message_user(request, _("The check is confirmed."))

    @button(
        _("On-Premises client"),
        form=ClientForm,
        explanation=_(
            "Where the client answers and how its admin user signs in: the portal checks its health and takes"
            " the backup. The password is encrypted at once and never shown again."
        ),
    )
    def client(self, request: HttpRequest, row: PlanLine, data: Mapping[str, Any]) -> None:
        clients.store_client(
            line=row,
            base_url=data["base_url"],
            username=data["username"],
            password=Secret(data["password"]),
            now=clock.now(),
            by=actor(request),
        )
        self.message_user(request, _("The client is stored."))

    @button(
        _("Upload a backup"),
        form=BackupForm,
        explanation=_(
            "A backup that the customer's people took from the client: its data and the password it was"
            " encrypted with. Both are encrypted at once, kept for 7 days and never shown."
        ),
    )
    def upload_backup(self, request: HttpRequest, row: PlanLine, data: Mapping[str, Any]) -> None:
        backups.upload_backup(
            line=row,
            data=Secret(data["text"]),
            password=Secret(data["password"]),
            now=clock.now(),
            by=actor(request),
        )
        self.message_user(request, _("The backup is kept."))

    @button(
        _("Take it back"),
        form=forms.Form,
        style="danger",
        explanation=_(
            "The number leaves the Cloud API and its On-Premises client is restored from the backup. The plan"
            " is paused. The number can neither send nor receive meanwhile."
        ),
    )
    def roll_back(self, request: HttpRequest, row: PlanLine, data: Mapping[str, Any]) -> None:
        rollback.roll_back(line=row, now=clock.now(), by=actor(request))
        self.message_user(request, _("The number is on its way back."))

    @button(
        _("Abandon the number"),
        form=LeavingForm,
        style="danger",
        explanation=_("It does not move with this plan. What was done at Meta stays as it is."),
    )
    def abandon(self, request: HttpRequest, row: PlanLine, data: Mapping[str, Any]) -> None:
        execution.abandon_line(line=row, reason=data["reason"], now=clock.now(), by=actor(request))
        self.message_user(request, _("The number is abandoned."))
