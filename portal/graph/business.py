"""The business portfolio node."""

from __future__ import annotations

from .answers import parse
from .client import Graph
from .types import NamedNode, SystemUser, WabaNode

_WABA_FIELDS = {"fields": "id,name,currency,timezone_id,message_template_namespace"}


def get(graph: Graph, *, business_id: str) -> NamedNode:
    """GET /{business_id}.

    https://developers.facebook.com/docs/graph-api/reference/business
    """
    ids, query = {"business_id": business_id}, {"fields": "id,name"}
    return parse(graph.request("GET", "/{business_id}", ids=ids, query=query), NamedNode)


def owned_whatsapp_business_accounts(graph: Graph, *, business_id: str) -> list[WabaNode]:
    """GET /{business_id}/owned_whatsapp_business_accounts: the WABAs of the portfolio itself.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/manage-accounts
    """
    path = "/{business_id}/owned_whatsapp_business_accounts"
    return graph.every(path, WabaNode, ids={"business_id": business_id}, query=_WABA_FIELDS)


def client_whatsapp_business_accounts(graph: Graph, *, business_id: str) -> list[WabaNode]:
    """GET /{business_id}/client_whatsapp_business_accounts: the WABAs that customers shared with it.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/manage-accounts
    """
    path = "/{business_id}/client_whatsapp_business_accounts"
    return graph.every(path, WabaNode, ids={"business_id": business_id}, query=_WABA_FIELDS)


def system_users(graph: Graph, *, business_id: str) -> list[SystemUser]:
    """GET /{business_id}/system_users.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/solution-providers/manage-system-users
    """
    return graph.every("/{business_id}/system_users", SystemUser, ids={"business_id": business_id})
