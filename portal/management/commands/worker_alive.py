"""For a container's liveness probe: has this worker's consuming loop turned lately?"""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal.kernel import tasks


class Command(BaseCommand):
    help = "Exit 1 if the worker has been silent for too long; it should then be restarted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the worker's node name, such as worker@host")
        parser.add_argument("--within", type=float, default=30.0, help="seconds (30)")

    def handle(self, *args: Any, **options: Any) -> None:
        silent = tasks.silent_for(options["name"])
        if silent is None or silent > timedelta(seconds=options["within"]):
            self.stderr.write(f"{options['name']} has not been heard of for {silent or 'ever'}")
            sys.exit(1)
        self.stdout.write(f"{options['name']} was heard of {silent.total_seconds():.0f} s ago")
