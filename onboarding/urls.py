"""/start/: the customer's page."""

from __future__ import annotations

from django.urls import path

from onboarding import views

app_name = "onboarding"
urlpatterns = [
    path("<str:token>", views.start, name="start"),
    path("<str:token>/progress", views.progress, name="progress"),
    path("<str:token>/session", views.session, name="session"),
    path("<str:token>/code", views.code, name="code"),
    path("<str:token>/message", views.message, name="message"),
    path("<str:token>/renew", views.renew, name="renew"),
]
