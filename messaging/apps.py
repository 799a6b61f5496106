from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Messages")

    def ready(self) -> None:
        # INSTALLED_APPS names the floors from the ground up, so handlers register lowest floor first.
        import_module("messaging.handlers")
        import_module("messaging.tasks")
