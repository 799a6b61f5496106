"""What is stored about the plans that have or may get a date, read once for all of them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from onboarding.models import (
    DATELESS,
    MigrationPlan,
    Path,
    PlanDependency,
    PlanLine,
    PlanNotice,
    PlanWish,
    Risk,
)
from onboarding.plans.waves.signup_limit import first_tokens
from onboarding.states import LineState, PlanState
from portal.kernel import calls
from portal.kernel.scope import current_scope
from tenants.models import Partner

PLANNED = (PlanState.ASSESSED, PlanState.SCHEDULED, PlanState.IN_PROGRESS)
OVER = (PlanState.COMPLETED, PlanState.ABANDONED)
# In which Meta's register is called while the number moves.
REGISTERS = (Path.NEW_CUSTOMER, Path.ONPREM_TO_CLOUD, Path.NUMBER_WABA_TO_WABA)


def local_day(moment: datetime, zone: str) -> date:
    """The day of a moment in a time zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def told_starts() -> dict[uuid.UUID, datetime]:
    """The start of which each customer was told last, for sure or perhaps, if it was not taken back."""
    left = PlanNotice.objects.filter(plan__state__in=PLANNED).exclude(body="").exclude(kind__in=DATELESS)
    newest = left.order_by("plan_id", "-created_at", "-pk").distinct("plan_id")
    rows = newest.values_list("plan_id", "told_start_at")
    return {plan: start for plan, start in rows if start is not None}


class PlanRows:
    """The rows of all plans that are assessed, scheduled or in progress. Inside the scope."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        plans = MigrationPlan.objects.filter(state__in=PLANNED).select_related("customer").order_by("pk")
        self.plans = list(plans)
        self.by_id = {plan.pk: plan for plan in self.plans}
        self.begun = {plan.pk for plan in self.plans if plan.state == PlanState.IN_PROGRESS}
        self.partner = Partner.objects.get(pk=current_scope().partner_id)
        self.lines: dict[uuid.UUID, list[PlanLine]] = defaultdict(list)
        lines = PlanLine.objects.filter(plan__state__in=PLANNED).exclude(state=LineState.ABANDONED)
        for line in lines.select_related("phone_number"):
            self.lines[line.plan_id].append(line)
        self.wishes: dict[uuid.UUID, list[PlanWish]] = defaultdict(list)
        for wish in PlanWish.objects.filter(plan__state__in=PLANNED, withdrawn_at=None):
            self.wishes[wish.plan_id].append(wish)
        self._read_dependencies()

    def _read_dependencies(self) -> None:
        """Whom a plan comes after, and who of those is not yet assessed; who is over is nobody's worry."""
        self.after: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
        self.drafts: set[uuid.UUID] = set()
        rows = PlanDependency.objects.filter(plan__state__in=PLANNED).exclude(after__state__in=OVER)
        for plan, after, state in rows.values_list("plan_id", "after_id", "after__state"):
            self.after[plan].add(after)
            if state == PlanState.DRAFT:
                self.drafts.add(after)

    @cached_property
    def told(self) -> dict[uuid.UUID, datetime]:
        """The start of which each customer was told last."""
        return told_starts()

    @cached_property
    def _signups(self) -> Mapping[uuid.UUID, datetime]:
        return first_tokens()

    def needs_signup(self, plan: MigrationPlan) -> bool:
        """Whether Meta will count a new customer: one that goes through its window and never did before."""
        return self.goes_by_signup(plan) and plan.customer_id not in self._signups

    def goes_by_signup(self, plan: MigrationPlan) -> bool:
        """Whether the customer is sent to Meta's window; not where every account is named already."""
        if plan.path == Path.NUMBER_WABA_TO_WABA:
            return any(line.destination_waba_id is None for line in self.lines[plan.pk])
        return plan.path != Path.ONPREM_TO_CLOUD

    @property
    def first_signups(self) -> list[datetime]:
        """When customers signed up for the first time."""
        return list(self._signups.values())

    @cached_property
    def completed(self) -> list[tuple[datetime | None, int | None]]:
        """Start and wave of each plan that is completed."""
        rows = MigrationPlan.objects.filter(state=PlanState.COMPLETED, wave__isnull=False)
        return list(rows.values_list("planned_start_at", "wave"))

    @cached_property
    def is_tried(self) -> bool:
        """Whether somebody of lower risk has moved."""
        done = MigrationPlan.objects.filter(state=PlanState.COMPLETED)
        return done.exclude(risk=Risk.HIGH).exists()

    @cached_property
    def _locks(self) -> dict[str, datetime]:
        numbers = [line.phone_number for lines in self.lines.values() for line in lines]
        ids = {number.phone_number_id for number in numbers if number is not None}
        return calls.registration_locks(phone_number_ids=ids, now=self.now)

    def budgets_free_at(self, plan: MigrationPlan) -> Iterator[datetime]:
        """When Meta will accept another registration of each number that has had too many."""
        if plan.path in REGISTERS:
            for line in self.lines[plan.pk]:
                number = line.phone_number
                if number is not None and number.phone_number_id in self._locks:
                    yield self._locks[number.phone_number_id]
