"""Who is at the desk, and what their role includes."""

from __future__ import annotations

from django.http import HttpRequest

ROLES = ("VIEWER", "OPERATOR", "ENGINEER", "ADMIN")


def allows(request: HttpRequest, role: str) -> bool:
    """Whether the person's role in the present partner includes `role`."""
    membership = getattr(request, "membership", None)
    return bool(role) and membership is not None and ROLES.index(membership.role) >= ROLES.index(role)


def actor(request: HttpRequest) -> str:
    """Who a service is told did it."""
    return str(request.user.get_username())
