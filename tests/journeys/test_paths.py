"""Four ways to come, from a plan to a proven move, through public doors and with the product's workers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from onboarding.plans.waves.month import first_of_next_month, midnight
from tests.journeys.stack import World
from tests.journeys.visits import Browser, Visit, eventually, new_number
from tests.onboarding.plans.moving import Elsewhere

pytestmark = pytest.mark.races
REGISTER = "/{phone_number_id}/register"


class Mover(Visit):
    """A customer with a plan for one number, from the start of the plan on."""

    def __init__(self, world: World, path: str, *, customer: str = "", **number: Any) -> None:
        self.world, self.name, self.language = world, f"Percorso {path}", "it"
        self.number = number.get("display_phone_number") or new_number()
        self.browser, self.ids, self.link = Browser(self.language), {}, ""
        person = {"name": self.name, "contact_email": "giulia@aurora.example", "language": "it"}
        self.customer_id = customer or str(world.api("customers", person)["id"])
        plan = world.api("plans", {"customer": self.customer_id, "path": path})
        self.plan = f"plans/{plan['id']}"
        given = {"display_phone_number": self.number, "is_test_number": True, **number}
        world.api(f"{self.plan}/numbers", given)
        world.api(f"{self.plan}/answers", {"answers": {"requires_gdpr": True}})
        world.api(f"{self.plan}/finish-assessment", {})
        world.api(f"{self.plan}/start", {})
        self.id = str(eventually(lambda: self.line()["onboarding"], "its onboarding"))

    def line(self) -> dict[str, Any]:
        """The number as the API shows it."""
        (found,) = self.world.api(f"plan-numbers?plan={self.plan.partition('/')[2]}")["data"]
        return dict(found)

    def get_link(self) -> None:
        """The newest link to the customer's page."""
        self.link = str(self.world.api(f"onboardings/{self.id}/link", {"send_email": False})["link"])

    def reads_what_is_asked(self) -> None:
        """The page says what the API says, in the customer's language."""
        need = self.journey(self.language)["next_action"]
        words = self.open().words
        assert need["title"] in words, words

    def confirm(self, key: str) -> None:
        self.world.api(f"plan-numbers/{self.line()['id']}/confirm-check", {"key": key, "note": "Visto"})

    def arrives(self) -> dict[str, Any]:
        """To the end: the number has moved, with a report that proves it."""
        self.goes_live()
        line: dict[str, Any] = eventually(
            lambda: (line := self.line())["state"] == "MOVED" and line, "the end of its move"
        )
        assert line["report"]["proven"]
        eventually(lambda: self.world.api(self.plan)["state"] == "COMPLETED", "the end of its plan")
        return line


@pytest.fixture
def elsewhere(hasty: World) -> Iterator[Elsewhere]:
    meta = SimpleNamespace(ask=hasty.sim, url=hasty.stack.simulator_url)
    name = f"Altrove {new_number()}"
    yield Elsewhere(SimpleNamespace(meta=meta), hasty.sim("provision", {"partner_name": name}))  # type: ignore[arg-type]
    hasty.forgive()


def test_a_new_customer_of_a_plan(hasty: World) -> None:
    mover = Mover(hasty, "NEW_CUSTOMER")
    mover.waits_for("sign_up")
    mover.get_link()
    mover.connect()
    mover.arrives()
    assert len(mover.registrations()) == 1


def test_a_number_changes_account_although_an_answer_is_lost(hasty: World, elsewhere: Elsewhere) -> None:
    number = elsewhere.add_number()
    elsewhere.add_template("ordine_pronto")
    elsewhere.two_step_off(number)
    before = Visit(hasty, "Panificio Aurora")
    before.connect(business={"id": elsewhere.business_id}, phone={}, outcome="finish_only_waba")
    before.waits_for("add_number")
    waba = next(
        one for one in hasty.api("wabas?limit=100")["data"] if one["waba_id"] == before.ids["waba_id"]
    )
    mover = Mover(
        hasty,
        "NUMBER_WABA_TO_WABA",
        customer=before.customer_id,
        display_phone_number=number,
        source_waba_id=elsewhere.waba_id,
        destination_waba=waba["id"],
    )
    mover.waits_for("source_to_confirm")
    mover.confirm("source")
    mover.waits_for("request_code")
    mover.get_link()
    mover.reads_what_is_asked()
    onboarding = {"onboarding": mover.id}
    mover.browser.post(f"{mover.link}/send-code", onboarding | {"method": "SMS"})
    mover.waits_for("enter_code")
    sent = next(sms for sms in hasty.sim("sms")["data"] if number[1:] == re.sub(r"\D", "", sms["to"]))
    hasty.sim("faults", {"kind": "cut_after", "path": REGISTER, "times": 1, "id": waba["waba_id"]})
    digits = re.findall(r"\d{3}-\d{3}", sent["text"])[0]
    mover.browser.post(f"{mover.link}/enter-code", onboarding | {"digits": digits})

    there = eventually(lambda: at(hasty, number, waba["waba_id"]), "the number in the new account")
    mover.ids["phone_number_id"] = there["id"]
    line = mover.arrives()
    assert len(mover.registrations()) == 1
    assert line["downtime_seconds"] is not None
    assert at(hasty, number, elsewhere.waba_id) is None


def at(world: World, number: str, waba_id: str) -> Any:
    """The number in an account at Meta."""
    rows = world.sim("state")["phone_numbers"]
    found = (row for row in rows if re.sub(r"\D", "", row["display_phone_number"]) == number[1:])
    return next((row for row in found if row["waba_id"] == waba_id), None)


def test_an_account_changes_partner_and_waits_for_the_first_of_the_month(
    hasty: World, elsewhere: Elsewhere
) -> None:
    number = elsewhere.add_number()
    elsewhere.pays()
    today = datetime.fromtimestamp(hasty.sim("clock")["now"], UTC).date()
    start = midnight(first_of_next_month(today) + timedelta(days=24))
    hasty.travel(until=start.timestamp())
    mover = Mover(hasty, "WABA_PARTNER_SWITCH", display_phone_number=number, source_waba_id=elsewhere.waba_id)
    mover.waits_for("sign_up_to_switch")
    elsewhere.leave()
    mover.get_link()
    mover.reads_what_is_asked()
    same = {"business": {"id": elsewhere.business_id}, "waba": {"id": elsewhere.waba_id}}
    mover.connect(**same, phone={}, outcome="finish_only_waba")
    told = mover.waits_for("credit_line_starts")["next_action"]
    first = midnight(first_of_next_month(start.date()))
    assert datetime.fromisoformat(told["deadline"]) == first

    hasty.travel(until=first.timestamp() + 60)
    mover.waits_for("first_message")
    mover.ids["phone_number_id"] = elsewhere.numbers[number]
    line = mover.arrives()
    assert line["downtime_seconds"] > (first - start).total_seconds() - 3600
    assert len(mover.registrations()) == 1, "its old partner's, and none of ours"


def test_a_number_stays_in_the_app_and_comes_to_us_too(hasty: World) -> None:
    mover = Mover(hasty, "COEXISTENCE")
    mover.waits_for("sign_up_with_app")
    mover.get_link()
    assert "whatsapp_business_app_onboarding" in mover.open().text
    mover.connect(outcome="finish_coexistence")
    line = mover.arrives()
    assert mover.registrations() == []
    assert len(mover.calls("/{phone_number_id}/smb_app_data")) == 2
    assert line["passed_no_return_at"] is None
