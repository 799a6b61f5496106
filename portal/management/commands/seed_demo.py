"""Make the demo's partner, once; print as JSON what a newcomer needs to get in."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import demo
from portal.kernel import clock
from portal.kernel.scope import scope


class Command(BaseCommand):
    help = "Seed one partner with staff, Meta app, system users and three customers (sandbox only)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("seed_demo makes up a partner: set SANDBOX=true to allow it")
        with scope(demo.PARTNER_ID):
            if demo.partner_exists():
                self.stdout.write("{}")
                return
        facts = demo.facts_from(_provision())
        with scope(demo.PARTNER_ID):
            seeded = demo.seed(facts=facts, now=clock.now())
        self.stdout.write(json.dumps(asdict(seeded)))


def _provision() -> dict[str, Any]:
    """Ask the sandbox's Meta for a partner portfolio with an app and system users."""
    request = urllib.request.Request(
        f"{settings.GRAPH_BASE_URL}/_sim/provision",
        data=json.dumps({"partner_name": "Nuvola Connect", "terms_accepted": True}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # settings give http(s) only
        made: dict[str, Any] = json.loads(answer.read())
    return made
