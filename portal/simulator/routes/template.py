from __future__ import annotations

import json
from functools import partial

from portal.simulator import access, templates
from portal.simulator.errors import GraphError, invalid
from portal.simulator.fields import MISSING, Reader, page, requested, select
from portal.simulator.graph import Body, Ctx, route
from portal.simulator.nodes import Template, Waba

DEFAULT_FIELDS = ("name", "parameter_format", "components", "language", "status", "category")
READERS: dict[str, Reader[Template]] = {
    "name": lambda _, template: template.name,
    "parameter_format": lambda _, template: template.parameter_format,
    "components": lambda _, template: json.loads(template.components),
    "language": lambda _, template: template.language,
    "status": lambda _, template: template.status,
    "category": lambda _, template: template.category,
    "quality_score": lambda _, template: {"score": template.quality, "date": int(template.created_at)},
    "rejected_reason": lambda _, template: "NONE",
    "previous_category": lambda _, template: MISSING,
    "correct_category": lambda _, template: MISSING,
    "sub_category": lambda _, template: MISSING,
    "library_template_name": lambda _, template: MISSING,
    "message_send_ttl_seconds": lambda _, template: MISSING,
    "cta_url_link_tracking_opted_out": lambda _, template: MISSING,
    "degrees_of_freedom_spec": lambda _, template: MISSING,
}


def _body(ctx: Ctx, template: Template, default: list[str]) -> Body:
    return select(ctx, template, READERS, default=default, node_type="MessageTemplate", id=template.id)


@route("GET", Waba, "message_templates", scope=access.MANAGEMENT)
def get_templates(ctx: Ctx, waba: Waba) -> Body:
    """https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/message_templates"""
    every = [ctx.world.get(Template, template_id) for template_id in waba.template_ids]
    for name in ("name", "language", "status", "category"):
        if wanted := ctx.text(name):
            every = [template for template in every if getattr(template, name) == wanted]
    names = requested(ctx, DEFAULT_FIELDS)
    body = page(ctx, [(template.id, partial(_body, ctx, template, names)) for template in every])
    if ctx.text("summary"):
        limit = ctx.world.settings.templates_per_waba
        counts = {"total_count": len(every), "message_template_count": len(waba.template_ids)}
        body["summary"] = {**counts, "message_template_limit": limit, "are_translations_complete": True}
    return body


@route("POST", Waba, "message_templates", scope=access.MANAGEMENT)
def post_templates(ctx: Ctx, waba: Waba) -> Body:
    """A new template goes into review."""
    template = templates.create(
        ctx.world,
        waba,
        name=ctx.required("name"),
        language=ctx.required("language"),
        category=ctx.required("category").upper(),
        components=ctx.structure("components"),
        parameter_format=ctx.text("parameter_format", "POSITIONAL").upper(),
        now=ctx.now,
    )
    return {"id": template.id, "status": template.status, "category": template.category}


@route("DELETE", Waba, "message_templates", scope=access.MANAGEMENT)
def delete_templates(ctx: Ctx, waba: Waba) -> Body:
    """By name in all its languages, or one of them by hsm_id."""
    found = templates.find(ctx.world, waba, name=ctx.required("name"))
    if hsm_id := ctx.text("hsm_id"):
        found = [template for template in found if template.id == hsm_id]
    if not found:
        raise GraphError(100, details="Message template was not found")
    for template in found:
        templates.delete(ctx.world, waba, template, now=ctx.now)
    return {"success": True}


@route("GET", Template, scope=access.MANAGEMENT)
def get_template(ctx: Ctx, template: Template) -> Body:
    return _body(ctx, template, requested(ctx, DEFAULT_FIELDS))


@route("POST", Template, scope=access.MANAGEMENT)
def post_template(ctx: Ctx, template: Template) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management"""
    category = template.category
    templates.edit(
        template,
        components=ctx.structure("components"),
        category=ctx.text("category").upper(),
        now=ctx.now,
        settings=ctx.world.settings,
    )
    templates.tell_edited(ctx.world, template, previous_category=category, now=ctx.now)
    templates.review(ctx.world, template, now=ctx.now)
    return {"success": True, "id": template.id, "name": template.name, "category": template.category}


@route("POST", Template, "unpause", scope=access.MANAGEMENT)
def post_unpause(ctx: Ctx, template: Template) -> Body:
    if template.status != "PAUSED":
        return {"success": False, "reason": "The template is not paused"}
    templates.decide(ctx.world, template, status="APPROVED", reason="NONE", now=ctx.now)
    return {"success": True}


@route("POST", Waba, "migrate_message_templates", scope=access.MANAGEMENT)
def post_migrate_templates(ctx: Ctx, waba: Waba) -> Body:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-migration"""
    source = ctx.world.find(Waba, ctx.required("source_waba_id"))
    if source is None or source.owner_business_id != waba.owner_business_id:
        raise invalid("Parameter source_waba_id is not an account of the same business")
    size, number = ctx.integer("count", 500, low=1, high=500), ctx.integer("page_number", 0)
    wanted = ctx.structure("template_ids") or source.template_ids[number * size : (number + 1) * size]
    moved: list[str] = []
    failed: dict[str, str] = {}
    for template_id in wanted:
        problem = _migrate(ctx, source, waba, str(template_id))
        if problem:
            failed[str(template_id)] = problem
        else:
            moved.append(str(template_id))
    return {"migrated_templates": moved, "failed_templates": failed}


def _migrate(ctx: Ctx, source: Waba, waba: Waba, template_id: str) -> str:
    """Copy one template; what is left says why not."""
    template = ctx.world.find(Template, template_id)
    if template is None or template.waba_id != source.id:
        return "Template not found"
    if template.status != "APPROVED" or template.quality not in ("GREEN", "UNKNOWN"):
        return "Template is not approved or its quality is low"
    if templates.find(ctx.world, waba, name=template.name, language=template.language):
        return "Template already exists"
    copy = templates.create(
        ctx.world,
        waba,
        name=template.name,
        language=template.language,
        category=template.category,
        components=json.loads(template.components),
        parameter_format=template.parameter_format,
        now=ctx.now,
    )
    copy.status, copy.quality = "APPROVED", "UNKNOWN"
    return ""
