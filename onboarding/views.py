"""The customer's page: each view makes one call and translates what comes back. The link's scope is open."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit

from csp.constants import NONCE
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from onboarding import dates, links, page, queries, renewal, signup
from onboarding.models import Onboarding
from onboarding.services import Refused
from portal.graph.secret import Secret
from tenants.models import Partner

View = Callable[..., HttpResponse]
BY = "customer"
# Browsers inside apps: Meta's login refuses to run in them, or they lose the window it opens.
IN_APP = re.compile(r"FBAN|FBAV|FB_IAB|Instagram|WhatsApp|LinkedInApp|Line/|GSA/|MicroMessenger|; wv\)")
META_HOSTS = "https://*.facebook.com"


def _meta_hosts() -> list[str]:
    """Where Meta's SDK is loaded from and talks to."""
    address = urlsplit(settings.EMBEDDED_SIGNUP_SDK_URL)
    return [f"{address.scheme}://{address.netloc}", META_HOSTS, *settings.EMBEDDED_SIGNUP_ORIGINS]


def _page(view: View) -> View:
    """Headers of a page of people: never kept, Meta's SDK and its windows allowed, nothing else."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        hosts = _meta_hosts()
        policy = {"script-src": hosts[:1], "connect-src": hosts, "frame-src": hosts, "style-src": [NONCE]}
        response = cast(HttpResponse, csp_update(policy)(view)(request, *args, **kwargs))
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
        return response

    return never_cache(wrapped)


@_page
@require_safe
def start(request: HttpRequest, token: str) -> HttpResponse:
    """The whole page."""
    signup.note_opened(link=_link(request), now=_now(request))
    return render(request, "onboarding/start.html", _journey(request, token))


@never_cache
@require_safe
def progress(request: HttpRequest, token: str) -> HttpResponse:
    """The part that changes; 204 while it has not changed, so that nothing moves under the reader."""
    context = _journey(request, token)
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "onboarding/progress.html", context)


@never_cache
@require_POST
def session(request: HttpRequest, token: str) -> HttpResponse:
    """Meta's window is about to open: answer the nonce with which its results come back."""
    _, nonce = signup.start_session(link=_link(request), now=_now(request))
    return JsonResponse({"nonce": nonce})


@never_cache
@require_POST
def code(request: HttpRequest, token: str) -> HttpResponse:
    """The code of FB.login."""
    secret = Secret(request.POST.get("code", ""))
    signup.receive_code(link=_link(request), nonce=_nonce(request), code=secret, now=_now(request))
    return HttpResponse(status=204)


@never_cache
@require_POST
def message(request: HttpRequest, token: str) -> HttpResponse:
    """A message of Meta's window, as it came."""
    raw = request.POST.get("message", "")
    signup.receive_message(link=_link(request), nonce=_nonce(request), raw=raw, now=_now(request))
    return HttpResponse(status=204)


@_page
@require_POST
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Mail a new link in place of one that has expired."""
    if request.unusable is None:  # type: ignore[attr-defined]
        return unknown(request)
    if not isinstance(request.unusable, signup.LinkExpired):  # type: ignore[attr-defined]
        return unusable(request)
    try:
        renewal.renew_link(link=_link(request), now=_now(request), by=BY)
    except signup.LinkRevoked as pressed_twice:
        request.unusable = pressed_twice  # type: ignore[attr-defined]
        return unusable(request)
    return render(request, "onboarding/link.html", _people(request) | {"problem": "sent"})


@_page
def unusable(request: HttpRequest) -> HttpResponse:
    """A link that was ours and opens nothing any more."""
    problem = request.unusable.code  # type: ignore[attr-defined]
    people = _people(request)
    expired_at = dates.in_words(_link(request).expires_at, zone=people["customer"].time_zone)
    context = people | {"problem": problem, "expired_at": expired_at, "token": _token(request)}
    return render(request, "onboarding/link.html", context, status=410)


@_page
def unknown(request: HttpRequest) -> HttpResponse:
    """A link that never was: the same answer for every one, whoever guesses."""
    context = {"problem": "unknown", "languages": settings.LANGUAGES}
    return render(request, "onboarding/link.html", context, status=404)


def refused(request: HttpRequest, reason: Refused) -> HttpResponse:
    """What a service refused, for the page's script; after a rollback, so without a query."""
    return JsonResponse({"code": reason.code, "message": str(reason.message)}, status=409)


def _link(request: HttpRequest) -> signup.LinkFound:
    link: signup.LinkFound = request.link  # type: ignore[attr-defined]
    return link


def _now(request: HttpRequest) -> datetime:
    moment: datetime = request.moment  # type: ignore[attr-defined]
    return moment


def _nonce(request: HttpRequest) -> str:
    return request.POST.get("nonce", "")


def _token(request: HttpRequest) -> str:
    return request.path_info.split("/")[2]


def _people(request: HttpRequest) -> dict[str, Any]:
    """Who invites and who is invited; on every page of a real link."""
    onboarding = Onboarding.objects.select_related("customer").get(pk=_link(request).onboarding_id)
    partner = Partner.objects.get(pk=_link(request).partner_id)
    return {
        "partner": partner,
        "customer": onboarding.customer,
        "address": _obscured(onboarding.customer.contact_email),
        "onboarding": onboarding,
        "languages": settings.LANGUAGES,
        "reference": str(onboarding.pk)[-8:].upper(),
    }


def _obscured(address: str) -> str:
    """An address that its owner recognises and nobody else learns."""
    name, _, host = address.partition("@")
    return f"{name[:1]}•••@{host}"


def _journey(request: HttpRequest, token: str) -> dict[str, Any]:
    """Everything the templates show, and the digest by which a page knows that nothing has changed."""
    onboarding = queries.desk_queue().get(pk=_link(request).onboarding_id)
    journey = queries.journey(onboarding, now=_now(request))
    customer = onboarding.customer
    context = _people(request) | {
        "token": token,
        "page": page.build(journey, now=_now(request), zone=customer.time_zone),
        "meta": _meta(onboarding),
        "console_url": settings.GRAPH_BASE_URL if settings.SANDBOX else "",
        "link_url": links.url(token),
        "is_in_app_browser": IN_APP.search(request.headers.get("User-Agent", "")) is not None,
    }
    body = render_to_string("onboarding/journey.html", context)
    seen = hashlib.sha256(body.encode()).hexdigest()[:16]
    return context | {"body": body, "seen": seen}


def _meta(onboarding: Onboarding) -> dict[str, str]:
    """The options of FB.init and FB.login; known data are offered for correction in Meta's window.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/pre-filled-data
    """
    customer = onboarding.customer
    business = {"id": onboarding.expected_business_id, "name": customer.name, "email": customer.contact_email}
    business["website"] = customer.website
    setup = {"business": {key: value for key, value in business.items() if value}}
    return {
        "sdk_url": settings.EMBEDDED_SIGNUP_SDK_URL,
        "app_id": onboarding.app.app_id,
        "config_id": onboarding.app.config_id,
        "version": settings.GRAPH_API_VERSION,
        "setup": json.dumps(setup),
        "origins": " ".join(settings.EMBEDDED_SIGNUP_ORIGINS),
    }
