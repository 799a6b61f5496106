"""The template node, and the edge of a WABA that holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .answers import confirm, parse
from .client import Graph
from .types import MigratedTemplates

Components = Sequence[Mapping[str, Any]]


class Template(msgspec.Struct, frozen=True):
    """A message template in one language, or what is known of it just after it was made."""

    id: str
    name: str = ""
    language: str = ""
    status: str = ""
    category: str = ""
    parameter_format: str = ""
    components: list[dict[str, Any]] = []


def message_templates(graph: Graph, *, waba_id: str, name: str | None = None) -> list[Template]:
    """GET /{waba_id}/message_templates: all of them, or those of one name.

    https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/message_templates
    """
    query = {"name": name} if name else {}
    return graph.every("/{waba_id}/message_templates", Template, ids={"waba_id": waba_id}, query=query)


def create(
    graph: Graph, *, waba_id: str, name: str, language: str, category: str, components: Components
) -> Template:
    """POST /{waba_id}/message_templates: hand one in for review.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management
    """
    body = {"name": name, "language": language, "category": category, "components": list(components)}
    answer = graph.request("POST", "/{waba_id}/message_templates", ids={"waba_id": waba_id}, body=body)
    return parse(answer, Template)


def delete(graph: Graph, *, waba_id: str, name: str, hsm_id: str | None = None) -> None:
    """DELETE /{waba_id}/message_templates: all languages of a name, or the one with the id `hsm_id`.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management
    """
    query = {"name": name} | ({"hsm_id": hsm_id} if hsm_id else {})
    confirm(graph.request("DELETE", "/{waba_id}/message_templates", ids={"waba_id": waba_id}, query=query))


def get(graph: Graph, *, template_id: str) -> Template:
    """GET /{template_id}.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management
    """
    return parse(graph.request("GET", "/{template_id}", ids={"template_id": template_id}), Template)


def edit(graph: Graph, *, template_id: str, components: Components, category: str | None = None) -> None:
    """POST /{template_id}: other components, and another category if given; it is reviewed again.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management
    """
    body = {"components": list(components)} | ({"category": category} if category else {})
    confirm(graph.request("POST", "/{template_id}", ids={"template_id": template_id}, body=body))


def migrate(
    graph: Graph, *, waba_id: str, source_waba_id: str, page_number: int, count: int
) -> MigratedTemplates:
    """POST /{waba_id}/migrate_message_templates: copy one page (from 0, at most 500) of another WABA's.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-migration
    """
    body = {"source_waba_id": source_waba_id, "page_number": page_number, "count": count}
    path = "/{waba_id}/migrate_message_templates"
    return parse(graph.request("POST", path, ids={"waba_id": waba_id}, body=body), MigratedTemplates)
