"""Register refused for each of Meta's reasons: one call each, the right person asked, and then on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.journeys.stack import World
from tests.journeys.visits import Desk, Visit, everybody_reads

pytestmark = pytest.mark.races

REGISTER = "/{phone_number_id}/register"
OWNERS_PIN = "840273"
# What Meta answers, what the journey then waits for, and who has to act.
REFUSALS = {
    133006: ("verify_number", "CUSTOMER"),
    2388001: ("number_elsewhere", "CUSTOMER"),
    133005: ("wrong_pin", "STAFF"),
    133009: ("pin_locked", "META"),
    133015: ("number_being_freed", "META"),
    133008: ("pin_locked", "META"),
    133016: ("registration_blocked", "META"),
}
# Those that end by themselves, and after how many seconds.
ENDS_AFTER = {133009: 60, 133015: 5 * 60, 133008: 12 * 3600, 133016: 72 * 3600}


@pytest.fixture(scope="module")
def desk(hasty: World) -> Desk:
    return Desk(hasty)


@pytest.fixture(scope="module")
def refused(hasty: World) -> Iterator[dict[int, Visit]]:
    """A customer for each refusal, all on their way at the same time."""
    visits = {}
    for code in REFUSALS:
        visit = visits[code] = Visit(hasty, f"Rifiuto {code}", language="it" if code % 2 else "en")
        nonce = visit.start()
        result = visit.at_meta()
        if code == 133005:
            hasty.sim("number", {"phone_number_id": visit.ids["phone_number_id"], "pin": OWNERS_PIN})
        else:
            hasty.sim("faults", _error(code) | {"id": visit.ids["phone_number_id"], "times": 1})
        visit.hand_over(nonce, result)
    yield visits
    hasty.forgive()


def _error(code: int) -> dict[str, Any]:
    # Meta's list names this one as a code, its answers carry it as a subcode.
    told = {"code": 100, "subcode": code} if code == 2388001 else {"code": code}
    return {"kind": "error", "path": REGISTER, **told}


def told_at(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


@pytest.mark.parametrize("code", REFUSALS)
def test_everybody_reads_what_meta_refused(refused: dict[int, Visit], desk: Desk, code: int) -> None:
    visit, (reason, owner) = refused[code], REFUSALS[code]
    told = everybody_reads(visit, desk, reason=reason, owner=owner, code=100 if code == 2388001 else code)
    assert told["step"] == "register"
    assert told["subcode"] == (2388001 if code == 2388001 else None)
    assert told["deadline"], "nobody knows by when"
    assert [call["code"] for call in visit.registrations()] == [told["code"]]
    assert visit.journey()["registration_attempts"]["used"] == 1, "it reached Meta, who counts it"


def test_what_a_person_has_put_right_goes_on(refused: dict[int, Visit], hasty: World) -> None:
    verified, elsewhere = refused[133006], refused[2388001]
    verified.connect()
    hasty.api(f"onboardings/{elsewhere.id}/retry", {})
    for visit in (verified, elsewhere):
        visit.goes_live()
        assert len(visit.registrations()) == 2


@pytest.mark.parametrize("code", ENDS_AFTER)
def test_what_ends_by_itself_goes_on_when_it_was_said_to(
    refused: dict[int, Visit], hasty: World, code: int
) -> None:
    visit = refused[code]
    told = visit.journey()["next_action"]
    assert len(visit.registrations()) == 1, "tried before the time that Meta told"
    refused_at, due_at = visit.registrations()[0]["at"], told_at(told["deadline"])
    assert due_at - refused_at == pytest.approx(ENDS_AFTER[code], rel=0.02, abs=5)
    hasty.travel(until=due_at + 1)
    visit.goes_live()
    assert len(visit.registrations()) == 2


def test_a_wrong_pin_is_never_guessed_again(refused: dict[int, Visit], hasty: World, desk: Desk) -> None:
    """Days have passed by now, with sweeps and wake-ups: still one call, until a person knows the PIN."""
    visit = refused[133005]
    hasty.travel(seconds=3600)
    assert everybody_reads(visit, desk, reason="wrong_pin", owner="STAFF", code=133005)
    assert len(visit.registrations()) == 1
    desk.press(visit, "set_pin", pin=OWNERS_PIN)
    visit.goes_live()
    assert [call.get("code") for call in visit.registrations()] == [133005, None]


# --- The gates before the call ---


def test_terms_that_meta_does_not_know_of(hasty: World, desk: Desk) -> None:
    app_id = hasty.stack.seeded["app_id"]
    visit = Visit(hasty, "Termini mancanti")
    hasty.sim("terms", {"app_id": app_id, "accepted": False})
    try:
        visit.connect()
        everybody_reads(visit, desk, reason="registration_refused", owner="STAFF", code=100)
        assert len(visit.registrations()) == 1
    finally:
        hasty.sim("terms", {"app_id": app_id, "accepted": True})
    desk.press(visit, "retry")
    visit.goes_live()
    assert len(visit.registrations()) == 2


def test_terms_that_were_withdrawn_here_stop_the_call(hasty: World, desk: Desk) -> None:
    desk.withdraw_terms()
    visit = Visit(hasty, "Termini ritirati", language="en")
    visit.connect()
    everybody_reads(visit, desk, reason="accept_terms", owner="STAFF")
    assert visit.registrations() == []
    desk.accept_terms()
    visit.goes_live()
    assert len(visit.registrations()) == 1


def test_a_number_that_is_not_verified_is_not_tried(hasty: World, desk: Desk) -> None:
    visit = Visit(hasty, "Senza verifica")
    visit.connect(outcome="finish_unverified")
    everybody_reads(visit, desk, reason="verify_number", owner="CUSTOMER")
    assert visit.registrations() == []
    visit.connect()
    visit.goes_live()
    assert len(visit.registrations()) == 1
