"""Do all due work in this process, without Redis and workers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from portal.kernel import clock, tasks


class Command(BaseCommand):
    help = "Do the work that is due now and end; for an outage of Redis or the workers."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{tasks.drain(now=clock.now())} rows worked on.")
