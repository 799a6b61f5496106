from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    name = "webhooks"
    verbose_name = _("Webhooks")

    def ready(self) -> None:
        # INSTALLED_APPS names the floors from the ground up, so handlers register lowest floor first.
        import_module("webhooks.handlers")
        import_module("webhooks.tasks")
