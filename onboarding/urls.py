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
    path("<str:token>/days-off", views.days_off, name="days-off"),
    path("<str:token>/withdraw-day", views.withdraw_day, name="withdraw-day"),
    path("<str:token>/pin", views.pin, name="pin"),
    path("<str:token>/send-code", views.send_code, name="send-code"),
    path("<str:token>/enter-code", views.enter_code, name="enter-code"),
]
