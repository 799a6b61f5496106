"""The edges of a business phone number that say how a business shows itself, and to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .answers import confirm, parse
from .client import Graph

FIELDS = ("about", "address", "description", "email", "profile_picture_url", "websites", "vertical")
_PRODUCT = {"messaging_product": "whatsapp"}


class BusinessProfile(msgspec.Struct, frozen=True):
    """What consumers see of a business."""

    about: str = ""
    address: str = ""
    description: str = ""
    email: str = ""
    profile_picture_url: str = ""
    websites: list[str] = []
    vertical: str = ""


class _Profiles(msgspec.Struct):
    data: list[BusinessProfile]


class Settings(msgspec.Struct, frozen=True):
    """How a number is set; each part is Meta's own object."""

    calling: dict[str, Any] = {}
    payload_encryption: dict[str, Any] = {}
    storage_configuration: dict[str, Any] = {}
    user_identity_change: dict[str, Any] = {}


class OfficialBusinessAccount(msgspec.Struct, frozen=True):
    """How far the application for the tick is."""

    id: str
    oba_status: str
    status_message: str = ""


class UserError(msgspec.Struct, frozen=True):
    """Why one user was left as it was."""

    code: int = 0
    message: str = ""


class User(msgspec.Struct, frozen=True):
    """A consumer as given and as Meta knows it."""

    wa_id: str = ""
    input: str = ""
    errors: list[UserError] = []


class BlockResult(msgspec.Struct, frozen=True):
    """What became of each user of one call."""

    added_users: list[User] = []
    removed_users: list[User] = []
    failed_users: list[User] = []


class _Blocked(msgspec.Struct):
    block_users: BlockResult


def whatsapp_business_profile(graph: Graph, *, phone_number_id: str) -> BusinessProfile:
    """GET /{phone_number_id}/whatsapp_business_profile.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-profiles
    """
    path, ids = "/{phone_number_id}/whatsapp_business_profile", {"phone_number_id": phone_number_id}
    profiles = parse(graph.request("GET", path, ids=ids, query={"fields": ",".join(FIELDS)}), _Profiles).data
    return profiles[0] if profiles else BusinessProfile()


def update_whatsapp_business_profile(
    graph: Graph,
    *,
    phone_number_id: str,
    about: str | None = None,
    address: str | None = None,
    description: str | None = None,
    email: str | None = None,
    profile_picture_handle: str | None = None,
    websites: Sequence[str] | None = None,
    vertical: str | None = None,
) -> None:
    """POST /{phone_number_id}/whatsapp_business_profile: change what is given, '' empties.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-profiles
    """
    texts = {"about": about, "address": address, "description": description, "email": email}
    texts |= {"profile_picture_handle": profile_picture_handle, "vertical": vertical}
    body: dict[str, Any] = {name: value for name, value in texts.items() if value is not None}
    if websites is not None:
        body["websites"] = list(websites)
    path, ids = "/{phone_number_id}/whatsapp_business_profile", {"phone_number_id": phone_number_id}
    confirm(graph.request("POST", path, ids=ids, body=_PRODUCT | body))


def settings(graph: Graph, *, phone_number_id: str) -> Settings:
    """GET /{phone_number_id}/settings.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/settings-api
    """
    ids = {"phone_number_id": phone_number_id}
    return parse(graph.request("GET", "/{phone_number_id}/settings", ids=ids), Settings)


def update_settings(graph: Graph, *, phone_number_id: str, settings: Mapping[str, Mapping[str, Any]]) -> None:
    """POST /{phone_number_id}/settings: change the given parts, such as calling.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/settings-api
    """
    ids = {"phone_number_id": phone_number_id}
    confirm(graph.request("POST", "/{phone_number_id}/settings", ids=ids, body=settings))


def official_business_account(graph: Graph, *, phone_number_id: str) -> OfficialBusinessAccount:
    """GET /{phone_number_id}/official_business_account.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/official-business-accounts
    """
    path, ids = "/{phone_number_id}/official_business_account", {"phone_number_id": phone_number_id}
    return parse(graph.request("GET", path, ids=ids), OfficialBusinessAccount)


def update_official_business_account(graph: Graph, *, phone_number_id: str, action: str) -> None:
    """POST /{phone_number_id}/official_business_account: SUBMIT_, RESUBMIT_ or WITHDRAW_APPLICATION.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/official-business-accounts
    """
    path, ids = "/{phone_number_id}/official_business_account", {"phone_number_id": phone_number_id}
    confirm(graph.request("POST", path, ids=ids, body={"action": action}))


def block_users(graph: Graph, *, phone_number_id: str) -> list[User]:
    """GET /{phone_number_id}/block_users: the consumers that can not write to the number.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/block-users
    """
    return graph.every("/{phone_number_id}/block_users", User, ids={"phone_number_id": phone_number_id})


def block(graph: Graph, *, phone_number_id: str, users: Sequence[str]) -> BlockResult:
    """POST /{phone_number_id}/block_users: only who wrote in the last 24 hours; the others have failed.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/block-users
    """
    return _block_users(graph, "POST", phone_number_id, users)


def unblock(graph: Graph, *, phone_number_id: str, users: Sequence[str]) -> BlockResult:
    """DELETE /{phone_number_id}/block_users: let them write again.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/block-users
    """
    return _block_users(graph, "DELETE", phone_number_id, users)


def _block_users(graph: Graph, method: str, phone_number_id: str, users: Sequence[str]) -> BlockResult:
    body = {**_PRODUCT, "block_users": [{"user": user} for user in users]}
    ids = {"phone_number_id": phone_number_id}
    answer = graph.request(method, "/{phone_number_id}/block_users", ids=ids, body=body)
    return parse(answer, _Blocked).block_users
