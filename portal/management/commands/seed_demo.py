"""Make the demo's partner, once, and its migration plans if asked; print as JSON what a newcomer needs."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from onboarding.models import Path, WaveSchedule
from onboarding.plans.waves.solving import solve_schedule
from portal import demo, demo_plans
from portal.demo_moves import PLANS, Wanted
from portal.demo_plans import NumberFacts
from portal.kernel import clock, tasks, work
from portal.kernel.scope import scope

PARTNER = {"partner_name": "Nuvola Connect", "terms_accepted": True}
# Who serves the customers that come to us with their numbers or accounts.
OTHER_PARTNER = {"partner_name": "Altra Rete", "terms_accepted": True}
OLD_PIN = "123456"
SOLVED_WITHIN = 60.0


class Command(BaseCommand):
    help = "Seed one partner with staff, Meta app, system users and customers (sandbox only)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--plans", action="store_true", help="migration plans and schedules too")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("seed_demo makes up a partner: set SANDBOX=true to allow it")
        with scope(demo.PARTNER_ID):
            is_there = demo.partner_exists()
        if is_there:
            self.stdout.write("{}")
        else:
            facts = demo.facts_from(_ask("provision", PARTNER))
            with scope(demo.PARTNER_ID):
                seeded = demo.seed(facts=facts, now=clock.now())
            self.stdout.write(json.dumps(asdict(seeded)))
        if options["plans"]:
            _seed_plans()


def _seed_plans() -> None:
    with scope(demo.PARTNER_ID):
        if demo_plans.plans_exist():
            return
    known = {facts.number: facts for wanted in PLANS for facts in _numbers(wanted)}
    with scope(demo.PARTNER_ID):
        schedule = demo_plans.seed_plans(known=known, now=clock.now())
    _wait_for(schedule)
    with scope(demo.PARTNER_ID):
        tried = demo_plans.apply_and_try(schedule=schedule, now=clock.now())
    _wait_for(tried)


def _wait_for(schedule: WaveSchedule) -> None:
    """Have the planner answer, here or in a worker that was quicker."""
    deadline = time.monotonic() + SOLVED_WITHIN
    while True:
        tasks.run_claimed(work.claim(WaveSchedule, now=clock.now(), ids=[schedule.pk]), solve_schedule)
        with scope(demo.PARTNER_ID):
            if demo_plans.is_solved(schedule):
                return
        if time.monotonic() > deadline:
            raise CommandError("the planner found no schedule for the demo's plans")
        time.sleep(0.1)


def _numbers(wanted: Wanted) -> Iterator[NumberFacts]:
    """The customer's numbers at Meta as they are before the move; new customers have none."""
    if wanted.path == Path.ONPREM_TO_CLOUD:
        partner = _ask("provision", PARTNER)
    elif wanted.path in (Path.NUMBER_WABA_TO_WABA, Path.WABA_PARTNER_SWITCH):
        partner = _ask("provision", OTHER_PARTNER)
    else:
        return
    chosen: dict[str, Any] = {"business": {"name": wanted.name}, "waba": {"name": wanted.name}}
    for number in wanted.numbers:
        phone = {"number": number, "display_name": wanted.name}
        ids = {"app_id": partner["app_id"], "config_id": partner["config_id"]}
        made = _ask("signup", {**ids, **chosen, "phone": phone})
        chosen = {"business": {"id": made["business_id"]}, "waba": {"id": made["waba_id"]}}
        yield _brought(wanted, number, made)


def _brought(wanted: Wanted, number: str, made: dict[str, Any]) -> NumberFacts:
    """Bring a number into the state in which its move finds it."""
    phone_number_id, client_url = made["phone_number_id"], ""
    change: dict[str, Any] = {"phone_number_id": phone_number_id, "name_decision": "APPROVED"}
    if wanted.path == Path.ONPREM_TO_CLOUD:
        change |= {"platform_type": "ON_PREMISE", "pin": None}
        client_url = f"{settings.GRAPH_BASE_URL}/onprem/{phone_number_id}"
    else:
        change |= {"platform_type": "CLOUD_API", "status": "CONNECTED"}
        change |= {"pin": None if wanted.answers.get("two_step_off") else OLD_PIN}
    _ask("number", change)
    return NumberFacts(number, made["business_id"], made["waba_id"], phone_number_id, client_url)


def _ask(what: str, body: dict[str, Any]) -> dict[str, Any]:
    """Have something decided in the sandbox's Meta."""
    meta = urlsplit(settings.GRAPH_BASE_URL)
    connection = HTTPConnection(meta.hostname or "", meta.port, timeout=10)
    try:
        connection.request("POST", f"/_sim/{what}", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        made: dict[str, Any] = json.loads(answer.read())
        if answer.status != 200:
            raise CommandError(f"the sandbox's Meta refused {what}: {made}")
    finally:
        connection.close()
    return made
