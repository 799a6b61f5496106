from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class KernelConfig(AppConfig):
    name = "portal.kernel"
    label = "kernel"
    verbose_name = _("Installation")
    default = True


class DeskConfig(admin_apps.AdminConfig):
    """Django's admin with the desk as its site."""

    default_site = "portal.kernel.admin.DeskSite"
    default = False
