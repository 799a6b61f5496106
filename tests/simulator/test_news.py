"""Whatever changes at Meta is told by the webhook that Meta sends with it, without anybody asking for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portal.simulator.decisions import DECISIONS
from portal.simulator.nodes import App
from tests.simulator.harness import Machine, Refused, Signed

ALL_FIELDS = (
    "account_update,account_alerts,account_review_update,business_capability_update,security,"
    "phone_number_name_update,phone_number_quality_update,message_template_status_update,"
    "message_template_quality_update,message_template_components_update,template_category_update"
)


class News:
    """A registered customer, and what its partner is told from now on."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.signed: Signed = machine.registered()
        machine.world.get(App, machine.partner["app_id"]).fields = ALL_FIELDS.split(",")
        machine.world.updates.clear()

    def decide(self, name: str, **wish: Any) -> list[tuple[str, dict[str, Any]]]:
        decision = DECISIONS[name]
        decision.act(self.machine.world, decision.wish(**wish), now=self.machine.now)
        return self.told()

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        updates = sorted(self.machine.world.updates)
        self.machine.world.updates.clear()
        changes = [json.loads(update.entry)["changes"][0] for update in updates]
        return [(change["field"], change["value"]) for change in changes]

    def number(self, **wish: Any) -> list[tuple[str, dict[str, Any]]]:
        return self.decide("number", phone_number_id=self.signed.phone_number_id, **wish)


@pytest.fixture
def news(machine: Machine) -> News:
    return News(machine)


def test_a_signup_tells_of_the_account_and_of_the_app(machine: Machine) -> None:
    machine.registered()
    machine.world.updates.clear()
    signed = machine.signup("+39 333 765 4321", "Libreria Sole")
    values = [json.loads(update.entry)["changes"][0]["value"] for update in sorted(machine.world.updates)]
    assert [value["event"] for value in values] == ["PARTNER_ADDED", "PARTNER_APP_INSTALLED"]
    assert {value["waba_info"]["waba_id"] for value in values} == {signed.waba_id}


def test_a_number_that_comes_to_cloud_api_tells_its_limit_once(news: News) -> None:
    signed = news.machine.signup("+39 333 765 4321", "Libreria Sole")
    news.machine.post(f"/{signed.waba_id}/subscribed_apps", signed.token)
    news.told()
    pin = {"messaging_product": "whatsapp", "pin": "123456"}
    news.machine.post(f"/{signed.phone_number_id}/register", signed.token, **pin)
    [(field, value)] = news.told()
    assert (field, value["event"]) == ("phone_number_quality_update", "ONBOARDING")
    news.machine.post(f"/{signed.phone_number_id}/register", signed.token, **pin)
    assert news.told() == []


def test_the_owner_changes_the_pin_and_turns_it_off(news: News) -> None:
    changed = news.number(pin="654321")
    assert [value["event"] for _, value in changed] == ["PIN_CHANGED"]
    off = news.number(pin=None)
    assert [(field, value["event"]) for field, value in off] == [
        ("security", "PIN_RESET_REQUEST"),
        ("security", "PIN_REQUEST_SUCCESS"),
    ]
    assert news.number(pin=None) == []


def test_a_number_is_flagged_and_recovers(news: News) -> None:
    assert news.number(quality_rating="YELLOW") == []
    flagged = news.number(quality_rating="RED")
    recovered = news.number(quality_rating="GREEN")
    assert [value["event"] for _, value in flagged + recovered] == ["FLAGGED", "UNFLAGGED"]


def test_a_sandbox_goes_live(news: News) -> None:
    assert news.number(account_mode="SANDBOX") == []
    [(field, value)] = news.number(account_mode="LIVE")
    assert (field, value["event"]) == ("account_update", "VERIFIED_ACCOUNT")


@pytest.mark.parametrize(("decision", "tick"), [("APPROVED", True), ("REJECTED", False)])
def test_the_official_tick_is_decided(news: News, decision: str, tick: bool) -> None:
    path = f"/{news.signed.phone_number_id}"
    news.machine.post(f"{path}/official_business_account", news.signed.token, action="SUBMIT_APPLICATION")
    [(field, value)] = news.number(official=decision)
    assert (field, value["alert_info"]["alert_type"]) == ("account_alerts", f"OBA_{decision}")
    body = news.machine.get(path, news.signed.token, fields="is_official_business_account")
    assert body["is_official_business_account"] is tick


def test_the_app_takes_a_number_back(news: News) -> None:
    news.number(is_on_biz_app=True)
    [(field, value)] = news.number(is_on_biz_app=False)
    assert (field, value["event"]) == ("account_update", "PARTNER_REMOVED")
    assert value["disconnection_info"] == {"reason": "ACCOUNT_DISCONNECTED", "initiated_by": "USER"}


def test_another_messaging_limit(news: News) -> None:
    [(field, value)] = news.decide("waba", waba_id=news.signed.waba_id, messaging_limit="TIER_100K")
    assert field == "business_capability_update"
    assert value["max_daily_conversations_per_business"] == "TIER_100K"


def test_an_app_that_is_uninstalled_loses_its_tokens(news: News) -> None:
    app_id = news.machine.partner["app_id"]
    [(field, value)] = news.decide("waba", waba_id=news.signed.waba_id, uninstall_app=app_id)
    assert (field, value["event"]) == ("account_update", "PARTNER_APP_UNINSTALLED")
    assert value["waba_info"]["partner_app_id"] == app_id
    with pytest.raises(Refused) as refused:
        news.machine.get(f"/{news.signed.waba_id}", news.signed.token)
    assert (refused.value.code, refused.value.subcode) == (190, 458)


def test_a_template_that_is_edited_moved_and_deleted(news: News) -> None:
    path, token = f"/{news.signed.waba_id}/message_templates", news.signed.token
    body = [{"type": "BODY", "text": "Il tuo ordine è pronto."}]
    wish = {"name": "ordine", "language": "it", "category": "UTILITY", "components": body}
    template = news.machine.post(path, token, **wish)["id"]
    news.decide("template", template_id=template, status="REJECTED", reason="SCAM")
    other = [{"type": "BODY", "text": "Il tuo ordine ti aspetta."}]
    news.machine.post(f"/{template}", token, components=other, category="MARKETING")
    moved, edited = news.told()
    assert moved[0] == "template_category_update"
    assert (moved[1]["previous_category"], moved[1]["new_category"]) == ("UTILITY", "MARKETING")
    assert edited[0] == "message_template_components_update"
    assert edited[1]["message_template_element"] == "Il tuo ordine ti aspetta."
    news.machine.call("DELETE", path, token, name="ordine")
    [(field, value)] = news.told()
    assert (field, value["event"], value["reason"]) == ("message_template_status_update", "DELETED", None)
