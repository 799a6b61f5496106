"""A customer whose numbers are on the On-Premises API, here and at Meta, with a plan to move them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from onboarding import queries, services
from onboarding.models import MigrationPlan, MoveReport, PlanCheck, PlanLine
from onboarding.plans.moving import checks, clients
from onboarding.queries import Journey
from onboarding.states import PlanState
from portal.graph.secret import Secret
from portal.kernel import clock, work
from tests.factories import CustomerFactory
from tests.factories.plans import MigrationPlanFactory, PlanLineFactory
from tests.factories.tenants import PhoneNumberFactory, WabaFactory
from tests.onboarding.stage import Stage

BY = "anna@nuvola.example"
PIN = "271828"
REGISTER = "/{phone_number_id}/register"
HOUR = timedelta(hours=1)


@dataclass
class Move:
    """One plan and its numbers, in the order of their positions."""

    stage: Stage
    plan_id: Any
    phone_number_ids: list[str]

    def plan(self) -> MigrationPlan:
        with self.stage.tenant.scope():
            return MigrationPlan.objects.get(pk=self.plan_id)

    def line(self, position: int = 1) -> PlanLine:
        with self.stage.tenant.scope():
            related = ("plan__customer", "onboarding__phone_number", "rollback", "phone_number")
            return PlanLine.objects.select_related(*related).get(plan=self.plan_id, position=position)

    def journey(self, position: int = 1, *, back: bool = False) -> Journey:
        line = self.line(position)
        onboarding = line.rollback if back else line.onboarding
        assert onboarding is not None
        with self.stage.tenant.scope():
            return queries.journey(queries.desk_queue().get(pk=onboarding.pk), now=clock.now())

    def waits_for(self, position: int = 1, *, back: bool = False) -> str:
        line = self.line(position)
        if (line.rollback if back else line.onboarding) is None:
            return "nothing"
        need = self.journey(position, back=back).next_action
        return need.reason if need else ""

    def until(self, reason: str, position: int = 1, *, back: bool = False) -> None:
        self.happens(lambda: self.waits_for(position, back=back) == reason, reason, position)

    def happens(self, is_so: Callable[[], bool], what: str, position: int = 1) -> None:
        try:
            self.stage.until(is_so)
        except AssertionError as error:
            missing = [report.facts for report in self.reports(position) if not report.proven]
            states = [(step.key, step.state) for step in self.journey(position).steps if step.state != "DONE"]
            waits = self.waits_for(position)
            raise AssertionError(f"{what}: waits for {waits} {states[:2]} {missing}") from error

    def checks(self, position: int = 1) -> dict[str, PlanCheck]:
        line = self.line(position)
        with self.stage.tenant.scope():
            return {check.key: check for check in PlanCheck.objects.filter(line=line)}

    def reports(self, position: int = 1) -> list[MoveReport]:
        line = self.line(position)
        with self.stage.tenant.scope():
            return list(MoveReport.objects.filter(line=line))

    def do(self, act: Any, *, position: int | None = None, **values: Any) -> Any:
        """Call a service about the plan, or about one of its lines, as a person would."""
        about = {"plan": self.plan()} if position is None else {"line": self.line(position)}
        with self.stage.tenant.scope():
            return act(**about, now=clock.now(), by=BY, **values)

    def confirm(self, *keys: str, position: int = 1) -> None:
        for key in keys:
            self.do(checks.confirm_check, position=position, key=key, note="Giulia said so")

    def enter_pin(self, pin: str = PIN, position: int = 1) -> None:
        onboarding = self.line(position).onboarding
        assert onboarding is not None
        with self.stage.tenant.scope():
            services.set_pin(onboarding=onboarding, pin=Secret(pin), now=clock.now(), by=BY)

    def retry(self, position: int = 1, *, back: bool = False) -> None:
        line = self.line(position)
        onboarding = line.rollback if back else line.onboarding
        assert onboarding is not None
        with self.stage.tenant.scope():
            services.retry(onboarding=onboarding, now=clock.now(), by=BY)

    def write(self, position: int = 1) -> None:
        """A person writes to the number."""
        number = self.phone_number_ids[position - 1]
        self.stage.meta.ask("messages", {"from": "393331234567", "phone_number_id": number, "text": "Ciao"})

    def registrations(self, position: int = 1) -> list[dict[str, Any]]:
        return self.stage.meta.calls(REGISTER, id=self.phone_number_ids[position - 1])

    def is_ready(self, position: int = 1) -> None:
        """Let time pass until the number has nothing to wait for but its day."""
        self.until("appointment", position)

    def arrives(self, position: int = 1) -> None:
        """From the appointment on: registered, written to, answered, proven."""
        self.until("first_message", position)
        self.write(position)
        self.happens(lambda: self.line(position).state == "MOVED", "MOVED", position)


def on_premises(
    stage: Stage,
    *,
    numbers: int = 1,
    pin: str = PIN,
    told: Sequence[str] = ("pin", "test_number", "media"),
    client: bool = True,
    **plan: Any,
) -> Move:
    """A plan that begins in an hour, with its customer's numbers on their clients.

    `pin` is the one at Meta; what is in `told` people have done before anything looked.
    """
    with stage.tenant.scope():
        customer, waba = CustomerFactory(), None
        defaults = {"state": PlanState.SCHEDULED, "planned_start_at": clock.now() + HOUR}
        row = MigrationPlanFactory(customer=customer, app=stage.tenant.world.app, **{**defaults, **plan})
        ids = []
        for _position in range(numbers):
            made = _at_meta(stage, waba.waba_id if waba else "", pin=pin)
            waba = waba or WabaFactory(customer=customer, waba_id=made["waba_id"])
            number = PhoneNumberFactory(
                waba=waba,
                phone_number_id=made["phone_number_id"],
                display_phone_number=made["display"],
                platform_type="ON_PREMISE",
                **({"sealed_pin": PIN} if "pin" in told else {}),
            )
            line = PlanLineFactory(plan=row, phone_number=number, display_phone_number=made["display"])
            if client:
                store_client(stage, line, made["phone_number_id"])
            for key in sorted({"test_number", "media"} & set(told)):
                checks.confirm_check(line=line, key=key, note="Giulia said so", now=clock.now(), by=BY)
            ids.append(made["phone_number_id"])
        now = clock.now()
        work.schedule(row, due_at=now, now=now)
    return Move(stage, row.pk, ids)


def store_client(stage: Stage, line: PlanLine, phone_number_id: str, password: str = "secret") -> None:
    """Inside the scope."""
    clients.store_client(
        line=line,
        base_url=f"{stage.meta.url}/onprem/{phone_number_id}",
        username="admin",
        password=Secret(password),
        now=clock.now(),
        by=BY,
    )


def _at_meta(stage: Stage, waba_id: str, *, pin: str) -> dict[str, Any]:
    world = stage.tenant.world
    phone = f"+39066983{next(stage.serial):04d}"
    wish: dict[str, Any] = {
        "app_id": world.app.app_id,
        "config_id": world.app.config_id,
        "phone": {"number": phone, "display_name": "Panificio Aurora"},
    }
    if waba_id:
        rows = stage.meta.ask("state")["wabas"]
        owner = next(row["owner_business_id"] for row in rows if row["id"] == waba_id)
        wish |= {"waba": {"id": waba_id}, "business": {"id": owner}}
    made = dict(stage.meta.ask("signup", wish))
    change = {"phone_number_id": made["phone_number_id"], "platform_type": "ON_PREMISE", "pin": pin or None}
    stage.meta.ask("number", change)
    return made | {"display": phone}
