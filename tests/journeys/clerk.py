"""A person of the partner's staff who calls services inside a running product, a line of JSON for each wish.

It is a process of its own with the web's role; the product's workers do the work.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal.programs import CHECKOUT
from portal.stack import Stack, as_role

BY = "anna@nuvola.example"


class Clerk:
    """The other end of the pipe."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process, self.log = process, log

    def ask(self, wish: str, **values: Any) -> Any:
        """Have something done and return what came of it."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"wish": wish, "values": values}) + "\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline()
        assert said, self.log.read_text()[-2000:]
        return json.loads(said)


@contextmanager
def hired(stack: Stack) -> Iterator[Clerk]:
    """A clerk of a running product, until the end of the block."""
    command = [sys.executable, "-m", "tests.journeys.clerk", stack.seeded["app_id"]]
    environment = as_role(stack.environment, "DATABASE_URL")
    path = stack.processes.home.logs / "clerk.log"
    with path.open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        with process:
            yield Clerk(process, path)


def open_plans(app: Any, now: Any, plans: list[Mapping[str, Any]]) -> dict[str, str]:
    """A customer with its account, numbers, clients and dated plan for each; the line of each number."""
    from datetime import timedelta

    from onboarding.plans.moving import checks, clients
    from portal.graph.secret import Secret
    from portal.kernel import work
    from tests.factories import CustomerFactory
    from tests.factories.plans import MigrationPlanFactory, PlanLineFactory
    from tests.factories.tenants import BusinessTokenFactory, PhoneNumberFactory, WabaFactory

    made = {}
    for wanted in plans:
        customer = CustomerFactory(name=wanted["name"], language="it")
        if wanted["code"]:
            BusinessTokenFactory(
                customer=customer,
                app=app,
                sealed_token=_token(app, wanted["code"]),
                waba_ids=[wanted["waba_id"]],
            )
        waba = WabaFactory(customer=customer, waba_id=wanted["waba_id"], name=wanted["name"])
        starts_at = now + timedelta(hours=wanted["wave"])
        plan = MigrationPlanFactory(
            customer=customer, app=app, state="SCHEDULED", wave=wanted["wave"], planned_start_at=starts_at
        )
        for number in wanted["numbers"]:
            known = PhoneNumberFactory(
                waba=waba,
                phone_number_id=number["id"],
                display_phone_number=number["digits"],
                platform_type="ON_PREMISE",
                sealed_pin=number["pin"],
            )
            line = PlanLineFactory(plan=plan, phone_number=known, display_phone_number=number["digits"])
            sign_in = {"username": "admin", "password": Secret("secret")}
            clients.store_client(line=line, base_url=number["client"], now=now, by=BY, **sign_in)
            for check in ("media", "test_number"):
                checks.confirm_check(line=line, key=check, note="Giulia said so", now=now, by=BY)
            made[number["id"]] = str(line.pk)
        work.schedule(plan, due_at=now, now=now)
    return made


def _token(app: Any, code: str) -> str:
    """What a customer's signup gave the partner some time ago."""
    from django.conf import settings

    from portal.graph import oauth
    from portal.graph.client import Graph
    from portal.graph.secret import Secret
    from portal.kernel.secrets import open_sealed

    graph = Graph(base_url=settings.GRAPH_BASE_URL, version=settings.GRAPH_API_VERSION, token=None)
    secret = open_sealed(row=app, column="app_secret")
    given = oauth.exchange_code(graph, app_id=app.app_id, app_secret=secret, code=Secret(code))
    return given.access_token.reveal()


def waiting(app: Any, now: Any) -> list[list[Any]]:
    """Wave, number, state of its line and the reason for which its journey waits; two queries."""
    from onboarding.models import PlanLine, Step

    steps = Step.objects.exclude(state="DONE").exclude(onboarding__plan_lines=None)
    steps = steps.order_by("onboarding", "position").distinct("onboarding")
    reasons = dict(steps.values_list("onboarding", "reason"))
    rows = PlanLine.objects.values_list("plan__wave", "phone_number__phone_number_id", "state", "onboarding")
    return [[wave, number, state, reasons.get(journey, "")] for wave, number, state, journey in rows]


def lines(app: Any, now: Any) -> list[dict[str, Any]]:
    """Every number of every plan: its state, and what its journey waits for."""
    from onboarding import queries
    from onboarding.models import MoveReport, PlanLine

    rows = list(PlanLine.objects.select_related("plan", "phone_number").order_by("pk"))
    journeys = queries.desk_queue().filter(pk__in=[row.onboarding_id for row in rows if row.onboarding_id])
    by_id = {journey.onboarding.pk: journey for journey in queries.journeys(list(journeys), now=now)}
    reports = {report.line_id: report.facts for report in MoveReport.objects.filter(proven=True)}
    return [_line(row, by_id.get(row.onboarding_id), reports.get(row.pk)) for row in rows]


def _line(row: Any, journey: Any, report: Any) -> dict[str, Any]:
    need = journey.next_action if journey is not None else None
    return {
        "id": row.phone_number.phone_number_id,
        "wave": row.plan.wave,
        "plan": row.plan.state,
        "state": row.state,
        "reason": need.reason if need else "",
        "title": str(need.title) if need else "",
        "owner": need.owner if need else "",
        "report": report,
    }


WISHES = {function.__name__: function for function in (open_plans, waiting, lines)}


def main() -> None:
    """Answer wishes until nobody asks any more."""
    import django

    django.setup()
    from portal.kernel import clock
    from portal.kernel.rls import find_tenant
    from portal.kernel.scope import scope
    from tenants.models import MetaApp

    ((app_id, partner_id),) = find_tenant(MetaApp, app_id=sys.argv[1])
    for line in sys.stdin:
        asked = json.loads(line)
        with scope(partner_id):
            app = MetaApp.objects.get(pk=app_id)
            answer = WISHES[asked["wish"]](app, clock.now(), **asked["values"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
