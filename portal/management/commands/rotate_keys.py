"""Wrap every tenant's key with the newest key of SECRET_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from portal.kernel.secrets import rewrap_tenant_keys


class Command(BaseCommand):
    help = (
        "Put a new key first in SECRET_KEYS and restart; run this while everything runs; then take the old "
        "key out and restart. It may be stopped and run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rewrapped, current = rewrap_tenant_keys()
        self.stdout.write(f"{rewrapped} tenant keys wrapped anew, {current} were current.")
