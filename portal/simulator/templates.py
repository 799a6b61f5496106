"""The life of a message template: review, quality, pauses, edits.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management
"""

from __future__ import annotations

import json
import re
from typing import Any

from . import events, jobs
from .errors import GraphError, invalid
from .nodes import Template, Waba
from .settings import Settings
from .world import World

NAME = re.compile(r"[a-z0-9_]{1,512}")
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
VARIABLE = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}")
CATEGORIES = frozenset({"AUTHENTICATION", "MARKETING", "UTILITY"})
EDITABLE = frozenset({"APPROVED", "REJECTED", "PAUSED"})
BODY_LIMIT, HEADER_LIMIT, FOOTER_LIMIT = 1024, 60, 60
DAY = 86_400
PAUSES = (3, 6)  # hours of the first and second pause; the third time the template is disabled


def create(
    world: World,
    waba: Waba,
    *,
    name: str,
    language: str,
    category: str,
    components: Any,
    parameter_format: str,
    now: float,
) -> Template:
    """Take a new template into review."""
    if not NAME.fullmatch(name):
        raise invalid("Parameter name may have lower case letters, digits and underscores")
    if not LANGUAGE.fullmatch(language):
        raise invalid("Parameter language is not supported")
    if category not in CATEGORIES:
        raise invalid("Parameter category must be AUTHENTICATION, MARKETING or UTILITY")
    if len(waba.template_ids) >= world.settings.templates_per_waba:
        raise GraphError(100, 2388019)
    if find(world, waba, name=name, language=language):
        raise GraphError(100, 2388024)
    check_components(components)
    template = Template(
        id=world.new_id("template", "185", 16),
        waba_id=waba.id,
        name=name,
        language=language,
        category=category,
        components=json.dumps(components),
        parameter_format=parameter_format,
        created_at=now,
    )
    waba.template_ids.append(template.id)
    review(world, template, now=now)
    return world.add(template)


def find(world: World, waba: Waba, *, name: str, language: str = "") -> list[Template]:
    every = (world.get(Template, template_id) for template_id in waba.template_ids)
    return [one for one in every if one.name == name and language in ("", one.language)]


def check_components(components: Any) -> None:
    """The rules of form that Meta checks at once, each with its subcode."""
    if not isinstance(components, list) or not all(isinstance(part, dict) for part in components):
        raise invalid("Parameter components must be a list of objects")
    parts = {str(part.get("type", "")).upper(): part for part in components}
    body = parts.get("BODY")
    if body is None:
        raise invalid("A template needs a BODY component")
    text = str(body.get("text") or "")
    header, footer = (
        str(parts.get("HEADER", {}).get("text") or ""),
        str(parts.get("FOOTER", {}).get("text") or ""),
    )
    if len(text) > BODY_LIMIT or len(header) > HEADER_LIMIT or len(footer) > FOOTER_LIMIT:
        raise GraphError(100, 2388040)
    if VARIABLE.search(footer):
        raise GraphError(100, 2388073)
    stripped = text.strip()
    edges = list(VARIABLE.finditer(stripped))
    if edges and (edges[0].start() == 0 or edges[-1].end() == len(stripped)):
        raise GraphError(100, 2388299)
    if edges and len(re.findall(r"\w+", VARIABLE.sub("", text))) < 2 * len(edges):
        raise GraphError(100, 2388293)


def review(world: World, template: Template, *, now: float) -> None:
    template.status = "PENDING"
    if world.settings.template_review_seconds:
        due = now + world.settings.template_review_seconds
        jobs.schedule(world, kind="template_review", node_id=template.id, due=due)


@jobs.job("template_review")
def _approve(world: World, template_id: str, now: float) -> None:
    template = world.find(Template, template_id)
    if template is not None and template.status == "PENDING":
        decide(world, template, status="APPROVED", reason="NONE", now=now)


@jobs.job("template_unpause")
def _unpause(world: World, template_id: str, now: float) -> None:
    template = world.find(Template, template_id)
    if template is not None and template.status == "PAUSED":
        decide(world, template, status="APPROVED", reason="NONE", now=now)


def decide(world: World, template: Template, *, status: str, reason: str | None, now: float) -> None:
    """Give a template a status, and tell the subscribed apps."""
    template.status = status
    value: dict[str, Any] = {
        "event": status,
        **_about(template),
        "message_template_category": template.category,
        "reason": reason,
    }
    if status == "PAUSED":
        title = "SECOND_PAUSE" if template.pauses > 1 else "FIRST_PAUSE"
        value["other_info"] = {"title": title, "description": "Paused because of low quality."}
    _tell(world, template, "message_template_status_update", value, now=now)


def rate(world: World, template: Template, *, quality: str, now: float) -> None:
    """A new quality score; RED pauses for 3 hours, then for 6, then disables."""
    previous, template.quality = template.quality, quality
    value = {
        "previous_quality_score": previous,
        "new_quality_score": quality,
        **_about(template),
    }
    _tell(world, template, "message_template_quality_update", value, now=now)
    if quality != "RED" or template.status != "APPROVED":
        return
    template.pauses += 1
    if template.pauses > len(PAUSES):
        decide(world, template, status="DISABLED", reason="NONE", now=now)
        return
    decide(world, template, status="PAUSED", reason="NONE", now=now)
    due = now + PAUSES[template.pauses - 1] * 3600
    jobs.schedule(world, kind="template_unpause", node_id=template.id, due=due)


def edit(template: Template, *, components: Any, category: str, now: float, settings: Settings) -> None:
    """Change an approved, rejected or paused template; an approved one keeps its category and its budget."""
    if template.status not in EDITABLE:
        raise invalid("Only approved, rejected and paused templates can be edited")
    if template.status == "APPROVED":
        if category and category != template.category:
            raise invalid("The category of an approved template cannot be edited")
        template.edits = [moment for moment in template.edits if now - moment < 30 * DAY]
        today = [moment for moment in template.edits if now - moment < DAY]
        if (
            len(today) >= settings.template_edits_24_hours
            or len(template.edits) >= settings.template_edits_30_days
        ):
            raise invalid("The template was edited too often")
        template.edits.append(now)
    if category:
        if category not in CATEGORIES:
            raise invalid("Parameter category must be AUTHENTICATION, MARKETING or UTILITY")
        template.category = category
    if components is not None:
        check_components(components)
        template.components = json.dumps(components)


def tell_edited(world: World, template: Template, *, previous_category: str, now: float) -> None:
    """The news of an edit: its new category, and its new components."""
    about = _about(template)
    if template.category != previous_category:
        value = {**about, "previous_category": previous_category, "new_category": template.category}
        _tell(world, template, "template_category_update", value, now=now)
    parts = {str(part.get("type")).upper(): part.get("text") for part in json.loads(template.components)}
    names = {"HEADER": "title", "BODY": "element", "FOOTER": "footer"}
    texts = {
        f"message_template_{names[kind]}": text for kind, text in parts.items() if kind in names and text
    }
    _tell(world, template, "message_template_components_update", {**about, **texts}, now=now)


def delete(world: World, waba: Waba, template: Template, *, now: float) -> None:
    decide(world, template, status="DELETED", reason=None, now=now)
    waba.template_ids.remove(template.id)
    del world.nodes[template.id]


def usable(world: World, waba: Waba, *, name: str, language: str, parameters: int) -> Template:
    """The template a message names, if it may be sent with so many body parameters."""
    found = find(world, waba, name=name, language=language)
    if not found or found[0].status in ("PENDING", "REJECTED", "IN_APPEAL"):
        raise GraphError(132001, details=f"template name ({name}) does not exist in {language}")
    template = found[0]
    if template.status == "PAUSED":
        raise GraphError(132015, details="Template is paused due to low quality.")
    if template.status == "DISABLED":
        raise GraphError(132016)
    wanted = len(set(VARIABLE.findall(body_text(template))))
    if wanted != parameters:
        text = "does not match the expected number of params"
        raise GraphError(
            132000, details=f"body: number of localizable_params ({parameters}) {text} ({wanted})"
        )
    return template


def body_text(template: Template) -> str:
    parts = json.loads(template.components)
    return next(
        (str(part.get("text") or "") for part in parts if str(part.get("type", "")).upper() == "BODY"), ""
    )


def _about(template: Template) -> dict[str, Any]:
    return {
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
    }


def _tell(world: World, template: Template, field: str, value: dict[str, Any], *, now: float) -> None:
    waba = world.get(Waba, template.waba_id)
    events.emit_for_waba(world, now=now, waba=waba, field=field, value=value)
