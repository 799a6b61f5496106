from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OnboardingConfig(AppConfig):
    name = "onboarding"
    verbose_name = _("Onboarding")

    def ready(self) -> None:
        # INSTALLED_APPS names the floors from the ground up, so handlers register lowest floor first.
        import_module("onboarding.handlers")
        import_module("onboarding.tasks")
        import_module("onboarding.plans.moving.registered")
