"""The edge of the customer's page: each request runs in its customer's scope and language."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation

from onboarding import views
from onboarding.services import Refused
from onboarding.signup import LinkFound, LinkUnknown, LinkUnusable, find_link
from portal.kernel.clock import now
from portal.kernel.scope import scope
from tenants.models import Customer

START = re.compile(r"/start/(?P<token>[^/]+)(/|$)")
LANGUAGE_COOKIE = "start_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600


class LinkMiddleware:
    """Finds the link of a /start/ address and enters its scope; what raised or failed is rolled back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = START.match(request.path_info)
        if found is None:
            return self.get_response(request)
        if request.GET.get("lang") in dict(settings.LANGUAGES):
            return _remember_language(request)
        request.moment = now()  # type: ignore[attr-defined]
        request.unusable = None  # type: ignore[attr-defined]
        try:
            link = find_link(found["token"], request.moment)  # type: ignore[attr-defined]
        except LinkUnknown:
            with translation.override(_chosen(request) or translation.get_language()):
                return _spoken(request, lambda: views.unknown(request))
        except LinkUnusable as unusable:
            request.unusable = unusable  # type: ignore[attr-defined]
            link = unusable.link
        request.link = link  # type: ignore[attr-defined]
        with scope(link.partner_id, link.customer_id), translation.override(_language(request, link)):
            return _spoken(request, lambda: self.get_response(request))

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """A link that opens nothing any more shows why, unless a new one is asked for."""
        if getattr(request, "unusable", None) is None or view is views.renew:
            return None
        return views.unusable(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Translate what a service refused; nothing of a refused or failed request stays."""
        if not hasattr(request, "link"):
            return None
        transaction.set_rollback(True)
        return views.refused(request, exception) if isinstance(exception, Refused) else None


def _spoken(request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
    language = translation.get_language()
    request.LANGUAGE_CODE = language
    response = answer()
    if response.status_code >= 500 and transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    response.headers["Content-Language"] = language
    return response


def _chosen(request: HttpRequest) -> str:
    wanted = request.COOKIES.get(LANGUAGE_COOKIE, "")
    return wanted if wanted in dict(settings.LANGUAGES) else ""


def _language(request: HttpRequest, link: LinkFound) -> str:
    """The language that was chosen on the page, else the customer's."""
    return _chosen(request) or Customer.objects.get(pk=link.customer_id).language


def _remember_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie of these pages only: the desk of the same person may speak another."""
    response = HttpResponseRedirect(request.path)
    response.set_cookie(
        LANGUAGE_COOKIE,
        request.GET["lang"],
        max_age=LANGUAGE_COOKIE_AGE,
        path="/start/",
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response
