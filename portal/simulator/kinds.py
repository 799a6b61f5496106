"""What each kind of message must carry.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import GraphError

Content = dict[str, Any]
TEXT, CAPTION, LIST_BODY, BUTTON_BODY, SHORT = 4096, 1024, 4096, 1024, 60
CARD_KINDS = frozenset(
    {"product", "product_list", "catalog_message", "flow", "address_message", "carousel", "voice_call"}
    | {"call_permission_request", "location_request_message", "request_contact_info"}
)


def missing(name: str) -> GraphError:
    return GraphError(131008, details=f"{name} is required.")


def wrong(details: str) -> GraphError:
    return GraphError(131009, details=details)


def _text(value: Any, name: str, limit: int) -> str:
    if not isinstance(value, str) or not value:
        raise missing(name)
    if len(value) > limit:
        raise GraphError(100, details=f"Param {name} must be at most {limit} characters long.")
    return value


def check_text(content: Content) -> None:
    _text(content.get("body"), "text.body", TEXT)


def check_media(content: Content) -> None:
    if not content.get("id") and not content.get("link"):
        raise missing("id or link")
    if content.get("caption"):
        _text(content["caption"], "caption", CAPTION)


def check_location(content: Content) -> None:
    for name, limit in (("latitude", 90), ("longitude", 180)):
        try:
            value = float(content[name])
        except KeyError:
            raise missing(f"location.{name}") from None
        except (TypeError, ValueError):
            raise wrong(f"location.{name} must be a number.") from None
        if not -limit <= value <= limit:
            raise wrong(f"location.{name} is out of range.")


def check_contacts(content: list[Any]) -> None:
    for contact in content:
        name = contact.get("name") if isinstance(contact, dict) else None
        if not isinstance(name, dict) or not name.get("formatted_name") or len(name) < 2:
            raise missing("contacts.name.formatted_name and one more name")


def check_reaction(content: Content) -> None:
    if not str(content.get("message_id") or "").startswith("wamid."):
        raise missing("reaction.message_id")
    if not isinstance(content.get("emoji", ""), str):
        raise wrong("reaction.emoji must be text.")


def check_template(content: Content) -> None:
    language = content.get("language")
    if not content.get("name"):
        raise missing("template.name")
    if not isinstance(language, dict) or not language.get("code"):
        raise missing("template.language.code")


def template_parameters(content: Content) -> int:
    """How many values the body of a template message carries."""
    parts = content.get("components") or []
    bodies = [part for part in parts if isinstance(part, dict) and str(part.get("type")).lower() == "body"]
    return sum(len(part.get("parameters") or []) for part in bodies)


def check_interactive(content: Content) -> None:
    kind, action = content.get("type"), content.get("action")
    body = content.get("body")
    if not isinstance(action, dict) and kind != "call_permission_request":
        raise missing("interactive.action")
    if isinstance(body, dict):
        _text(body.get("text"), "interactive.body.text", LIST_BODY if kind == "list" else BUTTON_BODY)
    elif kind in ("button", "list", "cta_url"):
        raise missing("interactive.body")
    check = {"button": _check_buttons, "list": _check_list, "cta_url": _check_url}.get(str(kind))
    if check is not None and isinstance(action, dict):
        check(action)
    elif kind not in CARD_KINDS:
        raise wrong("interactive.type is not supported.")


def _check_buttons(action: Content) -> None:
    buttons = action.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise wrong("interactive.action.buttons must have 1 to 3 buttons.")
    for button in buttons:
        reply = button.get("reply") if isinstance(button, dict) else None
        if not isinstance(reply, dict):
            raise missing("buttons.reply")
        _text(reply.get("id"), "buttons.reply.id", 256)
        _text(reply.get("title"), "buttons.reply.title", 20)


def _check_list(action: Content) -> None:
    _text(action.get("button"), "interactive.action.button", 20)
    sections = [section for section in action.get("sections") or [] if isinstance(section, dict)]
    rows = [row for section in sections for row in section.get("rows") or []]
    if not 1 <= len(sections) <= 10 or not 1 <= len(rows) <= 10:
        raise wrong("interactive.action.sections must have 1 to 10 sections and rows.")
    for row in rows:
        _text(row.get("id") if isinstance(row, dict) else None, "rows.id", 200)
        _text(row.get("title"), "rows.title", 24)
        if row.get("description"):
            _text(row["description"], "rows.description", 72)


def _check_url(action: Content) -> None:
    parameters = action.get("parameters")
    if not isinstance(parameters, dict):
        raise missing("interactive.action.parameters")
    _text(parameters.get("display_text"), "parameters.display_text", 20)
    _text(parameters.get("url"), "parameters.url", 2000)


CHECKS: dict[str, Callable[[Any], None]] = {
    "text": check_text,
    "image": check_media,
    "video": check_media,
    "audio": check_media,
    "document": check_media,
    "sticker": check_media,
    "location": check_location,
    "contacts": check_contacts,
    "reaction": check_reaction,
    "interactive": check_interactive,
    "template": check_template,
}


def content_of(kind: str, content: Any) -> Any:
    """The object of that kind, if it is as Meta wants it."""
    check = CHECKS.get(kind)
    if check is None:
        raise wrong("The value of type is not supported.")
    if not content or not isinstance(content, list if kind == "contacts" else dict):
        raise missing(kind)
    check(content)
    return content


def preview(kind: str, content: Any) -> str:
    """What the consumer's phone shows of it, in one line."""
    if kind == "contacts":
        return str(content[0]["name"]["formatted_name"])
    if kind == "interactive":
        return str((content.get("body") or {}).get("text") or content.get("type"))
    keys = ("body", "caption", "emoji", "filename", "name")
    return str(next((content[key] for key in keys if content.get(key)), ""))
