"""What the checks of a line look at: our rows, read in the scope, and Meta, asked outside it at most once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Q

from onboarding.models import MigrationPlan, Onboarding, PlanBackup, PlanLine
from onboarding.plans.moving import app_data, backups, checks, clients
from onboarding.plans.waves.month import MonthRule, month_rule
from onboarding.states import LineState
from portal.graph import phone_number, template, waba
from portal.graph.client import Graph
from portal.graph.errors import GraphError, NotVisible, PermissionMissing
from portal.graph.onprem import OnPremises, SignInRefused
from portal.graph.template import Template
from portal.graph.types import PhoneNumberNode, SubscribedApp, WabaNode
from portal.kernel import calls
from tenants import services
from tenants.models import CreditLine, MetaApp, Partner, PhoneNumber, SystemUser, TokenState, Waba

if TYPE_CHECKING:
    from onboarding.steps.base import Context

# What is kept of a client that says nothing of itself; the desk translates it.
SIGN_IN_REFUSED, NO_ANSWER = "sign-in refused", "no answer"


@dataclass(frozen=True, kw_only=True)
class Known:
    """What our own rows tell of a line."""

    terms_accepted: bool
    pin_stored: bool
    confirmed: frozenset[str]
    register_calls: int
    register_calls_allowed: int
    register_free_at: datetime | None
    test_number: PlanLine | None
    moved_before: int
    # Why our credit line could not pay for a new account; empty when it can.
    cannot_pay: str
    month: MonthRule
    # What the WhatsApp Business app has shared, where the number stays in it.
    shared: Mapping[str, object]


@dataclass(frozen=True)
class Probe:
    """One look at a line. The methods that ask Meta run outside the scope."""

    now: datetime
    line: PlanLine
    plan: MigrationPlan
    onboarding: Onboarding
    partner: Partner
    app: MetaApp
    known: Known
    number: PhoneNumber | None
    waba: Waba | None
    # As whoever may manage the account; None where no account is known before the move.
    graph: Graph | None
    client: OnPremises | None
    backup: PlanBackup | None

    @cached_property
    def number_node(self) -> PhoneNumberNode | None:
        """The number as Meta shows it now."""
        if self.graph is None or self.number is None:
            return None
        return phone_number.get(self.graph, phone_number_id=self.number.phone_number_id)

    @cached_property
    def source_number(self) -> PhoneNumberNode | None:
        """The number where it moves from; None where that account is not shared with us."""
        known = self.line.phone_number
        if self.graph is None or known is None:
            return None
        try:
            return phone_number.get(self.graph, phone_number_id=known.phone_number_id)
        except (NotVisible, PermissionMissing):
            return None

    @cached_property
    def source_waba(self) -> WabaNode | None:
        """The account that the number moves from, likewise."""
        if self.graph is None or not self.line.source_waba_id:
            return None
        try:
            return waba.get(self.graph, waba_id=self.line.source_waba_id)
        except (NotVisible, PermissionMissing):
            return None

    @cached_property
    def waba_node(self) -> WabaNode | None:
        """The account as Meta shows it now."""
        if self.graph is None or self.waba is None:
            return None
        return waba.get(self.graph, waba_id=self.waba.waba_id)

    @cached_property
    def subscribed_apps(self) -> Sequence[SubscribedApp]:
        """The apps that receive the account's webhooks."""
        if self.graph is None or self.waba is None:
            return []
        return waba.subscribed_apps(self.graph, waba_id=self.waba.waba_id)

    @cached_property
    def templates(self) -> Sequence[Template]:
        """The account's templates."""
        if self.graph is None or self.waba is None:
            return []
        return template.message_templates(self.graph, waba_id=self.waba.waba_id)

    @cached_property
    def client_status(self) -> tuple[str, str]:
        """What the On-Premises client says of itself, and the reason to wait if that is not `connected`."""
        if self.client is None:
            return "", "client_unknown"
        try:
            return self.client.health(), "client_not_connected"
        except SignInRefused:
            return SIGN_IN_REFUSED, "client_password"
        except GraphError:
            return NO_ANSWER, "client_unreachable"


def make(ctx: Context) -> Probe:
    """Read what our rows tell and open what asks Meta. Inside the scope."""
    line, onboarding = ctx.line, ctx.onboarding
    if line is None:
        raise ValueError("only a line of a plan is probed")
    waba_row, number = onboarding.waba, onboarding.phone_number
    return Probe(
        now=ctx.now,
        line=line,
        plan=line.plan,
        onboarding=onboarding,
        partner=ctx.partner,
        app=onboarding.app,
        known=_known(line, onboarding, now=ctx.now),
        number=number,
        waba=waba_row,
        graph=ctx.account_graph() if waba_row is not None else None,
        client=clients.open_client(line, lease=ctx.lease),
        backup=backups.usable(line, now=ctx.now),
    )


def _known(line: PlanLine, onboarding: Onboarding, *, now: datetime) -> Known:
    number = onboarding.phone_number
    used, allowed, free_at = calls.registration_attempts(
        phone_number_id=number.phone_number_id if number else "", now=now
    )
    same_path = PlanLine.objects.filter(plan__path=line.plan.path).exclude(pk=line.pk)
    tests = Q(plan=line.plan_id, is_test_number=True)
    return Known(
        terms_accepted=services.terms_accepted(),
        pin_stored=bool(number and number.pin),
        confirmed=frozenset(checks.confirmed(line)),
        register_calls=used,
        register_calls_allowed=allowed,
        register_free_at=free_at,
        test_number=PlanLine.objects.filter(tests).order_by("position").first(),
        moved_before=same_path.filter(state=LineState.MOVED).count(),
        cannot_pay=_why_we_cannot_pay(line.plan),
        month=month_rule(),
        shared=app_data.shared(onboarding),
    )


def _why_we_cannot_pay(plan: MigrationPlan) -> str:
    """What the step that shares the credit line would wait for; empty if nothing is missing."""
    if not Partner.objects.get(pk=plan.partner_id).credit_line_required:
        return ""
    if not CreditLine.objects.filter(business_manager=plan.app.business_manager_id).exists():
        return "credit_line_missing"
    admins = SystemUser.objects.filter(app=plan.app_id, role=SystemUser.SystemRole.ADMIN)
    return "" if admins.filter(token_state=TokenState.VALID).exists() else "system_user_missing"
