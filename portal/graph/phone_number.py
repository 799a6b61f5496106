"""The business phone number node and its edges, but for messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .answers import confirm, parse
from .client import Graph
from .secret import Secret
from .types import PhoneNumberNode, SyncRequest

FIELDS = (
    "id",
    "display_phone_number",
    "verified_name",
    "quality_rating",
    "code_verification_status",
    "platform_type",
    "status",
    "throughput",
    "account_mode",
    "name_status",
    "new_name_status",
    "is_pin_enabled",
    "is_official_business_account",
    "is_on_biz_app",
    "is_preverified_number",
    "last_onboarded_time",
    "whatsapp_business_manager_messaging_limit",
    "webhook_configuration",
)


def get(graph: Graph, *, phone_number_id: str, fields: Sequence[str] = FIELDS) -> PhoneNumberNode:
    """GET /{phone_number_id}.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers
    """
    query = {"fields": ",".join(fields)}
    answer = graph.request("GET", "/{phone_number_id}", ids={"phone_number_id": phone_number_id}, query=query)
    return parse(answer, PhoneNumberNode)


def request_code(graph: Graph, *, phone_number_id: str, code_method: str, language: str) -> None:
    """POST /{phone_number_id}/request_code: have a code sent by SMS or VOICE, in a language (it_IT).

    https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account-to-number-current-status/request_code
    """
    _post(
        graph, "/{phone_number_id}/request_code", phone_number_id, code_method=code_method, language=language
    )


def verify_code(graph: Graph, *, phone_number_id: str, code: Secret) -> None:
    """POST /{phone_number_id}/verify_code: prove that the number is ours by the six digits it received.

    https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account-to-number-current-status/verify_code
    """
    _post(graph, "/{phone_number_id}/verify_code", phone_number_id, code=code)


def register(
    graph: Graph,
    *,
    phone_number_id: str,
    pin: Secret,
    data_localization_region: str | None = None,
    backup: Mapping[str, Secret] | None = None,
) -> None:
    """POST /{phone_number_id}/register: bring the number onto the Cloud API; 10 calls in 72 hours.

    `backup` has the keys data and password, and comes from the On-Premises API.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/registration
    """
    optional = {"data_localization_region": data_localization_region, "backup": backup}
    given = {name: value for name, value in optional.items() if value}
    _post(
        graph, "/{phone_number_id}/register", phone_number_id, messaging_product="whatsapp", pin=pin, **given
    )


def deregister(graph: Graph, *, phone_number_id: str) -> None:
    """POST /{phone_number_id}/deregister: take the number off the Cloud API; counts like register.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/registration
    """
    _post(graph, "/{phone_number_id}/deregister", phone_number_id)


def set_two_step_pin(graph: Graph, *, phone_number_id: str, pin: Secret) -> None:
    """POST /{phone_number_id}: change the PIN, for which the old one is not needed.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/two-step-verification
    """
    _post(graph, "/{phone_number_id}", phone_number_id, pin=pin)


def synchronize(graph: Graph, *, phone_number_id: str, sync_type: str) -> str:
    """POST /{phone_number_id}/smb_app_data: have the WhatsApp Business app's contacts (smb_app_state_sync) or
    chats (history) sent to our webhook; each once, within 24 hours of the signup. Returns the request's id.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/onboarding-business-app-users
    """
    body = {"messaging_product": "whatsapp", "sync_type": sync_type}
    ids = {"phone_number_id": phone_number_id}
    answer = graph.request("POST", "/{phone_number_id}/smb_app_data", ids=ids, body=body)
    return parse(answer, SyncRequest).request_id


def _post(graph: Graph, path: str, phone_number_id: str, **body: Any) -> None:
    confirm(graph.request("POST", path, ids={"phone_number_id": phone_number_id}, body=body or None))
