"""Customers of another partner at the small Meta, and the plans by which their numbers come to us."""

from __future__ import annotations

import itertools
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from json import dumps, load
from typing import Any

import pytest

from onboarding import queries
from onboarding import services as onboardings
from onboarding.models import MigrationPlan, MoveReport, Onboarding, Path, PlanCheck, PlanLine
from onboarding.plans import services
from onboarding.plans.moving import checks, execution
from onboarding.plans.services import add_line
from onboarding.queries import Journey
from onboarding.states import PlanState
from portal.graph.secret import Secret
from portal.kernel import clock
from portal.kernel.states import transition
from tests.onboarding.stage import Invited, Stage

ANNA = "anna@nuvola.example"
PIN = "314159"
_places = itertools.count(1)


def ask(url: str, token: str, **body: object) -> dict[str, Any]:
    """One call to Meta with somebody else's token."""
    data = dumps(body).encode() if body else None
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10) as answer:
        return dict(load(answer))


@dataclass
class Elsewhere:
    """A customer of another partner: its portfolio, account and numbers, registered and at work there."""

    stage: Stage
    partner: dict[str, Any]
    business_id: str = ""
    waba_id: str = ""
    token: str = ""
    numbers: dict[str, str] = field(default_factory=dict)

    def add_number(self) -> str:
        """One more number there; the display form is returned."""
        phone = f"39345{next(_places):07d}"
        wish: dict[str, Any] = {"phone": {"number": phone, "display_name": "Panificio Aurora"}}
        if self.business_id:
            wish |= {"business": {"id": self.business_id}, "waba": {"id": self.waba_id}}
        ids = {"app_id": self.partner["app_id"], "config_id": self.partner["config_id"]}
        made = self.stage.meta.ask("signup", ids | wish)
        self.business_id, self.waba_id = made["business_id"], made["waba_id"]
        self.token = self._exchange(made["code"])
        number_id = made["phone_number_id"]
        url = f"{self.stage.meta.url}/{number_id}/register"
        ask(url, self.token, messaging_product="whatsapp", pin=PIN)
        self.numbers[f"+{phone}"] = number_id
        return f"+{phone}"

    def _exchange(self, code: str) -> str:
        known = {
            "client_id": self.partner["app_id"],
            "client_secret": self.partner["app_secret"],
            "code": code,
        }
        query = urllib.parse.urlencode(known)
        with urllib.request.urlopen(f"{self.stage.meta.url}/oauth/access_token?{query}") as answer:
            return str(load(answer)["access_token"])

    def two_step_off(self, number: str) -> None:
        self.stage.meta.ask("number", {"phone_number_id": self.numbers[number], "pin": None})

    def add_template(self, name: str, *, quality: str = "GREEN", status: str = "APPROVED") -> str:
        body = [{"type": "BODY", "text": "Il tuo ordine è pronto."}]
        url = f"{self.stage.meta.url}/{self.waba_id}/message_templates"
        made = ask(url, self.token, name=name, language="it", category="UTILITY", components=body)
        self.stage.meta.ask("template", {"template_id": made["id"], "status": status, "quality": quality})
        return str(made["id"])

    def pays(self) -> None:
        """Its partner's credit line is attached."""
        admin = next(user for user in self.partner["system_users"] if user["role"] == "ADMIN")
        root, line = self.stage.meta.url, self.partner["extended_credit_id"]
        ask(f"{root}/{self.waba_id}/assigned_users", admin["token"], user=admin["id"], tasks=["MANAGE"])
        url = f"{root}/{line}/whatsapp_credit_sharing_and_attach"
        ask(url, admin["token"], waba_id=self.waba_id, waba_currency="EUR")

    def leave(self) -> None:
        """The customer removes its partner."""
        self.stage.meta.ask("waba", {"waba_id": self.waba_id, "unshare_from": self.partner["business_id"]})


@pytest.fixture
def elsewhere(stage: Stage) -> Elsewhere:
    partner = stage.meta.ask("provision", {"partner_name": f"Altrove {next(_places)}"})
    return Elsewhere(stage, partner)


@dataclass
class Moving:
    """One plan under way, as the customer, Meta and the desk see it."""

    stage: Stage
    plan: MigrationPlan

    @classmethod
    def start(cls, stage: Stage, path: Path, lines: list[dict[str, Any]], **plan: Any) -> Moving:
        """Make a plan with these lines and start it now."""
        moving = cls.make(stage, path, lines, **plan)
        with stage.tenant.scope():
            execution.start(plan=moving.plan, now=clock.now(), by=ANNA)
        stage.drain()
        return moving

    @classmethod
    def make(cls, stage: Stage, path: Path, lines: list[dict[str, Any]], **plan: Any) -> Moving:
        world = stage.tenant.world
        with stage.tenant.scope():
            now = clock.now()
            made = services.create_plan(
                **{"customer": world.customer, "app": world.app} | plan, path=path, now=now, by=ANNA
            )
            for line in lines:
                add_line(plan=made, now=now, by=ANNA, **line)
            transition(row=made, to=PlanState.ASSESSED, now=now, by=ANNA)
        return cls(stage, made)

    def line(self, position: int = 1) -> PlanLine:
        with self.stage.tenant.scope():
            related = PlanLine.objects.select_related("plan", "onboarding__phone_number__waba")
            return related.get(plan=self.plan, position=position)

    def onboarding(self, position: int = 1) -> Onboarding:
        onboarding = self.line(position).onboarding
        assert onboarding is not None
        return onboarding

    def journey(self, position: int = 1) -> Journey:
        onboarding = self.onboarding(position)
        with self.stage.tenant.scope():
            return queries.journey(queries.desk_queue().get(pk=onboarding.pk), now=clock.now())

    def waits_for(self, position: int = 1) -> str:
        need = self.journey(position).next_action
        return need.reason if need else ""

    def invited(self, position: int = 1) -> Invited:
        """The customer with the newest link to this number's page."""
        onboarding, line = self.onboarding(position), self.line(position)
        with self.stage.tenant.scope():
            link = onboardings.send_new_link(
                onboarding=onboarding, now=clock.now(), by=ANNA, send_email=False
            )
        return Invited(self.stage, onboarding, link.rpartition("/")[2], line.display_phone_number)

    def confirm(self, key: str, position: int = 1) -> None:
        with self.stage.tenant.scope():
            checks.confirm_check(
                line=self.line(position), key=key, note="Visto con il cliente", now=clock.now(), by=ANNA
            )
        self.stage.drain()

    def check(self, key: str, position: int = 1) -> PlanCheck:
        with self.stage.tenant.scope():
            return PlanCheck.objects.get(line=self.line(position), key=key)

    def report(self, position: int = 1) -> MoveReport:
        with self.stage.tenant.scope():
            return MoveReport.objects.filter(line=self.line(position)).latest("written_at")

    def retry(self, position: int = 1) -> None:
        with self.stage.tenant.scope():
            onboardings.retry(onboarding=self.onboarding(position), now=clock.now(), by=ANNA)
        self.stage.drain()

    def type_code(self, position: int = 1) -> None:
        """Have Meta send a code to the number, and type it in."""
        with self.stage.tenant.scope():
            onboardings.request_code(
                onboarding=self.onboarding(position), method="SMS", language="it_IT", now=clock.now(), by=ANNA
            )
        self.stage.drain()
        text = self.stage.meta.ask("sms")["data"][0]["text"]
        digits = re.findall(r"\d{3}-\d{3}", text)[0]
        with self.stage.tenant.scope():
            onboardings.submit_code(
                onboarding=self.onboarding(position), code=Secret(digits), now=clock.now(), by=ANNA
            )
        self.stage.drain()

    def write(self, position: int = 1) -> None:
        """A consumer writes to the number."""
        number = self.onboarding(position).phone_number
        assert number is not None
        body = {"from": "393331234567", "phone_number_id": number.phone_number_id, "text": "Ciao"}
        self.stage.meta.ask("messages", body)

    def arrives(self, position: int = 1) -> None:
        """From a registered number to a move that is proven."""
        self.write(position)
        self.stage.until(lambda: self.line(position).state == "MOVED")

    def travel(self, **by: float) -> None:
        self.stage.move_clock(timedelta(**by))
        self.stage.drain()


def steps_of(moving: Moving, position: int = 1) -> Iterator[tuple[str, str]]:
    return ((step.key, step.state) for step in moving.journey(position).steps)
