"""Every address of the desk and of the customer's page by everybody who has no business there."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver

from portal.kernel.models import Audit, TenantModel
from tenants.models import User
from tests.architecture.test_routes import addresses
from tests.conftest import Tenant
from tests.factories.desk import sign_in
from tests.factories.rows import one_of_each

# What Django's admin has for each model, and the pages that stand alone. Anything else must be listed here.
OF_A_MODEL = ("button", "changelist", "add", "history", "delete", "change")
# A schedule of waves besides: its calendar, a wave, what another one would change, and files of it.
OF_A_SCHEDULE = ("board", "wave", "compare", "export")
# What goes with imports and texts: an example file, the rows that are wrong, the built-in texts.
OF_PLANS = ("template", "errors", "adopt")
ALONE = {
    "admin/", "admin/autocomplete/", "admin/jsi18n/", "admin/login/", "admin/logout/", "admin/search/",
    "admin/password_change/", "admin/password_change/done/",
    "admin/r/<path:content_type_id>/<path:object_id>/",
    "admin/tenants/membership/choose/", "admin/tenants/membership/language/", "admin/(?P<url>.*)$",
    "admin/^(?P<app_label>tenants|kernel|webhooks|messaging|onboarding)/$",
}  # fmt: skip
BEFORE_SIGN_IN = {"admin/login/", "admin/logout/", "admin/tenants/membership/language/"}
PAGE = {
    f"start/<str:token>{rest}"
    for rest in (
        "", "/progress", "/session", "/code", "/message", "/renew",
        "/days-off", "/withdraw-day", "/pin", "/send-code", "/enter-code",
    )
}  # fmt: skip


@dataclass(frozen=True)
class Address:
    """One address of the desk; `row` is the id of the row it is about."""

    pattern: str
    model: Any = None

    def path(self, row: str) -> str:
        filled = self.pattern.replace("<path:object_id>", row).replace("<slug:name>", "retry")
        filled = filled.replace("<int:wave>", "1")
        filled = filled.replace("<path:content_type_id>", "1").replace("(?P<url>.*)$", "nowhere")
        return "/" + filled.replace(
            "^(?P<app_label>tenants|kernel|webhooks|messaging|onboarding)/$", "tenants/"
        )


def desk() -> Iterator[Address]:
    models = {f"admin/{one._meta.app_label}/{one._meta.model_name}/": one for one in admin.site._registry}
    for pattern, _entry in addresses(get_resolver()):
        if pattern.startswith("admin/"):
            model = next((one for start, one in models.items() if pattern.startswith(start)), None)
            yield Address(pattern, None if pattern in ALONE else model)


def test_every_address_of_the_desk_is_of_a_kind_that_we_know() -> None:
    for pattern, entry in addresses(get_resolver()):
        if pattern.startswith("admin/") and pattern not in ALONE:
            kind = (entry.name or "shortcut").rpartition("_")[2]
            assert kind in (*OF_A_MODEL, *OF_A_SCHEDULE, *OF_PLANS, "shortcut"), f"{pattern} is not listed"


def test_every_address_of_the_customers_page_is_listed() -> None:
    assert {pattern for pattern, _entry in addresses(get_resolver()) if pattern.startswith("start/")} == PAGE


def rows_of(tenant: Tenant) -> dict[Any, str]:
    """The id of one row of each model that the desk shows."""
    with tenant.scope():
        one_of_each(tenant.world)
        shown = [model for model in admin.site._registry if issubclass(model, TenantModel)]
        found = {model: model.objects.order_by("pk").first() for model in shown}
    return {model: str(row.pk) for model, row in found.items() if row is not None}


def ask(client: Client, method: str, path: str) -> HttpResponse:
    return client.get(path) if method == "GET" else client.post(path, {})


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_signing_in_the_desk_shows_its_door_only(tenant: Tenant, method: str) -> None:
    rows, before = rows_of(tenant), history(tenant)
    for address in desk():
        if address.pattern in BEFORE_SIGN_IN:
            continue
        answer = ask(Client(), method, address.path(rows.get(address.model, str(uuid.uuid4()))))
        assert answer.status_code in (302, 301), address
        assert answer["Location"].startswith(("/admin/login/", "..", "/admin/")), address
    assert history(tenant) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_person_without_a_partner_gets_nowhere(tenant: Tenant, method: str) -> None:
    client, rows, before = Client(), rows_of(tenant), history(tenant)
    client.force_login(User.objects.create_user("sola@nessuno.example", "una password lunga", name="Sola"))
    for address in desk():
        if address.pattern in BEFORE_SIGN_IN | {"admin/tenants/membership/choose/", "admin/jsi18n/"}:
            continue
        assert ask(client, method, address.path(rows.get(address.model, "1"))).status_code == 403, address
    assert history(tenant) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("role", ["VIEWER", "ADMIN"])
def test_people_of_another_partner_cannot_tell_a_foreign_id_from_none(
    tenant: Tenant, other_tenant: Tenant, role: str, method: str
) -> None:
    rows, before = rows_of(tenant), history(tenant)
    client = sign_in(other_tenant, role=role, email="carlo@brezza.example")
    canaries = [tenant.world.customer.name, tenant.world.app.app_id, str(tenant.partner_id)]
    for address in desk():
        if address.model not in rows or "<path:object_id>" not in address.pattern:
            continue
        foreign = ask(client, method, address.path(rows[address.model]))
        missing = ask(client, method, address.path(str(uuid.uuid4())))
        assert foreign.status_code == missing.status_code != 200, address
        for canary in canaries:
            assert canary.encode() not in foreign.content, address
    assert history(tenant) == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_nobody_made_opens_no_page(tenant: Tenant, method: str) -> None:
    for pattern in PAGE:
        answer = ask(Client(), method, "/" + pattern.replace("<str:token>", "x" * 43))
        assert answer.status_code in (404, 405), pattern


def history(tenant: Tenant) -> int:
    with tenant.scope():
        return Audit.objects.count()
