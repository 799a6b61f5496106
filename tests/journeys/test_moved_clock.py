"""Fourteen days in a few seconds: warned three times, refused at the end, expired, back by a new signup."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from tests.journeys.stack import World
from tests.journeys.visits import Desk, Visit, eventually, everybody_reads

pytestmark = pytest.mark.races

DAY = 86_400.0
# What the file backend writes between two e-mails.
RULER = b"-" * 79 + b"\n"


@pytest.fixture(scope="module")
def desk(hasty: World) -> Desk:
    return Desk(hasty)


@pytest.fixture
def waiting(hasty: World) -> Iterator[Visit]:
    """A number that could not be registered, with a customer who does not come back."""
    visit = Visit(hasty, "Forno Lento")
    nonce = visit.start()
    result = visit.at_meta()
    only = {"id": visit.ids["phone_number_id"], "path": "/{phone_number_id}/register"}
    hasty.sim("faults", {"kind": "error", "code": 133006, "times": 1, **only})
    visit.hand_over(nonce, result)
    yield visit
    hasty.forgive()


def mails(visit: Visit) -> list[EmailMessage]:
    """What has arrived in the customer's mailbox, the oldest first."""
    files = sorted((visit.world.stack.processes.home.root / "mail").glob("*"))
    parts = [part for file in files for part in file.read_bytes().split(RULER) if part.strip()]
    found: list[Any] = [message_from_bytes(part.lstrip(), policy=policy.default) for part in parts]
    mine = {str(mail["Message-ID"]): mail for mail in found if mail["To"] == visit.email}
    assert len(mine) == sum(mail["To"] == visit.email for mail in found), "an e-mail was sent twice"
    return list(mine.values())


def link_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return next(word for word in body.get_content().split() if "/start/" in word).rstrip(".")


def test_fourteen_days(hasty: World, waiting: Visit, desk: Desk) -> None:
    visit = waiting
    told = everybody_reads(visit, desk, reason="verify_number", owner="CUSTOMER", code=133006)
    ends_at = datetime.fromisoformat(visit.journey()["window"]["ends_at"]).timestamp()
    assert told["deadline"] == visit.journey()["window"]["ends_at"]
    assert len(visit.registrations()) == 1
    first_link = visit.link

    for number, days in enumerate((7, 3, 1), 1):
        assert len(mails(visit)) == number - 1
        hasty.travel(until=ends_at - days * DAY + 1)
        eventually(lambda number=number: len(mails(visit)) == number, f"the reminder of {days} days")
        seconds_left = visit.journey()["window"]["seconds_left"]
        assert (days - 1) * DAY < seconds_left <= days * DAY
    assert visit.journey()["state"] == "SIGNED_UP"

    # The first link has expired meanwhile, and says so; the newest reminder carries one that opens.
    expired = visit.browser.get(first_link)
    assert (expired.status, "Questo link è scaduto" in expired.words) == (410, True)
    visit.link = link_in(mails(visit)[-1])
    assert visit.open().status == 200

    hasty.travel(until=ends_at + 1)
    assert visit.journey()["window"] | {"ends_at": ""} == {"ends_at": "", "seconds_left": 0, "is_over": True}
    visit.is_in("EXPIRED")
    everybody_reads(visit, desk, reason="window_over", owner="CUSTOMER")
    eventually(lambda: len(mails(visit)) == 4, "the news that it is over")
    assert len(visit.registrations()) == 1, "nobody may register after the window"

    visit.link = link_in(mails(visit)[-1])
    assert "La verifica è scaduta" in visit.open().words
    visit.connect()
    visit.goes_live()
    again = datetime.fromisoformat(visit.journey()["signed_up_at"]).timestamp()
    assert again >= ends_at
    assert len(visit.registrations()) == 2
    assert len(mails(visit)) == 4


def test_an_unconfirmed_message_is_for_a_person_after_a_day(hasty: World, desk: Desk) -> None:
    visit = Visit(hasty, "Messaggio incerto")
    nonce = visit.start()
    result = visit.at_meta()
    only = {"id": visit.ids["phone_number_id"], "path": "/{phone_number_id}/messages"}
    hasty.sim("faults", {"kind": "cut_before", "times": 1, **only})
    visit.hand_over(nonce, result)
    visit.is_in("REGISTERED")
    visit.write()
    visit.waits_for("message_on_its_way")
    eventually(lambda: len(visit.answers()) == 1, "the answer that is cut")
    hasty.travel(seconds=DAY + 60)
    everybody_reads(visit, desk, reason="message_unconfirmed", owner="STAFF")
    assert len(visit.answers()) == 1
    visit.write()
    visit.until(lambda told: told["inbound_message"], "the second message")
    desk.press(visit, "retry")
    visit.is_in("LIVE")
    assert len(visit.answers()) == 2
