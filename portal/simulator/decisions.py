"""POST /_sim/<decision>: what people at Meta, at the customer's or in the street would decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from aiohttp import web
from msgspec import Struct

from . import consumers, estate, overview, partners, provision, signup, templates
from .nodes import App, Business, Template
from .replies import read, reply, simulator_of
from .world import Token, World

routes = web.RouteTableDef()


class Terms(Struct, kw_only=True, forbid_unknown_fields=True):
    """The platform terms of a partner, accepted or withdrawn."""

    accepted: bool
    business_id: str = ""
    app_id: str = ""


class Revocation(Struct, kw_only=True, forbid_unknown_fields=True):
    """Tokens to invalidate: one by value, or all of a user, a customer, or an app (its business tokens)."""

    token: str = ""
    user_id: str = ""
    business_id: str = ""
    app_id: str = ""
    subcode: Literal[458, 459, 460, 463, 464, 467, 492] = 460


class TemplateChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """The result of a review, or a new quality score."""

    template_id: str
    status: str = ""
    reason: str | None = "NONE"
    quality: Literal["", "GREEN", "YELLOW", "RED", "UNKNOWN"] = ""


def decide_terms(world: World, wish: Terms, *, now: float) -> dict[str, Any]:
    business = world.get(Business, wish.business_id or world.get(App, wish.app_id).business_id)
    business.terms_accepted = wish.accepted
    return {"business_id": business.id, "terms_accepted": wish.accepted}


def revoke(world: World, wish: Revocation, *, now: float) -> dict[str, Any]:
    if not (wish.token or wish.user_id or wish.business_id or wish.app_id):
        raise ValueError("Say which: token, user_id, business_id or app_id")
    named = [token for token in world.tokens.values() if _is_meant(token, wish)]
    for token in named:
        token.revoked_subcode = wish.subcode
    return {"revoked": len(named)}


def _is_meant(token: Token, wish: Revocation) -> bool:
    if wish.app_id and token.app_id == wish.app_id and not token.role:
        return True
    pairs = (
        (wish.token, token.value),
        (wish.user_id, token.user_id),
        (wish.business_id, token.customer_business_id),
    )
    return any(wanted and wanted == actual for wanted, actual in pairs)


def decide_template(world: World, wish: TemplateChange, *, now: float) -> dict[str, Any]:
    template = world.get(Template, wish.template_id)
    if wish.status:
        templates.decide(world, template, status=wish.status, reason=wish.reason, now=now)
    if wish.quality:
        templates.rate(world, template, quality=wish.quality, now=now)
    return {"id": template.id, "status": template.status, "quality": template.quality}


class Decision(NamedTuple):
    """The shape of the request, and what it does to the world."""

    wish: type[Any]
    act: Callable[..., dict[str, Any]]


DECISIONS: dict[str, Decision] = {
    "provision": Decision(provision.ProvisionRequest, provision.provision),
    "signup": Decision(signup.SignupRequest, signup.run),
    "scenario": Decision(estate.Estate, estate.build),
    "messages": Decision(consumers.ConsumerMessage, consumers.write),
    "read": Decision(consumers.ConsumerReads, consumers.read),
    "terms": Decision(Terms, decide_terms),
    "number": Decision(overview.NumberChange, overview.change_number),
    "waba": Decision(partners.WabaChange, partners.change_waba),
    "template": Decision(TemplateChange, decide_template),
    "tokens/revoke": Decision(Revocation, revoke),
}


@routes.post(f"/_sim/{{name:{'|'.join(DECISIONS)}}}")
async def post_decision(request: web.Request) -> web.Response:
    """Read the wish, do it at the simulated moment, and send the webhooks that follow from it."""
    simulator, decision = simulator_of(request), DECISIONS[request.match_info["name"]]
    wish = await read(request, decision.wish)
    result = decision.act(simulator.world, wish, now=simulator.clock.now())
    simulator.touch()
    return reply(result)
