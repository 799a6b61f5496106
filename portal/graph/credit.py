"""Credit lines: what lets a Solution Partner pay for its customers. All of it wants a system user's token.

https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/share-and-revoke-credit-lines
"""

from __future__ import annotations

from .answers import confirm, parse
from .client import Graph
from .types import AllocationConfig, CreditAllocation, ExtendedCredit

_ALLOCATION_CONFIG = "/{allocation_config_id}"


def extended_credits(graph: Graph, *, business_id: str) -> list[ExtendedCredit]:
    """GET /{business_id}/extendedcredits: the credit lines of the partner's portfolio.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/share-and-revoke-credit-lines
    """
    query = {"fields": "id,legal_entity_name"}
    return graph.every(
        "/{business_id}/extendedcredits", ExtendedCredit, ids={"business_id": business_id}, query=query
    )


def share_and_attach(graph: Graph, *, credit_id: str, waba_id: str, waba_currency: str) -> CreditAllocation:
    """POST /{credit_id}/whatsapp_credit_sharing_and_attach: pay for a WABA, for good.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/share-and-revoke-credit-lines
    """
    path = "/{credit_id}/whatsapp_credit_sharing_and_attach"
    body = {"waba_id": waba_id, "waba_currency": waba_currency}
    return parse(graph.request("POST", path, ids={"credit_id": credit_id}, body=body), CreditAllocation)


def receiving_credential(graph: Graph, *, allocation_config_id: str) -> str | None:
    """GET /{allocation_config_id}: the id that is the WABA's primary_funding_id once the line is attached.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/share-and-revoke-credit-lines
    """
    credential = _config(graph, allocation_config_id, "receiving_credential").receiving_credential
    return credential.id if credential else None


def allocation_config(graph: Graph, *, allocation_config_id: str) -> AllocationConfig:
    """GET /{allocation_config_id}: whose it is, and by `request_status` DELETED whether it was revoked.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/share-and-revoke-credit-lines
    """
    return _config(graph, allocation_config_id, "receiving_business,request_status")


def allocation_configs(graph: Graph, *, credit_id: str, receiving_business_id: str) -> list[AllocationConfig]:
    """GET /{credit_id}/owning_credit_allocation_configs: what is shared with one customer.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/share-and-revoke-credit-lines
    """
    path = "/{credit_id}/owning_credit_allocation_configs"
    query = {"receiving_business_id": receiving_business_id, "fields": "id,receiving_business"}
    return graph.every(path, AllocationConfig, ids={"credit_id": credit_id}, query=query)


def revoke(graph: Graph, *, allocation_config_id: str) -> None:
    """DELETE /{allocation_config_id}: stop paying for all WABAs of that customer.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/share-and-revoke-credit-lines
    """
    confirm(graph.request("DELETE", _ALLOCATION_CONFIG, ids={"allocation_config_id": allocation_config_id}))


def _config(graph: Graph, allocation_config_id: str, fields: str) -> AllocationConfig:
    ids = {"allocation_config_id": allocation_config_id}
    return parse(
        graph.request("GET", _ALLOCATION_CONFIG, ids=ids, query={"fields": fields}), AllocationConfig
    )
