"""The customer's page: each view makes one call and translates what comes back. The link's scope is open."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from csp.constants import NONCE
from csp.decorators import csp_update
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from onboarding import dates, links, onepage, popup, renewal, signup
from onboarding.models import Onboarding
from onboarding.plans.customer import acts as customer_acts
from onboarding.services import Refused
from portal.graph.secret import Secret
from tenants.models import Customer, Partner

View = Callable[..., HttpResponse]
BY = "customer"
# Browsers inside apps: Meta's login refuses to run in them, or they lose the window it opens.
IN_APP = re.compile(r"FBAN|FBAV|FB_IAB|Instagram|WhatsApp|LinkedInApp|Line/|GSA/|MicroMessenger|; wv\)")


def _page(view: View) -> View:
    """Headers of a page of people: never kept, Meta's SDK and its windows allowed, nothing else."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        hosts = popup.hosts()
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


def _form(act: Callable[[HttpRequest], None]) -> View:
    """A form of the page: back to the page when it is done, the page with the reason when it is refused."""

    @_page
    @require_POST
    @wraps(act)
    def posted(request: HttpRequest, token: str) -> HttpResponse:
        try:
            with transaction.atomic():
                act(request)
        except Refused as reason:
            context = _journey(request, token, refusal=reason)
            return render(request, "onboarding/start.html", context, status=409)
        return HttpResponseRedirect(reverse("onboarding:start", args=[token]))

    return posted


@_form
def days_off(request: HttpRequest) -> None:
    """The customer says on which days it does not want to move."""
    local = _now(request).astimezone(ZoneInfo(_customer(request).time_zone))
    customer_acts.ask_days_off(
        link=_link(request),
        first=request.POST.get("first", ""),
        last=request.POST.get("last", ""),
        reason=request.POST.get("reason", ""),
        today=local.date(),
        now=_now(request),
    )


@_form
def withdraw_day(request: HttpRequest) -> None:
    """The customer takes such a day back."""
    customer_acts.withdraw_day(link=_link(request), wish_id=_id(request, "wish"), now=_now(request))


@_form
def pin(request: HttpRequest) -> None:
    """The PIN of the number that the page asks for."""
    secret = Secret(request.POST.get("pin", "").strip())
    number = _id(request, "onboarding")
    customer_acts.give_pin(link=_link(request), onboarding_id=number, pin=secret, now=_now(request))


@_form
def send_code(request: HttpRequest) -> None:
    """Have Meta send a code to the number."""
    customer_acts.send_code(
        link=_link(request),
        onboarding_id=_id(request, "onboarding"),
        method=request.POST.get("method", ""),
        language=request.LANGUAGE_CODE,
        now=_now(request),
    )


@_form
def enter_code(request: HttpRequest) -> None:
    """The code that came."""
    secret = Secret(request.POST.get("digits", ""))
    number = _id(request, "onboarding")
    customer_acts.enter_code(link=_link(request), onboarding_id=number, code=secret, now=_now(request))


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


def _id(request: HttpRequest, name: str) -> UUID:
    """The id of a row that a form names; one that is none names nothing."""
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        raise customer_acts.NotOnThisPage from None


def _customer(request: HttpRequest) -> Customer:
    return Customer.objects.get(pk=_link(request).customer_id)


def _people(request: HttpRequest) -> dict[str, Any]:
    """Who invites and who is invited; on every page of a real link."""
    link, customer = _link(request), _customer(request)
    return {
        "partner": Partner.objects.get(pk=link.partner_id),
        "customer": customer,
        "address": _obscured(customer.contact_email),
        "onboarding": Onboarding.objects.get(pk=link.onboarding_id) if link.onboarding_id else None,
        "languages": settings.LANGUAGES,
        "reference": str(link.plan_id or link.onboarding_id)[-8:].upper(),
    }


def _obscured(address: str) -> str:
    """An address that its owner recognises and nobody else learns."""
    name, _at, host = address.partition("@")
    return f"{name[:1]}•••@{host}"


def _journey(request: HttpRequest, token: str, refusal: Refused | None = None) -> dict[str, Any]:
    """Everything the templates show, and the digest by which a page knows that nothing has changed."""
    people, link = _people(request), _link(request)
    shown = onepage.read(link, now=_now(request), zone=people["customer"].time_zone)
    context = people | {
        "token": token,
        "page": shown.journey,
        "plan": shown.plan,
        "shown": shown,
        "refusal": refusal,
        "typed": request.POST,
        "tomorrow": _now(request).date() + timedelta(days=1),
        "meta": popup.options(shown, people["customer"]),
        "console_url": settings.GRAPH_BASE_URL if settings.SANDBOX else "",
        "link_url": links.url(token),
        "is_in_app_browser": IN_APP.search(request.headers.get("User-Agent", "")) is not None,
    }
    body = render_to_string("onboarding/journey.html", context)
    seen = hashlib.sha256(body.encode()).hexdigest()[:16]
    return context | {"body": body, "seen": seen}
