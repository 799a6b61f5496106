"""The Graph API without HTTP: a call goes in, an answer comes out; nothing here reads a clock or a socket."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn, TypeVar, cast

import msgspec

from . import access, activities, jobs, quota
from .errors import GraphError, invalid, missing_object, unknown_path
from .nodes import (
    Allocation,
    App,
    Business,
    CreditLine,
    Media,
    Node,
    PhoneNumber,
    PreverifiedNumber,
    SystemUser,
    Template,
    Waba,
)
from .world import Token, World

Body = dict[str, Any]
VERSION = re.compile(r"v[0-9]{1,2}\.[0-9]")
ID_NAMES: dict[type, str] = {
    Allocation: "allocation_config_id",
    App: "app_id",
    Business: "business_id",
    CreditLine: "extended_credit_id",
    Media: "media_id",
    PhoneNumber: "phone_number_id",
    PreverifiedNumber: "preverified_number_id",
    SystemUser: "system_user_id",
    Template: "template_id",
    Waba: "waba_id",
}


@dataclass(slots=True)
class Upload:
    filename: str
    mime_type: str
    content: bytes


@dataclass(slots=True)
class Call:
    """One request: query, form and JSON parameters are one mapping, as in the Graph API."""

    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""
    base_url: str = ""
    upload: Upload | None = None
    quota: quota.Quota | None = None  # what it was taken from, for the answer's headers


@dataclass(slots=True)
class Handshake:
    """Ask this address to verify itself, then finish with the outcome (an empty string is success)."""

    url: str
    verify_token: str
    finish: Callable[[str], Body]


Result = Body | Handshake


@dataclass(slots=True)
class Ctx:
    """What a route sees: the world, the moment, the call and the identity behind it."""

    world: World
    now: float
    call: Call
    token: Token | None

    def text(self, name: str, default: str = "") -> str:
        """A scalar parameter as text; forms and JSON may both carry numbers and booleans."""
        value = self.call.params.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        raise invalid(f"Parameter {name} must be a string")

    def required(self, name: str) -> str:
        value = self.text(name)
        return value or self.missing(name)

    def integer(self, name: str, default: int, *, low: int = 0, high: int = 1_000_000) -> int:
        text = self.text(name, str(default))
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise invalid(f"Parameter {name} must be a number from {low} to {high}")
        return int(text)

    def structure(self, name: str) -> Any:
        """A structured parameter: an object in a JSON body, JSON text in a form or query."""
        value = self.call.params.get(name)
        if not isinstance(value, str):
            return value
        try:
            return msgspec.json.decode(value)
        except (ValueError, RecursionError):
            raise invalid(f"Parameter {name} is not valid JSON") from None

    def missing(self, name: str) -> NoReturn:
        raise GraphError(100, message=f"(#100) The parameter {name} is required.")

    @property
    def identity(self) -> Token:
        if self.token is None:
            raise GraphError(2500)
        return self.token


Handler = Callable[[Ctx, Any], Result]
F = TypeVar("F", bound=Callable[..., Result])


class Route(NamedTuple):
    handler: Handler
    template: str
    scope: str
    app_token: bool
    anonymous: bool


NODE_ROUTES: dict[tuple[str, type | None, str], Route] = {}
KNOWN_EDGES: set[tuple[type | None, str]] = set()


def route(
    method: str,
    kind: type[Node] | None,
    edge: str = "",
    *,
    scope: str = "",
    app_token: bool = False,
    anonymous: bool = False,
) -> Callable[[F], F]:
    """Register a handler for a method on an edge of a kind of node, or on a fixed path when kind is None."""
    template = f"/{edge}" if kind is None else f"/{{{ID_NAMES[kind]}}}" + (f"/{edge}" if edge else "")

    def register(handler: F) -> F:
        NODE_ROUTES[method, kind, edge] = Route(cast(Handler, handler), template, scope, app_token, anonymous)
        KNOWN_EDGES.add((kind, edge))
        return handler

    return register


@dataclass(slots=True)
class Target:
    """Where a call points: its path template and ids for the log, and the node and route if they exist."""

    template: str
    ids: dict[str, str]
    node: Node | None = None
    route: Route | None = None
    error: GraphError | None = None


def resolve(world: World, call: Call) -> Target:
    """Find the node and the route of a path, with or without a version in front."""
    parts = [part for part in call.path.split("/") if part]
    if parts and VERSION.fullmatch(parts[0]):
        parts = parts[1:]
    fixed = NODE_ROUTES.get((call.method, None, "/".join(parts)))
    if fixed is not None:
        return Target(fixed.template, {}, route=fixed)
    if not parts:
        return Target("/", {}, error=unknown_path(""))
    node, edge = world.nodes.get(parts[0]), "/".join(parts[1:])
    if node is None:
        known = parts[0].isdigit()
        template = f"/{{id}}/{edge}".rstrip("/") if known else "/" + "/".join(parts)
        error = missing_object(call.method, parts[0]) if known else unknown_path("/".join(parts))
        return Target(template, {"id": parts[0]} if known else {}, error=error)
    name = ID_NAMES[type(node)]
    template, ids = f"/{{{name}}}/{edge}".rstrip("/"), {name: node.id}
    found = NODE_ROUTES.get((call.method, type(node), edge))
    if found is None:
        known = (type(node), edge) in KNOWN_EDGES
        error = missing_object(call.method, node.id) if known else unknown_path(edge)
        return Target(template, ids, node=node, error=error)
    return Target(template, ids, node=node, route=found)


def perform(world: World, call: Call, target: Target, *, now: float) -> Result:
    """Check the identity, then what it may see, then do it."""
    jobs.run_due(world, now=now)
    route = target.route
    if route is not None and route.anonymous:
        return route.handler(Ctx(world, now, call, None), target.node)
    token = access.authenticate(
        world, call.token, now=now, proof=str(call.params.get("appsecret_proof") or ""), app_token=True
    )
    if target.error is not None or route is None:
        raise target.error or unknown_path(call.path)
    access.check(world, token, target.node, method=call.method, scope=route.scope, app_token=route.app_token)
    call.quota = quota.quota_of(world, token.app_id, target.template, target.node)
    if call.quota:
        quota.spend(world, call.quota, now=now)
    result = route.handler(Ctx(world, now, call, token), target.node)
    activity = activities.TYPES.get((call.method, target.template))
    if activity and target.node and (waba := access.waba_of(world, target.node)):
        activities.note(world, waba, kind=activity, token=token, now=now)
    return result
