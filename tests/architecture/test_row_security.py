"""PostgreSQL alone keeps tenants apart: proved on every tenant table, with the Python filter off."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from portal.kernel.fields import TenantForeignKey
from portal.kernel.models import TenantModel, WorkRow
from tenants.models import Partner
from tests.conftest import Tenant
from tests.factories.rows import one_of_each

TENANT_MODELS: list[type[models.Model]] = [
    model for model in apps.get_models() if issubclass(model, TenantModel)
]


def _one(query: str, *parameters: object) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()


def test_every_table_with_a_tenant_is_a_tenant_model() -> None:
    unscoped = [
        model._meta.label
        for model in apps.get_models()
        if any(field.name == "partner_id" for field in model._meta.fields) and model not in TENANT_MODELS
    ]
    assert unscoped == []


def test_row_security_is_forced_on_every_table(transactional_db: None) -> None:
    for model in TENANT_MODELS:
        found = _one(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s",
            model._meta.db_table,
        )
        assert found == (True, True), f"{model._meta.label} needs SecureTable in its migration"


def test_postgresql_alone_hides_the_other_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    """`_base_manager` is what Python shows when it forgets: no scope, no filter."""
    with tenant.scope():
        one_of_each(tenant.world)
        mine = {model: set(model._base_manager.values_list("pk", flat=True)) for model in TENANT_MODELS}
    with other_tenant.scope():
        one_of_each(other_tenant.world)
        for model in TENANT_MODELS:
            theirs = set(model._base_manager.values_list("pk", flat=True))
            assert theirs, f"the test made no {model._meta.label}"
            assert not mine[model] & theirs, model._meta.label
            assert not model._base_manager.filter(pk__in=mine[model]).exists(), model._meta.label
    for model in TENANT_MODELS:
        assert model._base_manager.count() == 0, f"{model._meta.label} shows rows without a tenant"
    with tenant.scope():
        for model in TENANT_MODELS:
            assert set(model._base_manager.values_list("pk", flat=True)) == mine[model], model._meta.label


def test_no_statement_reaches_the_other_tenants_rows(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant.scope():
        one_of_each(tenant.world)
    for model in TENANT_MODELS:
        with other_tenant.scope(), connection.cursor() as cursor:
            for statement in (
                "UPDATE {} SET partner_id = partner_id WHERE partner_id = %s",
                "DELETE FROM {} WHERE partner_id = %s",
            ):
                try:
                    with transaction.atomic():
                        cursor.execute(statement.format(model._meta.db_table), [tenant.partner_id])
                        assert cursor.rowcount == 0, f"{statement} on {model._meta.label}"
                except DatabaseError as refused:
                    assert "permission denied" in str(refused), model._meta.label  # noqa: PT017


def test_a_row_cannot_be_written_for_another_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant.scope():
        one_of_each(tenant.world)
        rows = [model._base_manager.first() for model in TENANT_MODELS]
    for row in rows:
        assert row is not None
        row.pk = uuid.uuid4()
        with (
            other_tenant.scope(),
            pytest.raises(DatabaseError, match="row-level security"),
            transaction.atomic(),
        ):
            row.save(force_insert=True)


def test_references_stay_inside_the_tenant(transactional_db: None) -> None:
    for model in TENANT_MODELS:
        for field in model._meta.concrete_fields:
            label = f"{model._meta.label}.{field.name}"
            if isinstance(field, TenantForeignKey):
                assert _constrained(model, field.column) == ["partner_id", field.column], label
            elif isinstance(field, models.ForeignKey):
                assert not issubclass(field.related_model, TenantModel), f"{label} must be a TenantForeignKey"


def _constrained(model: type[models.Model], column: str) -> list[str]:
    """The columns of the foreign key that `SecureTable` made for this one."""
    found = _one(
        "SELECT array_agg(a.attname::text ORDER BY k.n) FROM pg_constraint c"
        " CROSS JOIN unnest(c.conkey) WITH ORDINALITY k(attnum, n)"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum"
        " WHERE c.contype = 'f' AND c.conrelid = %s::regclass AND c.conname = %s",
        model._meta.db_table,
        f"{model._meta.db_table}_{column}_fk"[:63],
    )
    return found[0] or []


def test_the_partner_itself_is_hidden_from_others(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant.scope():
        assert list(Partner._base_manager.values_list("pk", flat=True)) == [tenant.partner_id]
    assert Partner._base_manager.count() == 0


def test_no_role_of_the_application_can_step_around(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'portal_%%' AND (rolsuper OR rolbypassrls)"
        )
        assert cursor.fetchall() == []
        cursor.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        assert cursor.fetchall() == [("portal_owner",)]
        cursor.execute(
            "SELECT table_name FROM information_schema.role_table_grants"
            " WHERE privilege_type = 'TRUNCATE' AND grantee <> 'portal_owner' AND grantee LIKE 'portal_%%'"
        )
        assert cursor.fetchall() == []


def test_policies_call_nothing_volatile(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT qual, with_check FROM pg_policies WHERE schemaname = 'public'")
        for rule in {text for row in cursor.fetchall() for text in row if text}:
            assert rule == "true" or "current_setting" in rule
            assert "now()" not in rule
            assert "random" not in rule


def test_the_queue_role_reads_no_content(transactional_db: None) -> None:
    """It sees ids, tenants and times of work, and the lookup columns that find a tenant. Nothing else."""
    queue = {"id", "partner_id", "due_at", "lease_no", "leased_until"}
    lookup = {"user_id", "key_id", "app_id", "token_hash"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0"
            " AND has_column_privilege('portal_queue', c.oid, a.attnum, 'SELECT')"
        )
        readable: dict[str, set[str]] = {}
        for table, column in cursor.fetchall():
            readable.setdefault(table, set()).add(column)
    work = {model._meta.db_table for model in TENANT_MODELS if issubclass(model, WorkRow)}
    for table, columns in readable.items():
        assert columns <= (queue if table in work else {"id", "partner_id"}) | lookup, table
    assert work <= set(readable), "a work row that the sweeper cannot see is never swept"
