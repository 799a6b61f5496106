"""What the page needs to open Meta's signup window, and where that window lives."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from django.conf import settings

from onboarding.onepage import Shown
from tenants.models import Customer

META_HOSTS = "https://*.facebook.com"


def hosts() -> list[str]:
    """Where Meta's SDK is loaded from and talks to."""
    address = urlsplit(settings.EMBEDDED_SIGNUP_SDK_URL)
    return [f"{address.scheme}://{address.netloc}", META_HOSTS, *settings.EMBEDDED_SIGNUP_ORIGINS]


def options(shown: Shown, customer: Customer) -> dict[str, str]:
    """The options of FB.init and FB.login; known data are offered for correction in Meta's window.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/pre-filled-data
    https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/onboarding-business-app-users
    """
    known = {
        "id": shown.expected_business_id,
        "name": customer.name,
        "email": customer.contact_email,
        "website": customer.website,
    }
    setup = {"business": {key: value for key, value in known.items() if value}}
    extras: dict[str, object] = {"setup": setup}
    if shown.keeps_app:
        extras |= {"featureType": "whatsapp_business_app_onboarding", "sessionInfoVersion": "3"}
    return {
        "sdk_url": settings.EMBEDDED_SIGNUP_SDK_URL,
        "app_id": shown.app.app_id,
        "config_id": shown.app.config_id,
        "version": settings.GRAPH_API_VERSION,
        "extras": json.dumps(extras),
        "origins": " ".join(settings.EMBEDDED_SIGNUP_ORIGINS),
    }
