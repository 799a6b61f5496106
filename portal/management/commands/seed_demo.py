"""Make the demo's partner, once; print as JSON what a newcomer needs to get in."""

from __future__ import annotations

import json
from dataclasses import asdict
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import demo
from portal.kernel import clock
from portal.kernel.scope import scope

WANTED = {"partner_name": "Nuvola Connect", "terms_accepted": True}


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
    meta = urlsplit(settings.GRAPH_BASE_URL)
    connection = HTTPConnection(meta.hostname or "", meta.port, timeout=10)
    try:
        connection.request(
            "POST", "/_sim/provision", json.dumps(WANTED), {"Content-Type": "application/json"}
        )
        made: dict[str, Any] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return made
