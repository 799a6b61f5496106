"""The partner's credit line pays for the customer's account.

https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/share-and-revoke-credit-lines
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from onboarding.models import Kind, PlanLine
from onboarding.plans.moving import lines
from onboarding.plans.waves import month
from onboarding.states import OPEN_LINES
from onboarding.steps.base import Identity, JourneyStep, Waits
from onboarding.steps.keys import StepKey
from portal.graph import credit, waba
from portal.graph.client import Graph
from portal.graph.types import CreditAllocation
from portal.kernel import clock, work
from portal.kernel.scope import scope
from tenants.models import CreditLine, SystemUser, Waba

ASSIGN, SHARE = "assign_user", "share_and_attach"
TASKS = ("MANAGE",)
OLD_PARTNER_AGAIN = timedelta(minutes=10)


class CreditLineStep(JourneyStep):
    """DONE when the account's primary_funding_id is the credential that our credit line gave it."""

    key = StepKey.CREDIT_LINE
    operations = (ASSIGN, SHARE)

    def needed(self) -> bool:
        return self.ctx.partner.credit_line_required

    def gate(self) -> None:
        line = CreditLine.objects.filter(business_manager=self.onboarding.app.business_manager).first()
        admin = SystemUser.objects.filter(app=self.onboarding.app, role=SystemUser.SystemRole.ADMIN).first()
        if line is None:
            raise Waits("credit_line_missing", again_at=self.ctx.soon())
        if admin is None:
            raise Waits("system_user_missing", again_at=self.ctx.soon())
        self.credit_id, self.admin_id = line.extended_credit_id, admin.system_user_id
        self.month = month.month_rule() if self.onboarding.kind == Kind.PARTNER_SWITCH else None

    def prepare(self) -> None:
        if self.onboarding.waba is None or self.onboarding.customer is None:
            raise Waits("account_not_shared", repeat=[StepKey.TOKEN])
        self.waba, self.currency = self.onboarding.waba, self.onboarding.customer.currency
        self.business_id = self.onboarding.app.business_manager.business_id
        self.allocation_id = self.waba.allocation_config_id
        self.speaks_as = Identity.SYSTEM_USER
        self.graph = self.ctx.system_graph()

    def look(self) -> bool:
        node = waba.get(self.graph, waba_id=self.waba.waba_id)
        self.funding_id = node.primary_funding_id or ""
        if not self.funding_id:
            return False
        owner = node.owner_business_info
        for allocation_id in self._allocations(owner.id if owner else ""):
            given = credit.receiving_credential(self.graph, allocation_config_id=allocation_id)
            if given == self.funding_id:
                self.allocation_id = allocation_id
                return True
        if self.month is not None:
            raise Waits("old_partner_pays", again_at=self.ctx.soon(OLD_PARTNER_AGAIN))
        raise Waits("credit_line_taken")

    def _allocations(self, owner_id: str) -> list[str]:
        """What we know of, and what a lost answer may have left at Meta."""
        if self.allocation_id:
            return [self.allocation_id]
        if not owner_id:
            return []
        shared = credit.allocation_configs(
            self.graph, credit_id=self.credit_id, receiving_business_id=owner_id
        )
        return [config.id for config in shared]

    def act(self) -> bool:
        if self.month is not None:
            self._take_over(self.month)
        users = waba.assigned_users(self.graph, waba_id=self.waba.waba_id, business_id=self.business_id)
        if not any(user.id == self.admin_id for user in users):
            self._assign()
        self.ctx.perform(
            graph=self.graph,
            operation=SHARE,
            target=self.waba.waba_id,
            send=self._share,
            record=self._keep_allocation,
        )
        return False  # the answer names the allocation; that the account is paid by it is looked up

    def _take_over(self, rule: month.MonthRule) -> None:
        """Nobody pays for the account any more, so no message goes; not on every day may we begin to."""
        with scope(self.ctx.lease.partner_id):
            work.still_mine(self.ctx.lease)
            now = clock.now()
            # Its numbers stopped together.
            numbers = PlanLine.objects.filter(plan__lines=self.ctx.line, state__in=OPEN_LINES)
            for number in numbers:
                lines.note_downtime(number, since=now, until=None)
        today = now.astimezone(UTC).date()
        if rule.is_closed(today):
            raise Waits("month_turns", until=month.midnight(rule.next_open_day(today)))

    def _assign(self) -> None:
        self.ctx.perform(
            graph=self.graph,
            operation=ASSIGN,
            target=self.waba.waba_id,
            send=lambda graph: waba.assign_user(
                graph, waba_id=self.waba.waba_id, user_id=self.admin_id, tasks=TASKS
            ),
            record=lambda _result, _now: None,
        )

    def _share(self, graph: Graph) -> CreditAllocation:
        return credit.share_and_attach(
            graph, credit_id=self.credit_id, waba_id=self.waba.waba_id, waba_currency=self.currency
        )

    def _keep_allocation(self, shared: CreditAllocation, now: datetime) -> None:
        self.allocation_id = shared.allocation_config_id
        Waba.objects.filter(pk=self.waba.pk).update(allocation_config_id=self.allocation_id)

    def record(self, now: datetime) -> None:
        Waba.objects.filter(pk=self.waba.pk).update(
            allocation_config_id=self.allocation_id, primary_funding_id=self.funding_id
        )
