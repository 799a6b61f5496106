"""Row level security and composite foreign keys, added to a table by one migration operation."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps.registry import Apps
from django.db import connection, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from psycopg import sql

from portal.kernel.fields import TenantForeignKey

TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"
CUSTOMER = "nullif(current_setting('app.customer_id', true), '')::uuid"
QUEUE_ROLE = "portal_queue"
QUEUE_COLUMNS = ("id", "partner_id", "due_at", "lease_no", "leased_until")
LEASE_COLUMNS = ("lease_no", "leased_until")


class SecureTable(Operation):
    """Put a table behind the tenant: FORCE row security, composite keys, and what else is granted.

    `queue`: the cross-tenant role may read and lease the queue columns. `lookup`: it may read these columns,
    which find the tenant of a key, a link or an app. `insert_only`: nobody updates or deletes.
    `intake`: columns that the webhook intake may read across tenants, or True for INSERT without reading.
    Running it again, after a column was added, is harmless.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(
        self,
        model: str,
        *,
        queue: bool = False,
        lookup: Sequence[str] = (),
        insert_only: bool = False,
        intake: Sequence[str] | bool = (),
        tenant: str = "partner_id",
    ) -> None:
        self.model, self.queue, self.lookup = model, queue, tuple(lookup)
        self.insert_only, self.intake, self.tenant = insert_only, intake, tenant

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The model does not change; only the database does."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model)
        for statement in self.statements(model, to_state.apps):
            schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        """Dropping the table drops all of this with it."""

    def describe(self) -> str:
        return f"Put {self.model} behind the tenant"

    def statements(self, model: type[models.Model], apps: Apps) -> Iterator[str]:
        table = model._meta.db_table
        yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
        yield f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY'
        yield from self._policies(model, table)
        yield from self._keys(model, table)
        if self.insert_only:
            yield f'REVOKE UPDATE, DELETE ON "{table}" FROM portal_app, portal_worker'

    def _policies(self, model: type[models.Model], table: str) -> Iterator[str]:
        rule = f"{self.tenant} = {TENANT}"
        if any(field.column == "customer_id" for field in model._meta.concrete_fields):
            # Not OR: PostgreSQL would expect one row in two hundred and join lists by comparing all with all.
            rule += f" AND CASE WHEN {CUSTOMER} IS NULL THEN true ELSE customer_id = {CUSTOMER} END"
        yield from _policy(table, "tenant", f"USING ({rule}) WITH CHECK ({rule})")
        readable = {*(QUEUE_COLUMNS if self.queue else ()), *self.lookup}
        if readable:
            columns = ", ".join(f'"{column}"' for column in sorted(readable))
            yield f'GRANT SELECT ({columns}) ON "{table}" TO {QUEUE_ROLE}'
            yield from _policy(table, "queue_read", f"FOR SELECT TO {QUEUE_ROLE} USING (true)")
        if self.queue:
            yield f'GRANT UPDATE ({", ".join(LEASE_COLUMNS)}) ON "{table}" TO {QUEUE_ROLE}'
            yield from _policy(
                table, "queue_lease", f"FOR UPDATE TO {QUEUE_ROLE} USING (true) WITH CHECK (true)"
            )
        if self.intake is True:
            yield f'GRANT INSERT ON "{table}" TO portal_intake'
            yield from _policy(table, "intake", "FOR INSERT TO portal_intake WITH CHECK (true)")
        elif self.intake:
            yield f'GRANT SELECT ({", ".join(self.intake)}) ON "{table}" TO portal_intake'
            yield from _policy(table, "intake", "FOR SELECT TO portal_intake USING (true)")

    def _keys(self, model: type[models.Model], table: str) -> Iterator[str]:
        if self.tenant == "partner_id":
            yield _unique_key(table)
            if model._meta.app_label != "kernel":  # the kernel's tables are older than the tenants'
                yield from _foreign_key(table, "partner_id", "(partner_id)", "tenants_partner (id)")
        for field in model._meta.concrete_fields:
            if isinstance(field, TenantForeignKey):
                target = f'"{field.related_model._meta.db_table}" (partner_id, id)'
                yield from _foreign_key(table, field.column, f'(partner_id, "{field.column}")', target)


def _policy(table: str, name: str, rest: str) -> Iterator[str]:
    yield f'DROP POLICY IF EXISTS {name} ON "{table}"'
    yield f'CREATE POLICY {name} ON "{table}" {rest}'


def _unique_key(table: str) -> str:
    """The key that composite foreign keys point to; kept if it is there, since others depend on it."""
    name = f"{table}_tenant_id"
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = '{name}') THEN "
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" UNIQUE (partner_id, id); END IF; END $$'
    )


def _foreign_key(table: str, column: str, source: str, target: str) -> Iterator[str]:
    name = f"{table}_{column}_fk"[:63]
    yield f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}"'
    yield (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY {source}'
        f" REFERENCES {target} DEFERRABLE INITIALLY DEFERRED"
    )


@contextmanager
def across_tenants() -> Iterator[None]:
    """Run one statement as the role that sees queue and lookup columns of every tenant and no content.

    The callers are listed in tests/architecture; adding one is a decision.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {QUEUE_ROLE}")
        yield
        cursor.execute("SET LOCAL ROLE NONE")


def find_tenant(model: type[models.Model], **equals: str | uuid.UUID) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Return (id, partner_id) of the rows of any tenant, those whose lookup columns equal these values."""
    conditions = [sql.SQL("{} = %s").format(sql.Identifier(column)) for column in equals]
    where = sql.SQL(" AND ").join([sql.SQL("true"), *conditions])
    query = sql.SQL("SELECT id, partner_id FROM {} WHERE {}").format(
        sql.Identifier(model._meta.db_table), where
    )
    with across_tenants(), connection.cursor() as cursor:
        cursor.execute(query, list(equals.values()))
        return [(row[0], row[1]) for row in cursor.fetchall()]
