from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        # Doorbells are sent through the configured Celery app by web, workers and commands alike.
        import_module("portal.celery")
