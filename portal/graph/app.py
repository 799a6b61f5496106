"""The app node; these calls want an app token (oauth.app_token)."""

from __future__ import annotations

from collections.abc import Sequence

from .answers import confirm
from .client import Graph
from .secret import Secret
from .types import Subscription

WABA_OBJECT = "whatsapp_business_account"


def subscriptions(graph: Graph, *, app_id: str) -> list[Subscription]:
    """GET /{app_id}/subscriptions: which webhooks the app receives, and where.

    https://developers.facebook.com/docs/graph-api/webhooks/getting-started
    """
    return graph.every("/{app_id}/subscriptions", Subscription, ids={"app_id": app_id})


def subscribe(
    graph: Graph, *, app_id: str, callback_url: str, verify_token: Secret, fields: Sequence[str]
) -> None:
    """POST /{app_id}/subscriptions: set the app's one endpoint and its fields.

    Meta asks the endpoint for the challenge before it answers.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint
    """
    body = {
        "object": WABA_OBJECT,
        "callback_url": callback_url,
        "verify_token": verify_token,
        "fields": ",".join(fields),
    }
    confirm(graph.request("POST", "/{app_id}/subscriptions", ids={"app_id": app_id}, body=body))
