"""The screens of who exists: who may what, that secrets never come out, that tenants stay apart."""

from __future__ import annotations

import uuid

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry

from onboarding.models import MigrationPlan, PlanLine
from portal.kernel.models import Audit, Limit, TenantModel
from portal.kernel.secrets import open_sealed, seal
from tenants.models import (
    ApiKey,
    Customer,
    MetaApp,
    Partner,
    SystemUser,
    TermsAcceptance,
)
from tests.conftest import Tenant
from tests.factories.desk import DeskClient, address_of, press, read, sign_in, told
from tests.factories.rows import one_of_each

CANARY = "CANARY7f3a91d2CANARY"
SCREENS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def plant_canaries(tenant: Tenant) -> None:
    """Every sealed column of every row says the canary."""
    with tenant.scope():
        for model in (one for one in apps.get_models() if issubclass(one, TenantModel)):
            columns = [f.name for f in model._meta.concrete_fields if f.get_internal_type() == "BinaryField"]
            for row in model._default_manager.all():
                values = {
                    name: seal(row=row, column=name, value=CANARY)
                    for name in columns
                    if name not in ("body", "wrapped")
                }
                if values:
                    type(row)._default_manager.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize("language", ["en", "it"])
def test_every_screen_opens_and_none_shows_a_secret(tenant: Tenant, language: str) -> None:
    with tenant.scope():
        one_of_each(tenant.world)
    plant_canaries(tenant)
    client = sign_in(tenant, role="ADMIN", language=language)
    pages = [read(client, "/admin/")]
    for model in SCREENS:
        if model is PlanLine:  # looked for among the plans
            assert client.get(address_of(model, "changelist")).url == address_of(MigrationPlan, "changelist")
        else:
            pages.append(read(client, address_of(model, "changelist")))
        screen = admin.site.get_model_admin(model)
        if screen.add_role:
            pages.append(read(client, address_of(model, "add")))
        with tenant.scope():
            row = model._default_manager.first()
        if row is not None:
            pages.append(read(client, address_of(model, "change", row.pk)))
    assert not [text for text in pages if CANARY in text]


def test_a_foreign_row_answers_as_a_missing_one(tenant: Tenant, other_tenant: Tenant) -> None:
    screens = [model for model in SCREENS if hasattr(model, "partner_id")]
    with other_tenant.scope():
        one_of_each(other_tenant.world)
        foreign = [(model, model._default_manager.first().pk) for model in screens]
    client = sign_in(tenant, role="ADMIN")
    for model, pk in foreign:
        asked = [client.get(address_of(model, "change", one)) for one in (pk, uuid.uuid4())]
        answers = [(answer.status_code, answer.headers.get("Location")) for answer in asked]
        assert answers[0] == answers[1], model
        assert answers[0] in ((302, "/admin/"), (404, None)), model


@pytest.mark.parametrize(
    ("role", "may_see", "may_add"),
    [
        ("VIEWER", {"customer", "metaapp"}, set()),
        ("OPERATOR", {"customer", "metaapp", "message"}, {"customer"}),
        ("ENGINEER", {"customer", "metaapp", "message", "payload", "apikey"}, {"customer", "metaapp"}),
        ("ADMIN", {"customer", "metaapp", "message", "payload", "apikey"}, {"customer", "metaapp", "apikey"}),
    ],
)
def test_the_role_decides(tenant: Tenant, role: str, may_see: set[str], may_add: set[str]) -> None:
    client = sign_in(tenant, role=role)
    probed = {"customer", "metaapp", "message", "payload", "apikey"}
    for model in SCREENS:
        name = model._meta.model_name
        if name not in probed:
            continue
        assert (client.get(address_of(model, "changelist")).status_code == 200) is (name in may_see), name
        assert (client.get(address_of(model, "add")).status_code == 200) is (name in may_add), name


def test_a_customer_is_added_and_changed_with_an_audit_row_and_no_django_log(tenant: Tenant) -> None:
    client = sign_in(tenant)
    data = {
        "name": "Vivai del Sole",
        "contact_name": "",
        "contact_email": "info@vivai.example",
        "language": "it",
        "time_zone": "Europe/Rome",
        "currency": "EUR",
        "website": "",
        "external_id": "C-1",
    }
    assert client.post(address_of(Customer, "add"), data).status_code == 302
    with tenant.scope():
        added = Customer.objects.get(name="Vivai del Sole")
        assert Audit.objects.get(subject_id=added.pk).by == client.person.email
    client.post(address_of(Customer, "change", added.pk), {**data, "contact_name": "Ada"})
    with tenant.scope():
        assert Customer.objects.get(pk=added.pk).contact_name == "Ada"
        told = Audit.objects.filter(subject_id=added.pk, action="customer.changed").get()
        assert told.data == {"fields": "contact_name"}
    assert not LogEntry.objects.exists()


def test_a_reference_that_another_customer_has_is_said_beside_the_form(tenant: Tenant) -> None:
    with tenant.scope():
        Customer.objects.filter(pk=tenant.world.customer.pk).update(external_id="C-1")
    answer = sign_in(tenant).post(
        address_of(Customer, "add"),
        {
            "name": "Altro",
            "contact_email": "a@altro.example",
            "language": "it",
            "time_zone": "Europe/Rome",
            "currency": "EUR",
            "external_id": "C-1",
        },
    )
    assert answer.status_code == 200
    with tenant.scope():
        assert not Customer.objects.filter(name="Altro").exists()


def test_an_app_id_that_another_partner_has_is_refused_without_a_hint(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    answer = sign_in(tenant, role="ADMIN").post(
        address_of(MetaApp, "add"),
        {
            "display_name": "Copia",
            "contact_email": "a@copia.example",
            "app_id": other_tenant.world.app.app_id,
            "config_id": "1",
            "business_manager": str(tenant.world.business.pk),
            "app_type": "Business",
            "secret": CANARY,
        },
        follow=True,
    )
    text = answer.content.decode()
    assert "This was not saved: an id in it is already in use." in text
    assert CANARY not in text
    assert "Brezza" not in text


def test_a_second_admin_system_user_is_refused(tenant: Tenant) -> None:
    answer = sign_in(tenant, role="ENGINEER").post(
        address_of(SystemUser, "add"),
        {"name": "due", "system_user_id": "77", "app": str(tenant.world.app.pk), "role": "ADMIN"},
    )
    assert answer.status_code == 200
    with tenant.scope():
        assert SystemUser.objects.count() == 1


def test_a_token_goes_in_sealed_and_is_never_echoed(tenant: Tenant) -> None:
    client = sign_in(tenant, role="ENGINEER")
    wrong = press(client, tenant.world.admin, "store_token", token="short")
    assert wrong.status_code == 200
    assert 'value="short"' not in wrong.content.decode()
    assert press(client, tenant.world.admin, "store_token", token=CANARY).status_code == 302
    with tenant.scope():
        row = SystemUser.objects.get(pk=tenant.world.admin.pk)
        assert open_sealed(row=row, column="token").reveal() == CANARY
    assert CANARY not in read(client, address_of(SystemUser, "change", row.pk))


def test_replacing_the_app_secret_keeps_the_one_before(tenant: Tenant) -> None:
    assert (
        press(sign_in(tenant, role="ENGINEER"), tenant.world.app, "replace_secret", secret=CANARY).status_code
        == 403
    )
    client = sign_in(tenant, role="ADMIN", email="admin@nuvola.example")
    assert press(client, tenant.world.app, "replace_secret", secret=CANARY).status_code == 302
    with tenant.scope():
        app = MetaApp.objects.get(pk=tenant.world.app.pk)
        assert open_sealed(row=app, column="app_secret").reveal() == CANARY
        assert app.previous_app_secret


def test_an_api_key_is_shown_once_and_revoked(tenant: Tenant) -> None:
    client = sign_in(tenant, role="ADMIN")
    answer = client.post(address_of(ApiKey, "add"), {"name": "ERP", "scopes": ["customers:read"]})
    text = answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    clear = text.partition('id="shown-once"')[2].partition(">")[2].partition("<")[0].strip()
    assert clear.startswith("wpk_")
    with tenant.scope():
        key = ApiKey.objects.get()
        assert clear not in (key.key_hash, key.name)
    assert clear not in read(client, address_of(ApiKey, "change", key.pk))
    press(client, key, "revoke")
    with tenant.scope():
        assert ApiKey.objects.get().revoked_at is not None
    assert "no longer possible" in told(client, key, "revoke")


def test_the_terms_are_accepted_once_and_withdrawn_with_a_reason(tenant: Tenant) -> None:
    client = sign_in(tenant, role="ADMIN")
    twice = client.post(
        address_of(TermsAcceptance, "add"), {"accepted_by": "Anna", "version": "1"}, follow=True
    )
    assert "already recorded as accepted" in twice.content.decode()
    with tenant.scope():
        row = TermsAcceptance.objects.get()
    press(client, row, "withdraw", reason="Meta refused")
    with tenant.scope():
        assert TermsAcceptance.objects.get().withdrawn_reason == "Meta refused"
    client.post(address_of(TermsAcceptance, "add"), {"accepted_by": "Anna", "version": "2"})
    with tenant.scope():
        assert TermsAcceptance.objects.get(withdrawn_at=None).version == "2"
    operator = sign_in(tenant, email="o@nuvola.example")
    assert operator.get(address_of(TermsAcceptance, "add")).status_code == 403


def test_a_limit_is_changed_by_an_administrator_only_and_noted(tenant: Tenant) -> None:
    address = address_of(Limit, "change", "register_calls")
    before = Limit.objects.get(pk="register_calls").value
    assert sign_in(tenant, role="ENGINEER").post(address, {"value": "3"}).status_code == 403
    client = sign_in(tenant, role="ADMIN", email="admin@nuvola.example")
    try:
        assert client.post(address, {"value": "12"}).status_code == 302
        assert Limit.objects.get(pk="register_calls").value == "12"
        with tenant.scope():
            told = Audit.objects.get(action="limit.changed")
            assert told.data == {"name": "register_calls", "value": "12"}
    finally:
        Limit.objects.filter(pk="register_calls").update(value=before)


def test_admin_pages_may_evaluate_and_no_others(tenant: Tenant) -> None:
    policy = sign_in(tenant).get("/admin/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    assert "unsafe" not in DeskClient().get("/healthz")["Content-Security-Policy"]


def test_leaving_needs_a_post(tenant: Tenant) -> None:
    client = sign_in(tenant)
    assert client.get("/admin/logout/").status_code == 405
    client.post("/admin/logout/")
    assert client.get("/admin/")["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(
    ("name", "value", "is_good"),
    [
        ("time_zone", "Europe/Lisbon", True),
        ("time_zone", "Mars/Olympus", False),
        ("brand_color", "#A0b1C2", True),
        ("brand_color", "red}*{x:y", False),
        ("data_localization_region", "DE", True),
        ("data_localization_region", "XX", False),
    ],
)
def test_what_other_pages_rely_on_is_checked(tenant: Tenant, name: str, value: str, is_good: bool) -> None:
    client = sign_in(tenant, role="ADMIN")
    partner = tenant.world.partner
    data = {
        "name": partner.name,
        "legal_entity": partner.legal_entity,
        "support_email": partner.support_email,
        "language": "it",
        "time_zone": "Europe/Rome",
        "brand_color": "#0b6e4f",
        "credit_line_required": "on",
        "data_localization_region": "",
        name: value,
    }
    answer = client.post(address_of(Partner, "change", partner.pk), data)
    assert (answer.status_code == 302) is is_good
    assert client.get("/admin/").status_code == 200
    with tenant.scope():
        assert (getattr(Partner.objects.get(), name) == value) is is_good
