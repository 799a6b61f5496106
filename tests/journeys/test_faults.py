"""What goes wrong at the door: links, codes, windows and webhooks that are not what they should be."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from portal.graph.signature import HEADER
from tests.journeys.stack import World
from tests.journeys.visits import Browser, Desk, Visit, eventually, everybody_reads

pytestmark = pytest.mark.races

EXCHANGE = "/oauth/access_token"


@pytest.fixture(scope="module")
def desk(hasty: World) -> Desk:
    return Desk(hasty)


def exchanges(world: World) -> int:
    """How many codes Meta was asked to turn into tokens so far."""
    counters = world.sim("log?limit=1")["counters"]
    return sum(counters.get(f"GET {EXCHANGE}", {}).values()) + sum(
        counters.get(f"POST {EXCHANGE}", {}).values()
    )


# --- Links ---


@pytest.mark.parametrize(
    ("language", "title"), [("it", "Questo link non funziona"), ("en", "This link does not work")]
)
def test_an_unknown_link_says_so_and_takes_nothing(hasty: World, language: str, title: str) -> None:
    stranger = Browser(language)
    link = f"{hasty.stack.portal_url}/start/{'x' * 43}"
    shown = stranger.get(link)
    assert (shown.status, title in shown.words) == (404, True)
    before = exchanges(hasty)
    for path in ("session", "code", "message"):
        assert stranger.post(f"{link}/{path}", {"nonce": "n", "code": "c", "message": "{}"}).status in (
            403,
            404,
        )
    assert exchanges(hasty) == before


@pytest.mark.parametrize(
    ("language", "title"), [("it", "Questo link è stato sostituito"), ("en", "This link was replaced")]
)
def test_a_replaced_link_opens_nothing_and_the_new_one_goes_on(
    hasty: World, language: str, title: str
) -> None:
    visit = Visit(hasty, language=language)
    nonce, old = visit.start(), visit.link
    result = visit.at_meta()
    visit.link = hasty.api(f"onboardings/{visit.id}/link", {"send_email": False})["link"]
    shown = visit.browser.get(old)
    assert (shown.status, title in shown.words) == (410, True)
    assert visit.browser.post(f"{old}/code", {"nonce": nonce, "code": result["code"]}).status == 410
    assert visit.journey()["next_action"]["reason"] == "sign_up"
    visit.hand_over(nonce, result)
    visit.goes_live()
    assert len(visit.registrations()) == 1


def test_a_used_link_shows_the_result_and_starts_nothing_again(hasty: World) -> None:
    visit = Visit(hasty)
    visit.connect()
    visit.goes_live()
    assert "Il tuo numero è attivo su WhatsApp" in visit.open().words
    # Whether the permission may be renewed here is the page's affair: the number is left alone.
    assert visit.browser.post(f"{visit.link}/session", {}).status in (200, 409)
    assert visit.journey()["state"] == "LIVE"
    assert len(visit.registrations()) == len(visit.answers()) == 1


def test_results_of_another_customers_window_are_refused(hasty: World) -> None:
    """Neither with that window's nonce nor with one of one's own can a code be used twice."""
    owner, other = Visit(hasty, "Officine Lombardi"), Visit(hasty, "Harbour Hotel", language="en")
    nonce, theirs = owner.start(), other.start()
    result = owner.at_meta()
    before = exchanges(hasty)
    refused = [other.send_code(nonce, result), other.send_message(nonce, result)]
    assert [(one.status, one.json["code"]) for one in refused] == [(409, "signup_session_unknown")] * 2
    owner.hand_over(nonce, result)
    stolen = other.send_code(theirs, result)
    assert (stolen.status, stolen.json["code"]) == (409, "signup_code_used")
    assert "Press Connect again" in stolen.json["message"]
    owner.goes_live()
    assert exchanges(hasty) == before + 1
    assert other.journey()["state"] == "INVITED"
    assert other.journey()["waba_id"] is None


def test_an_account_of_another_customer_is_not_joined(hasty: World, desk: Desk) -> None:
    owner, other = Visit(hasty, "Officine Lombardi"), Visit(hasty, "Osteria Nuova")
    owner.connect()
    owner.goes_live()
    other.connect(business={"id": owner.ids["business_id"]}, waba={"id": owner.ids["waba_id"]}, phone={})
    everybody_reads(other, desk, reason="account_taken", owner="STAFF")
    assert other.journey()["waba_id"] is None
    assert owner.journey()["state"] == "LIVE"


# --- Codes ---


def test_a_code_posted_twice_is_exchanged_once(hasty: World) -> None:
    visit = Visit(hasty)
    nonce = visit.start()
    result = visit.at_meta()
    before = exchanges(hasty)
    for _time in range(3):
        visit.hand_over(nonce, result)
    visit.goes_live()
    visit.hand_over(nonce, result)
    assert exchanges(hasty) == before + 1
    assert len(visit.registrations()) == len(visit.answers()) == 1


def test_a_code_that_comes_too_late_asks_for_one_repetition(hasty: World, desk: Desk) -> None:
    visit = Visit(hasty)
    visit.connect(code_age_seconds=31)
    everybody_reads(visit, desk, reason="repeat_signup", owner="CUSTOMER", code=100)
    assert visit.journey()["next_action"]["subcode"] == 36007
    assert visit.registrations() == []
    visit.connect()
    visit.goes_live()
    assert len(visit.registrations()) == 1


@pytest.mark.parametrize("code", ["", "x" * 5000, "a\x00b", "caffè"])
def test_a_code_that_is_none_is_refused_in_words(hasty: World, code: str) -> None:
    visit = Visit(hasty)
    refused = visit.send_code(visit.start(), {"code": code})
    assert (refused.status, refused.json["code"]) == (409, "signup_code_malformed")
    assert "Premi di nuovo Collega" in refused.json["message"]


# --- Meta's window ---


def test_a_lost_window_message_changes_nothing(hasty: World) -> None:
    visit = Visit(hasty)
    visit.connect(message_lost=True)
    visit.goes_live()
    assert len(visit.registrations()) == 1


def test_partner_added_before_code_and_message_ends_the_same(hasty: World) -> None:
    visit = Visit(hasty)
    nonce = visit.start()
    result = visit.at_meta(partner_added_after_seconds=0)

    def arrived() -> bool:
        attempts = hasty.sim("webhooks")["attempts"]
        return any(visit.ids["waba_id"] in one["body"] and one["status"] == 200 for one in attempts)

    eventually(arrived, "PARTNER_ADDED")
    assert visit.journey()["state"] == "INVITED"
    assert visit.send_message(nonce, result).status == 204
    assert visit.send_code(nonce, result).status == 204
    visit.goes_live()
    assert len(visit.registrations()) == 1


def test_a_window_closed_before_its_code_says_where_and_goes_on(hasty: World, desk: Desk) -> None:
    visit = Visit(hasty)
    nonce = visit.start()
    left = visit.at_meta(outcome="cancel", current_step="PHONE_NUMBER_SETUP")
    assert visit.send_message(nonce, left).status == 204
    assert "Ti sei fermato alla scelta del numero." in visit.open().words
    everybody_reads(visit, desk, reason="sign_up", owner="CUSTOMER")
    assert "PHONE_NUMBER_SETUP" in desk.journey(visit)
    visit.connect()
    visit.goes_live()
    assert len(visit.registrations()) == 1


# --- Webhooks ---


def post_webhook(world: World, body: bytes, signature: str) -> int:
    address = f"{world.stack.intake_url}/webhooks/meta/{world.stack.seeded['app_id']}"
    request = urllib.request.Request(address, body, {HEADER: signature, "Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def first_message(visit: Visit) -> dict[str, Any]:
    """A consumer's message to a number, as Meta tells it."""
    message = {"from": "393470000009", "id": f"wamid.forged{visit.number}", "type": "text"}
    message |= {"timestamp": "4000000000", "text": {"body": "Ciao!"}}
    metadata = {"display_phone_number": visit.number, "phone_number_id": visit.ids["phone_number_id"]}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "messages": [message]}
    entry = {"id": visit.ids["waba_id"], "changes": [{"field": "messages", "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def test_a_forged_or_changed_webhook_is_refused_and_not_stored(hasty: World, desk: Desk) -> None:
    visit = Visit(hasty)
    visit.connect()
    visit.is_in("REGISTERED")
    partner = hasty.stack.seeded["app_id"]
    known = hasty.sim("provision", {"partner_name": "Nuvola Connect", "app_id": partner})
    body = json.dumps(first_message(visit)).encode()

    def sign(key: str, text: bytes = body) -> str:
        return "sha256=" + hmac.new(key.encode(), text, hashlib.sha256).hexdigest()

    true = sign(known["app_secret"])
    forged = ["", "sha256=", "sha256=" + "0" * 64, sign("guessed"), true.replace("sha256", "sha1"), true[:-1]]
    assert [post_webhook(hasty, body, signature) for signature in forged] == [403] * len(forged)
    assert post_webhook(hasty, body.replace(b"Ciao!", b"Addio"), true) == 403
    assert post_webhook(hasty, body + b" ", true) == 403
    stored = f"webhooks/payload/?q={hashlib.sha256(body).hexdigest()}"
    assert desk.rows(stored) == 0
    assert visit.waits_for("first_message")["inbound_message"] is None
    # The same bytes with the right signature are taken, which shows what the others were refused for.
    assert [post_webhook(hasty, body, true) for _time in range(2)] == [200, 200]
    visit.until(lambda told: told["inbound_message"], "the message")
    assert desk.rows(stored) == 1
