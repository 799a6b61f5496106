"""Numbers that the partner verifies before a customer takes one, and the edges that hold them."""

from __future__ import annotations

import msgspec

from .answers import confirm, parse
from .client import Graph
from .secret import Secret
from .types import Created


class PreverifiedNumber(msgspec.Struct, frozen=True):
    """A number that waits for a customer; the list tells its status, the node its prefix."""

    id: str
    display_phone_number: str = ""
    verification_status: str = ""
    verification_expiry_time: int | None = None
    country_prefix: int | None = None


def preverified_numbers(graph: Graph, *, business_id: str) -> list[PreverifiedNumber]:
    """GET /{business_id}/preverified_numbers.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/pre-verified-numbers
    """
    ids = {"business_id": business_id}
    return graph.every("/{business_id}/preverified_numbers", PreverifiedNumber, ids=ids)


def add_phone_numbers(graph: Graph, *, business_id: str, phone_number: str) -> str:
    """POST /{business_id}/add_phone_numbers: add one, still to be verified, and return its id.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/pre-verified-numbers
    """
    ids, body = {"business_id": business_id}, {"phone_number": phone_number}
    return parse(graph.request("POST", "/{business_id}/add_phone_numbers", ids=ids, body=body), Created).id


def get(graph: Graph, *, preverified_number_id: str) -> PreverifiedNumber:
    """GET /{preverified_number_id}.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/pre-verified-numbers
    """
    ids = {"preverified_number_id": preverified_number_id}
    return parse(graph.request("GET", "/{preverified_number_id}", ids=ids), PreverifiedNumber)


def request_code(graph: Graph, *, preverified_number_id: str, code_method: str, language: str) -> None:
    """POST /{preverified_number_id}/request_code: have a code sent by SMS or VOICE, in a language.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/pre-verified-numbers
    """
    ids = {"preverified_number_id": preverified_number_id}
    body = {"code_method": code_method, "language": language}
    confirm(graph.request("POST", "/{preverified_number_id}/request_code", ids=ids, body=body))


def verify_code(graph: Graph, *, preverified_number_id: str, code: Secret) -> None:
    """POST /{preverified_number_id}/verify_code: from now on it can be offered for 90 days.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/pre-verified-numbers
    """
    ids = {"preverified_number_id": preverified_number_id}
    confirm(graph.request("POST", "/{preverified_number_id}/verify_code", ids=ids, body={"code": code}))


def delete(graph: Graph, *, preverified_number_id: str) -> None:
    """DELETE /{preverified_number_id}.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/pre-verified-numbers
    """
    ids = {"preverified_number_id": preverified_number_id}
    confirm(graph.request("DELETE", "/{preverified_number_id}", ids=ids))
