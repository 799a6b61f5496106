"""Every address by every actor. An unlisted route fails: to list it is to decide who may."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from messaging.models import CustomerServiceWindow, Direction, MessageStatus
from onboarding import services
from portal.kernel import clock
from portal.kernel.models import Audit
from tenants.keys import SCOPES, create_key, revoke_key
from tests.architecture.plan_routes import PLAN_ROUTES, make_plan_rows
from tests.conftest import NOW, Tenant
from tests.factories import PhoneNumberFactory, WabaFactory
from tests.factories.journeys import invite
from tests.portal.api_client import Api, make_api, problem


@dataclass(frozen=True)
class Route:
    """One method of one address of the API; `<name>` stands for the id of a row of the caller's partner."""

    method: str
    path: str
    scope: str | None
    body: Any = None
    answer: int = 200
    # Of a body or an answer that is not JSON.
    media: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


TEXT = {"phone_number": "<phone_number>", "wa_id": "393331234567", "text": {"body": "Ciao"}}
READ, WRITE = "onboardings:read", "onboardings:write"
ROUTES = [
    Route("GET", "me", None),
    Route("GET", "customers", "customers:read"),
    Route("POST", "customers", "customers:write", {"name": "Bar", "contact_email": "b@bar.example"}, 201),
    Route("GET", "customers/<customer>", "customers:read"),
    Route("PATCH", "customers/<customer>", "customers:write", {"name": "Bar"}),
    Route("GET", "onboardings", READ),
    Route("POST", "onboardings", WRITE, {"customer": "<customer>"}, 201),
    Route("POST", "onboardings/own-number", WRITE, {"phone_number": "<free_number>"}, 201),
    Route("GET", "onboardings/<onboarding>", READ),
    Route("POST", "onboardings/<onboarding>/link", WRITE, {}, 201),
    Route("POST", "onboardings/<onboarding>/retry", WRITE, {}),
    Route("POST", "onboardings/<onboarding>/register", WRITE, {}, 409),
    Route("POST", "onboardings/<onboarding>/cancel", WRITE, {"reason": "Wrong"}),
    Route("POST", "onboardings/<own_number>/request-code", WRITE, {"method": "SMS", "language": "it"}),
    Route("POST", "onboardings/<own_number>/verify-code", WRITE, {"code": "123456"}),
    Route("GET", "phone-numbers", "numbers:read"),
    Route("GET", "phone-numbers/<phone_number>", "numbers:read"),
    Route("GET", "wabas", "numbers:read"),
    Route("GET", "wabas/<waba>", "numbers:read"),
    Route("GET", "messages", "messages:read"),
    Route("POST", "messages", "messages:write", TEXT, 202),
    Route("GET", "messages/<message>", "messages:read"),
    *(
        Route(method, path, "plans:write" if writes else "plans:read", body, answer, media)
        for method, path, writes, body, answer, media in PLAN_ROUTES
    ),
]
# Addresses that need no key, and what somebody without anything gets.
OPEN = {
    "": 302,
    "healthz": 200,
    "readyz": 200,
    "sandbox/clock": 401,
    "i18n/setlang/": 302,
    "api/docs": 200,
    "api/v1/schema": 200,
    "api/<path:rest>": 404,
}
# Doors with tests of their own: the desk (by role) and the customer's page (by link).
DOORS = ("admin/", "start/")


@dataclass
class Rows:
    """One row of each kind that an address can name."""

    ids: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        for name, row_id in self.ids.items():
            text = text.replace(f"<{name}>", row_id)
        return text

    def body(self, route: Route) -> Any:
        return _filled(route.body, self)


def _filled(value: Any, rows: Rows) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, rows) for key, inner in value.items()}
    return rows.fill(value) if isinstance(value, str) else value


def make_rows(tenant: Tenant) -> Rows:
    """Rows of a tenant whose names and texts carry its name, so that a leak is seen."""
    with tenant.scope():
        now = clock.now()
        journey = invite(tenant.world, now=now)
        journey.signed_up()
        message = journey.message(Direction.INBOUND, MessageStatus.RECEIVED, "Ciao")
        CustomerServiceWindow.objects.create(
            partner_id=tenant.partner_id,
            phone_number=journey.number,
            wa_id="393331234567",
            last_inbound_at=now,
            closes_at=now + timedelta(hours=24),
        )
        started, free = (PhoneNumberFactory(waba=WabaFactory(customer=None)) for _ in range(2))
        own = services.start_own_number(
            app=tenant.world.app, waba=started.waba, phone_number=started, now=now, by="test"
        )
        rows = {
            "customer": tenant.world.customer,
            "onboarding": journey.onboarding,
            "own_number": own,
            "free_number": free,
            "phone_number": journey.number,
            "waba": journey.number.waba,
            "message": message,
            **make_plan_rows(tenant),
        }
    return Rows({name: str(row.pk) for name, row in rows.items()})


@pytest.fixture
def rows(tenant: Tenant) -> Rows:
    return make_rows(tenant)


def addresses(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, path)
        else:
            yield path, entry


def methods_of_the_api() -> set[tuple[str, str]]:
    found = set()
    for path, pattern in addresses(get_resolver()):
        actions = getattr(pattern.callback, "actions", None)
        if path.startswith("api/v1/") and actions is not None:
            found |= {(name.upper(), path.removeprefix("api/v1/")) for name in actions if name != "head"}
    return found


def test_every_method_of_every_address_of_the_api_is_listed() -> None:
    listed = set()
    for route in ROUTES:
        listed.add((route.method, re.sub("<[a-z_]+>", "<uuid:id>", route.path)))
    assert methods_of_the_api() == listed


def test_every_other_address_is_open_by_decision_or_behind_another_door() -> None:
    keyed = {f"api/v1/{path}" for _method, path in methods_of_the_api()}
    for path, _pattern in addresses(get_resolver()):
        assert path in keyed or path in OPEN or path.startswith(DOORS), f"{path} is not listed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "status"), OPEN.items())
def test_open_addresses_answer_anybody_as_decided(path: str, status: int, settings: Any) -> None:
    settings.SANDBOX, settings.SANDBOX_TOKEN = True, "token"
    assert Client().get("/" + path.replace("<path:rest>", "nothing")).status_code == status


def keyless(tenant: Tenant, actor: str) -> tuple[Api, str]:
    """A caller that must not get in, and the code that tells it why."""
    api = make_api(tenant)
    if actor == "no key":
        return Api(), "key_missing"
    if actor == "a typo":
        return Api(api.key[:-1] + ("0" if api.key[-1] != "0" else "1")), "key_malformed"
    if actor == "an expired key":
        return make_api(tenant, expires_at=NOW - timedelta(days=3650)), "key_expired"
    with tenant.scope():
        key, clear = create_key(name="x", scopes=list(SCOPES), expires_at=None, now=NOW, by="test")
        if actor == "a revoked key":
            revoke_key(key=key, now=NOW, by="test")
            return Api(clear), "key_revoked"
        key.delete()
    return Api(clear), "key_unknown"


@pytest.mark.parametrize("actor", ["no key", "a typo", "an unknown key", "a revoked key", "an expired key"])
def test_nobody_gets_in_without_a_key_that_lives(tenant: Tenant, rows: Rows, actor: str) -> None:
    (api, code), before = keyless(tenant, actor), history(tenant)
    for route in ROUTES:
        answer = ask(api, route, rows)
        assert problem(answer) == (401, code), route
    assert history(tenant) == before


def test_every_other_scope_does_not_help(tenant: Tenant, rows: Rows) -> None:
    before = history(tenant)
    for route in ROUTES:
        if route.scope is None:
            continue
        api = make_api(tenant, *(scope for scope in SCOPES if scope != route.scope))
        answer = ask(api, route, rows)
        assert problem(answer) == (403, "scope_missing"), route
    assert history(tenant) == before


def test_foreign_and_missing_ids_answer_alike(tenant: Tenant, other_tenant: Tenant, rows: Rows) -> None:
    """The other partner's key, with ids that exist here and with ids that exist nowhere."""
    nowhere = Rows({name: str(uuid.uuid4()) for name in rows.ids})
    stranger, before = make_api(other_tenant), history(tenant)
    for route in ROUTES:
        foreign = ask(stranger, route, rows)
        missing = ask(stranger, route, nowhere)
        assert foreign.status_code == missing.status_code, route
        if "<" in route.path:
            assert problem(foreign) == (404, "not_found"), route
        if foreign.status_code >= 400:
            assert told(foreign) == told(missing), route
        for canary in (*rows.ids.values(), str(tenant.partner_id), tenant.world.partner.name):
            assert canary.encode() not in foreign.content, route
    assert history(tenant) == before


def ask(api: Api, route: Route, rows: Rows, **headers: str) -> Any:
    """Make the request of a route."""
    media = route.media if isinstance(route.body, str) else ""
    return api.call(route.method, rows.fill(route.path), rows.body(route), media, **headers)


def history(tenant: Tenant) -> int:
    """How much has ever been done in a tenant: every change writes an audit row."""
    with tenant.scope():
        return Audit.objects.exclude(action__startswith="api_key").count()


def told(answer: Any) -> dict[str, Any]:
    return {key: value for key, value in answer.json().items() if key != "request_id"}
