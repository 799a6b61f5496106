"""/api: which door of which floor answers where, and the document that says so."""

from __future__ import annotations

from django.urls import path

from portal import views

urlpatterns = [
    path("<path:rest>", views.unknown_api_route, name="api-unknown"),
]
