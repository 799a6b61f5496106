"""Processes killed, Redis wiped, connections cut, each with customers in the middle: all end LIVE, once.

The rows of a killed worker are free again when their lease ends: two minutes, here divided by TIME_SCALE.
"""

from __future__ import annotations

import psycopg
import pytest
import redis

from portal.embedded.home import SUPERUSER
from portal.embedded.roles import DATABASE
from tests.journeys.stack import World
from tests.journeys.visits import Journey, Visit, eventually

pytestmark = pytest.mark.races

LEASE = 120.0
ROLES = ["portal_app", "portal_worker", "portal_intake"]
EVERYBODY: list[Visit] = []


def sign_up(world: World, name: str, customers: int) -> list[Visit]:
    """Customers who go through Meta's window one right after the other; nobody waits for the portal."""
    visits = [Visit(world, f"{name} {number}") for number in range(1, customers + 1)]
    nonces = [visit.start() for visit in visits]
    results = [visit.at_meta() for visit in visits]
    for visit, nonce, result in zip(visits, nonces, results, strict=True):
        visit.hand_over(nonce, result)
    EVERYBODY.extend(visits)
    return visits


def have_begun(visits: list[Visit]) -> None:
    """Some of them are on their way and none has arrived."""
    eventually(lambda: any(visit.journey()["waba_id"] for visit in visits), "a first step")


def is_settled(told: Journey) -> bool:
    """Registered, or asked to repeat: a code whose exchange was cut off is spent."""
    asked = told["next_action"] or {"reason": ""}
    return told["state"] in ("REGISTERED", "LIVE") or asked["reason"] == "repeat_signup"


def all_live(visits: list[Visit], patience: float) -> None:
    for visit in visits:
        told = visit.until(is_settled, "REGISTERED", patience)
        if told["state"] == "INVITED":
            visit.connect()
        visit.until(lambda told: told["state"] in ("REGISTERED", "LIVE"), "REGISTERED", patience)
        if visit.journey()["inbound_message"] is None:
            visit.write()
    for visit in visits:
        visit.is_in("LIVE", patience)
    assert {visit.number: len(visit.registrations()) for visit in visits} == {
        visit.number: 1 for visit in visits
    }
    assert {visit.number: len(visit.answers()) for visit in visits} == {visit.number: 1 for visit in visits}


def test_both_workers_are_killed_in_the_middle(hasty: World) -> None:
    """What they held is asked for again when the lease ends; the rest goes on with the new ones at once."""
    visits = sign_up(hasty, "Operaio", 5)
    have_begun(visits)
    for name in ("worker", "worker-signup"):
        hasty.stack.kill(name)
    assert all(visit.open().status == 200 for visit in visits), "the page needs no worker"
    for name in ("worker", "worker-signup"):
        hasty.stack.start(name)


def test_redis_is_wiped_in_the_middle_of_ten_customers(hasty: World) -> None:
    visits = sign_up(hasty, "Campanello", 10)
    have_begun(visits)
    wiped = redis.Redis.from_url(hasty.stack.environment["REDIS_URL"])
    for _time in range(3):
        assert wiped.flushall()
        have_begun(visits)
    wiped.close()
    all_live(visits, 90.0)


def test_the_intake_is_killed_between_webhooks(hasty: World) -> None:
    """Meta sends again what got no 200; what got one is there, and no message counts twice."""
    visits = sign_up(hasty, "Portineria", 3)
    for visit in visits:
        visit.is_in("REGISTERED")
    visits[0].write()
    hasty.stack.kill("intake")
    visits[1].write()
    hasty.stack.start("intake")
    hasty.stack.wait_for("intake", f"{hasty.stack.intake_url}/healthz")
    visits[2].write()
    hasty.travel(seconds=60)  # Meta waits ever longer before it sends again
    all_live(visits, 60.0)
    assert hasty.sim("webhooks")["retrying"] == []


def test_database_connections_are_cut_in_the_middle(hasty: World) -> None:
    visits = sign_up(hasty, "Cavo", 5)
    have_begun(visits)
    assert cut_connections(hasty) > 0
    assert all(visit.open().status == 200 for visit in visits), "the page comes back on a new connection"
    all_live(visits, 60.0)


def cut_connections(world: World) -> int:
    """End every connection of the product, as a failover or an administrator would."""
    home = world.stack.processes
    password = home.home.credentials()[SUPERUSER]
    with psycopg.connect(
        host=str(home.socket_dir), user=SUPERUSER, password=password, dbname=DATABASE, autocommit=True
    ) as admin:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY(%s)"
        return len(admin.execute(cut, [ROLES]).fetchall())


def test_everybody_ends_live_with_one_registration(hasty: World) -> None:
    """Also those whose worker died in the middle of their step."""
    assert len(EVERYBODY) == 23
    all_live(EVERYBODY, LEASE + 20.0)
    hasty.stack.check()
