"""The WhatsApp Business Account node and its edges."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .answers import confirm, parse
from .client import Graph
from .phone_number import FIELDS as PHONE_NUMBER_FIELDS
from .secret import Secret
from .types import AssignedUser, Created, PhoneNumberNode, SubscribedApp, WabaNode

FIELDS = (
    "id",
    "name",
    "currency",
    "timezone_id",
    "message_template_namespace",
    "account_review_status",
    "owner_business_info",
    "primary_funding_id",
)


class Activity(msgspec.Struct, frozen=True):
    """One thing that happened to a WABA."""

    id: str
    activity_type: str = ""
    timestamp: str = ""
    actor_type: str = ""
    actor_id: str = ""
    actor_name: str = ""
    description: str = ""


def get(graph: Graph, *, waba_id: str, fields: Sequence[str] = FIELDS) -> WabaNode:
    """GET /{waba_id}.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/manage-accounts
    """
    query = {"fields": ",".join(fields)}
    return parse(graph.request("GET", "/{waba_id}", ids={"waba_id": waba_id}, query=query), WabaNode)


def update(graph: Graph, *, waba_id: str, name: str | None = None, timezone_id: str | None = None) -> None:
    """POST /{waba_id}: another name or time zone.

    https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account
    """
    given = {"name": name, "timezone_id": timezone_id}
    body = {field: value for field, value in given.items() if value is not None}
    confirm(graph.request("POST", "/{waba_id}", ids={"waba_id": waba_id}, body=body))


def activities(graph: Graph, *, waba_id: str) -> list[Activity]:
    """GET /{waba_id}/activities: what happened to it, newest first.

    https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account
    """
    return graph.every("/{waba_id}/activities", Activity, ids={"waba_id": waba_id})


def subscribed_apps(graph: Graph, *, waba_id: str) -> list[SubscribedApp]:
    """GET /{waba_id}/subscribed_apps: the apps that receive its webhooks.

    https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/subscribed_apps
    """
    return graph.every("/{waba_id}/subscribed_apps", SubscribedApp, ids={"waba_id": waba_id})


def subscribe_app(
    graph: Graph,
    *,
    waba_id: str,
    override_callback_uri: str | None = None,
    verify_token: Secret | None = None,
) -> None:
    """POST /{waba_id}/subscribed_apps: receive its webhooks; without arguments an override is removed.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override
    """
    given = {"override_callback_uri": override_callback_uri, "verify_token": verify_token}
    body = {name: value for name, value in given.items() if value}
    confirm(graph.request("POST", "/{waba_id}/subscribed_apps", ids={"waba_id": waba_id}, body=body or None))


def unsubscribe_app(graph: Graph, *, waba_id: str) -> None:
    """DELETE /{waba_id}/subscribed_apps.

    https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/subscribed_apps
    """
    confirm(graph.request("DELETE", "/{waba_id}/subscribed_apps", ids={"waba_id": waba_id}))


def assigned_users(graph: Graph, *, waba_id: str, business_id: str) -> list[AssignedUser]:
    """GET /{waba_id}/assigned_users: the system users of a portfolio that have access.

    https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/assigned_users
    """
    query = {"business": business_id}
    return graph.every("/{waba_id}/assigned_users", AssignedUser, ids={"waba_id": waba_id}, query=query)


def assign_user(graph: Graph, *, waba_id: str, user_id: str, tasks: Sequence[str]) -> None:
    """POST /{waba_id}/assigned_users: set what a system user may do; wants the ADMIN system user's token.

    https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/assigned_users
    """
    body = {"user": user_id, "tasks": list(tasks)}
    confirm(graph.request("POST", "/{waba_id}/assigned_users", ids={"waba_id": waba_id}, body=body))


def remove_user(graph: Graph, *, waba_id: str, user_id: str) -> None:
    """DELETE /{waba_id}/assigned_users: take all tasks from a system user.

    https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/assigned_users
    """
    path, ids = "/{waba_id}/assigned_users", {"waba_id": waba_id}
    confirm(graph.request("DELETE", path, ids=ids, body={"user": user_id}))


def phone_numbers(
    graph: Graph, *, waba_id: str, fields: Sequence[str] = PHONE_NUMBER_FIELDS
) -> list[PhoneNumberNode]:
    """GET /{waba_id}/phone_numbers: all of them, newest onboarded first.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/manage-phone-numbers
    """
    query = {"fields": ",".join(fields)}
    return graph.every("/{waba_id}/phone_numbers", PhoneNumberNode, ids={"waba_id": waba_id}, query=query)


def create_phone_number(graph: Graph, *, waba_id: str, cc: str, phone_number: str, verified_name: str) -> str:
    """POST /{waba_id}/phone_numbers: add a number, still to be verified, and return its phone_number_id.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/registering-phone-numbers
    """
    body = {"cc": cc, "phone_number": phone_number, "verified_name": verified_name}
    return parse(
        graph.request("POST", "/{waba_id}/phone_numbers", ids={"waba_id": waba_id}, body=body), Created
    ).id


def migrate_phone_number(graph: Graph, *, waba_id: str, cc: str, phone_number: str) -> str:
    """POST /{waba_id}/phone_numbers: begin to move a number here from another WABA; returns its new id.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/support/migrating-phone-numbers-among-solution-partners-programmatically
    """
    body = {"cc": cc, "phone_number": phone_number, "migrate_phone_number": True}
    return parse(
        graph.request("POST", "/{waba_id}/phone_numbers", ids={"waba_id": waba_id}, body=body), Created
    ).id
