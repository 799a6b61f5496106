"""From `Authorization: Bearer wpk_...` to a principal, and from a principal's scopes to a yes or no."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.kernel import clock
from portal.kernel.api import Problem
from tenants.keys import KeyRefused, Principal, check_key

REMEMBERED = "_api_principal"


def find_principal(request: HttpRequest) -> Principal | None:
    """Return who calls; None without a key or with one that opens nothing."""
    found = _identify(request)
    return found if isinstance(found, Principal) else None


def _identify(request: HttpRequest) -> Principal | KeyRefused | None:
    """Check the key once for each request: a second look could meet another answer."""
    if not hasattr(request, REMEMBERED):
        setattr(request, REMEMBERED, _checked(request.headers.get("Authorization", "")))
    return cast("Principal | KeyRefused | None", getattr(request, REMEMBERED))


def _checked(header: str) -> Principal | KeyRefused | None:
    kind, _space, clear = header.partition(" ")
    if kind.lower() != "bearer":
        return None
    try:
        return check_key(clear=clear.strip(), now=clock.now())
    except KeyRefused as refused:
        return refused


class ApiKeyAuthentication(BaseAuthentication):
    """DRF's view of `find_principal`: a bad key is 401, and a missing one is left to the permission."""

    def authenticate(self, request: Request) -> tuple[Principal, None] | None:
        found = _identify(request._request)
        if isinstance(found, KeyRefused):
            raise exceptions.AuthenticationFailed(str(found.message), found.code)
        return (found, None) if found is not None else None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """The key must have the scope that the view's `scopes` names for the action."""

    def has_permission(self, request: Request, view: Any) -> bool:
        principal = cast("Principal | None", request.user)
        if principal is None:
            message = _("Send an API key: Authorization: Bearer wpk_...")
            raise exceptions.NotAuthenticated(message, "key_missing")
        if view.action is None or request.method == "OPTIONS":  # no such method: DRF answers 405 next
            return True
        wanted = view.scopes[view.action]
        if wanted is not None and wanted not in principal.scopes:
            refusal = _("This key does not have the scope %(scope)s.") % {"scope": wanted}
            raise Problem(403, "scope_missing", refusal)
        return True
