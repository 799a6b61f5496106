"""A customer's migration plan at any point, with the link to its page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from onboarding import links, progress
from onboarding.models import MigrationPlan, MoveReport, Onboarding, Path, PlanLine
from onboarding.states import LineState, OnboardingState, StepState
from onboarding.steps.keys import KIND_OF_PATH, keys_of_path
from portal.kernel import clock
from portal.kernel.states import transition
from tests.conftest import Tenant
from tests.factories.plans import MigrationPlanFactory, PlanLineFactory
from tests.factories.tenants import CustomerFactory, PhoneNumberFactory, WabaFactory

MOVE = datetime(2031, 12, 8, 8, 0, tzinfo=UTC)
BY = "anna@nuvola.example"


class Move:
    """One customer's plan with one number; the verbs move it on as the portal would."""

    def __init__(
        self,
        tenant: Tenant,
        path: str = Path.ONPREM_TO_CLOUD,
        *,
        number: str = "+390655501010",
        zone: str = "America/New_York",
    ) -> None:
        self.tenant = tenant
        with tenant.scope():
            self.now = clock.now()
            self.customer = CustomerFactory(time_zone=zone)
            self.plan: MigrationPlan = MigrationPlanFactory(
                customer=self.customer, app=tenant.world.app, path=path, state="ASSESSED"
            )
            self.line: PlanLine = PlanLineFactory(plan=self.plan, display_phone_number=number)
            address = links.create_plan_link(plan=self.plan, now=self.now, by=BY)
        self.url = "/start/" + address.rpartition("/")[2]

    def to(self, *states: str, **values: object) -> None:
        with self.tenant.scope():
            for state in states:
                transition(row=self.plan, to=state, now=self.now, by=BY, **values)

    def dated(self) -> None:
        self.to("SCHEDULED", planned_start_at=MOVE, planned_end_at=MOVE + timedelta(hours=2))

    def journey(self, line: PlanLine | None = None) -> Onboarding:
        """The line's onboarding, as it is opened some days before."""
        line = line or self.line
        with self.tenant.scope():
            onboarding = Onboarding.objects.create(
                partner_id=self.tenant.partner_id,
                customer=self.customer,
                app=self.tenant.world.app,
                kind=KIND_OF_PATH[self.plan.path],
                state=OnboardingState.SIGNED_UP,
                phone_number=PhoneNumberFactory(waba=WabaFactory(customer=self.customer)),
                created_at=self.now,
                created_by=BY,
            )
            progress.create_steps(onboarding, now=self.now, keys=keys_of_path(self.plan.path))
            PlanLine.objects.filter(pk=line.pk).update(onboarding=onboarding)
        return onboarding

    def wait(self, onboarding: Onboarding, key: str, reason: str, **values: Any) -> None:
        """All steps before this one are done, and it waits."""
        with self.tenant.scope():
            for step in onboarding.steps.exclude(state=StepState.DONE).order_by("position"):
                if step.key == key:
                    progress.wait(step, reason=reason, now=self.now, by=BY, **values)
                    return
                progress.done(step, now=self.now, by=BY)

    def moving(self) -> None:
        """The first number is past the point of no return."""
        self.to("IN_PROGRESS")
        with self.tenant.scope():
            line = PlanLine.objects.get(pk=self.line.pk)
            transition(row=line, to=LineState.MOVING, now=self.now, by=BY, passed_no_return_at=self.now)

    def moved(self, onboarding: Onboarding) -> None:
        """The first number has arrived, and its report is written."""
        times = {
            "moved_at": self.now,
            "downtime_started_at": self.now - timedelta(seconds=61),
            "downtime_ended_at": self.now,
        }
        facts = {
            "checks": [
                {"key": "platform", "ok": True, "evidence": {}},
                {"key": "inbound", "ok": False, "evidence": {}},
                {"key": "of a later version", "ok": True, "evidence": {}},
            ],
            "templates": {"migrated": ["1", "2"], "failed": {"7": "Low quality", "8": "Low quality"}},
        }
        with self.tenant.scope():
            line = PlanLine.objects.get(pk=self.line.pk)
            transition(row=line, to=LineState.MOVED, now=self.now, by=BY, **times)
            MoveReport.objects.create(
                partner_id=line.partner_id, line=line, facts=facts, proven=True, written_at=self.now
            )
            transition(row=onboarding, to=OnboardingState.REGISTERED, now=self.now, by=BY)
            transition(row=onboarding, to=OnboardingState.LIVE, now=self.now, by=BY, live_at=self.now)
