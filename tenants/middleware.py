"""The edge of the desk and of the API: each request of a known actor runs in its partner's scope.

The scope is one transaction around the view. It is rolled back when the view raised, whatever the answer
became, so that a page never shows a refusal while half of its writes stay.
"""

from __future__ import annotations

import time
import uuid
import zoneinfo
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import cast

from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation

from portal.kernel.rls import find_tenant
from portal.kernel.scope import scope
from tenants.authentication import find_principal
from tenants.models import Membership, Partner

Next = Callable[[HttpRequest], HttpResponse]

CHOSEN = "partner_id"
SEEN = "seen_at"
IDLE_SECONDS = 30 * 60
SEEN_EVERY = 60
# Pages of the desk that belong to a person and to no partner.
UNSCOPED = ("login", "logout", "choose_partner", "language")


class ScopeMiddleware:
    """Enters the scope for /admin/ by the person's membership and for /api/ by the key."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/admin/"):
            return self._desk(request)
        if request.path.startswith("/api/"):
            return self._api(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """A view that raised leaves nothing behind, even where the answer is a 403 or 404."""
        if transaction.get_connection().in_atomic_block:
            transaction.set_rollback(True)

    def _api(self, request: HttpRequest) -> HttpResponse:
        principal = find_principal(request)
        if principal is None:
            return self.get_response(request)
        return self._inside(request, scope(principal.partner_id))

    def _desk(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        if _idle(request):
            logout(request)
            return redirect(f"{reverse('admin:login')}?next={request.path}")
        if request.user.language:
            # Until the next request's LocaleMiddleware: messages are put into words after this one returns.
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self._desk_of(request)

    def _desk_of(self, request: HttpRequest) -> HttpResponse:
        if request.path in {reverse(f"admin:{name}") for name in UNSCOPED}:
            return self.get_response(request)
        found = dict(find_tenant(Membership, user_id=cast(uuid.UUID, request.user.pk)))
        if not found:
            return _no_membership(request)
        membership_id = _chosen(request, found)
        if membership_id is None:
            return redirect("admin:choose_partner")
        return self._with_membership(request, membership_id, found[membership_id])

    def _with_membership(
        self, request: HttpRequest, membership_id: uuid.UUID, partner_id: uuid.UUID
    ) -> HttpResponse:
        with scope(partner_id):
            membership = Membership.objects.select_related("user").filter(pk=membership_id).first()
            if membership is None:  # taken away between the two looks
                return _no_membership(request)
            request.membership = membership  # type: ignore[attr-defined]
            request.partner = Partner.objects.get(pk=partner_id)  # type: ignore[attr-defined]
            zone = zoneinfo.ZoneInfo(request.partner.time_zone)  # type: ignore[attr-defined]
            with timezone.override(zone):
                return self._inside(request, nullcontext())

    def _inside(self, request: HttpRequest, entered: AbstractContextManager[object]) -> HttpResponse:
        with entered:
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response


def _idle(request: HttpRequest) -> bool:
    """Whether the session was left alone too long. A sandbox's clock has no say."""
    present = int(time.time())
    seen = request.session.get(SEEN, present)
    if present - seen > IDLE_SECONDS:
        return True
    if SEEN not in request.session or present - seen >= SEEN_EVERY:
        request.session[SEEN] = present
    return False


def _chosen(request: HttpRequest, found: dict[uuid.UUID, uuid.UUID]) -> uuid.UUID | None:
    """The membership of the partner the person works for now; None if they must choose."""
    if len(found) == 1:
        return next(iter(found))
    wanted = request.session.get(CHOSEN)
    return next((member for member, partner in found.items() if str(partner) == wanted), None)


def _no_membership(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "desk/no_membership.html", status=403).render()
