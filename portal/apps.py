from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        # Doorbells are sent through the configured Celery app by web, workers and commands alike.
        from portal import celery  # noqa: F401
