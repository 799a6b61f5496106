"""/start/: the customer's page."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "onboarding"
urlpatterns: list[URLPattern] = []
