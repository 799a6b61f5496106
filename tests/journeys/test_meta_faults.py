"""Meta at its worst, at the worst moment: withdrawn tokens, lost answers, slow answers, none at all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.stack import World
from tests.journeys.visits import Desk, Journey, Visit, eventually, everybody_reads

pytestmark = pytest.mark.races

REGISTER, MESSAGES = "/{phone_number_id}/register", "/{phone_number_id}/messages"
SUBSCRIBE, ASSIGN = "/{waba_id}/subscribed_apps", "/{waba_id}/assigned_users"
SHARE = "/{extended_credit_id}/whatsapp_credit_sharing_and_attach"


@pytest.fixture(scope="module")
def desk(hasty: World) -> Desk:
    return Desk(hasty)


@pytest.fixture
def faults(hasty: World) -> Any:
    """Breaks something at Meta until the test ends."""
    yield lambda **rule: hasty.sim("faults", rule)
    hasty.forgive()


def connect_with(visit: Visit, faults: Any, *rules: dict[str, Any]) -> None:
    """Sign up; each rule breaks calls of this customer only, by one of its ids."""
    nonce = visit.start()
    result = visit.at_meta()
    for rule in rules:
        faults(**rule | {"id": visit.ids[rule["id"]]} if "id" in rule else rule)
    visit.hand_over(nonce, result)


def is_done(call: Journey) -> bool:
    return call.get("acted", True) and call.get("code") is None


def effects(visit: Visit) -> dict[str, int]:
    """How often each thing that must happen once was done at Meta, whatever became of the answer."""
    once = {"register": visit.registrations(), "messages": visit.answers()}
    once["subscribe"] = visit.calls(SUBSCRIBE, id="waba_id", method="POST")
    once["assign"] = visit.calls(ASSIGN, id="waba_id", method="POST")
    return {name: sum(is_done(call) for call in calls) for name, calls in once.items()}


ONCE = {"register": 1, "messages": 1, "subscribe": 1, "assign": 1}


# --- Answers that never come, of things that were done ---


BROKEN: dict[str, dict[str, Any]] = {
    "register answered 500": {"kind": "http_500_after", "path": REGISTER, "id": "phone_number_id"},
    "register cut": {"kind": "cut_after", "path": REGISTER, "id": "phone_number_id"},
    "register late": {"kind": "act_late", "path": REGISTER, "id": "phone_number_id", "seconds": 1.5},
    "register truncated": {"kind": "truncated", "path": REGISTER, "id": "phone_number_id"},
    # A minute of single bytes passes every read timeout: the call has 20 seconds of wall time.
    "register drips": {"kind": "drip", "path": REGISTER, "id": "phone_number_id", "seconds": 60.0},
    "message answered 500": {"kind": "http_500_after", "path": MESSAGES, "id": "phone_number_id"},
    "message cut": {"kind": "cut_after", "path": MESSAGES, "id": "phone_number_id"},
    "message garbled": {"kind": "wrong_json", "path": MESSAGES, "id": "phone_number_id"},
    "subscription cut": {"kind": "cut_after", "path": SUBSCRIBE, "id": "waba_id", "method": "POST"},
    "credit line cut": {"kind": "cut_after", "path": SHARE},
    "assignment answered 500": {"kind": "http_500_after", "path": ASSIGN, "id": "waba_id", "method": "POST"},
}


@pytest.fixture(scope="module")
def unlucky(hasty: World) -> dict[str, Visit]:
    """A customer for each answer that goes wrong, all on their way at the same time."""
    visits = {}
    for name, rule in BROKEN.items():
        visits[name] = Visit(hasty, name)
        connect_with(visits[name], lambda **rule: hasty.sim("faults", rule), rule | {"times": 1})
    return visits


@pytest.mark.parametrize("name", [*(one for one in BROKEN if "drips" not in one), "register drips"])
def test_what_was_done_is_found_and_not_done_again(unlucky: dict[str, Visit], name: str) -> None:
    unlucky[name].goes_live()
    assert effects(unlucky[name]) == ONCE


def test_the_credit_line_was_shared_once_with_each(unlucky: dict[str, Visit], hasty: World) -> None:
    rules = hasty.sim("faults")["rules"]
    assert all(rule["hits"] == 1 for rule in rules), "each fault has met its call"
    paid = {waba["id"]: waba["primary_funding_id"] for waba in hasty.sim("state")["wabas"]}
    assert all(paid[visit.ids["waba_id"]] for visit in unlucky.values())
    hasty.forgive()


def test_everybody_reads_that_it_is_looked_up(hasty: World, faults: Any, desk: Desk) -> None:
    """While nobody knows whether Meta did it: no deed for anybody, and a time of the next look."""
    visit = Visit(hasty, "Risposta persa")
    connect_with(visit, faults, {"kind": "cut_after", "path": REGISTER, "id": "phone_number_id", "times": 1})
    told = everybody_reads(visit, desk, reason="settling", owner="META")
    assert told["deadline"]
    assert told["action"] == ""
    visit.goes_live()
    assert effects(visit) == ONCE


def test_a_message_that_may_have_been_sent_is_never_sent_again(hasty: World, faults: Any) -> None:
    """Cut before Meta did anything, which nobody here can know: it stays unconfirmed."""
    visit = Visit(hasty)
    connect_with(visit, faults, {"kind": "cut_before", "path": MESSAGES, "id": "phone_number_id", "times": 1})
    visit.is_in("REGISTERED")
    visit.write()
    visit.waits_for("message_on_its_way")
    message = visit.journey()["test_message"]
    eventually(lambda: hasty.api(f"messages/{message}")["status"] == "UNCONFIRMED", "UNCONFIRMED")
    visit.write()
    hasty.api(f"onboardings/{visit.id}/retry", {})
    visit.waits_for("message_on_its_way")
    assert len(visit.answers()) == 1


# --- Tokens ---


def revoke(visit: Visit) -> None:
    assert visit.world.sim("tokens/revoke", {"business_id": visit.ids["business_id"]})["revoked"] >= 1


def calls_of_customer(visit: Visit) -> list[Journey]:
    """Every call with the customer's own token about its account or number."""
    found = [call for name in ("waba_id", "phone_number_id") for call in visit.calls("", id=name)]
    return [call for call in found if call.get("as") == "BUSINESS_INTEGRATION"]


def test_a_token_revoked_between_two_steps_is_not_used_again(hasty: World, faults: Any, desk: Desk) -> None:
    visit = Visit(hasty, "Permesso ritirato")
    slow = {"kind": "delay", "seconds": 2.0, "path": SUBSCRIBE, "id": "waba_id", "method": "POST", "times": 1}
    connect_with(visit, faults, slow)
    eventually(lambda: hasty.sim("faults")["rules"][0]["hits"], "the subscription")
    revoke(visit)
    everybody_reads(visit, desk, reason="connect_again", owner="CUSTOMER", code=190)
    assert visit.registrations() == []
    used = len(calls_of_customer(visit))
    assert sum(call.get("code") == 190 for call in calls_of_customer(visit)) == 1
    for _time in range(2):
        hasty.api(f"onboardings/{visit.id}/retry", {})
        visit.waits_for("connect_again")
    assert len(calls_of_customer(visit)) == used
    visit.connect()
    visit.goes_live()
    assert effects(visit) == ONCE


def test_a_token_revoked_before_the_answer_resumes_with_the_answer(hasty: World, desk: Desk) -> None:
    visit = Visit(hasty, "Permission withdrawn", language="en")
    visit.connect()
    visit.is_in("REGISTERED")
    visit.waits_for("first_message")
    revoke(visit)
    visit.write()
    everybody_reads(visit, desk, reason="connect_again", owner="CUSTOMER")
    visit.connect()
    visit.goes_live()
    assert len(visit.registrations()) == 1
    answered = [call for call in visit.answers() if call["status"] == 200]
    assert len(answered) == 1


# --- Meta away ---


def test_meta_down_in_the_middle_and_back(hasty: World, faults: Any, desk: Desk) -> None:
    """First answering 503 to one customer, then not there at all for anybody."""
    early, late = Visit(hasty, "Prima del guasto"), Visit(hasty, "During the outage", language="en")
    nonce = late.start()
    result = late.at_meta()
    connect_with(early, faults, {"kind": "outage", "path": "/{waba_id}/phone_numbers", "id": "waba_id"})
    everybody_reads(early, desk, reason="meta_unavailable", owner="META", code=2)
    hasty.stack.stop("simulator")
    try:
        late.hand_over(nonce, result)
        everybody_reads(early, desk, reason="meta_unavailable", owner="META", code=2)
        assert late.journey()["state"] == "INVITED"
    finally:
        hasty.stack.start("simulator")
        hasty.stack.wait_for("simulator", f"{hasty.stack.simulator_url}/_sim/clock")
    hasty.forgive()
    for visit in (early, late):
        visit.goes_live(90.0)
        calls = hasty.sim("log?limit=1")["counters"][f"POST {REGISTER}"]
        assert calls[visit.ids["phone_number_id"]] == 1
