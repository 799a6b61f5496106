"""Fixtures every test may use: a real PostgreSQL with production's roles, two tenants, time by argument."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from psycopg import sql

from portal.kernel.scope import scope
from tests.factories import PartnerFactory
from tests.factories.world import World, build_world

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SLOW = {"races", "journeys", "test_stack", "test_bench"}
SEEDED = {"django_migrations", "django_content_type", "auth_permission", "kernel_limit"}


def _admin(name: str) -> psycopg.Connection[tuple[object, ...]]:
    """A superuser's connection to a database of the embedded server; only the fixtures have it."""
    return psycopg.connect(os.environ["ADMIN_DATABASE_URL"], dbname=name, autocommit=True)


@contextmanager
def _as_migrator() -> Iterator[None]:
    settings = connections["default"].settings_dict
    before = settings["USER"], settings["PASSWORD"], settings["OPTIONS"]
    migrator = psycopg.conninfo.conninfo_to_dict(os.environ["MIGRATOR_DATABASE_URL"])
    settings["USER"], settings["PASSWORD"] = migrator["user"], migrator["password"]
    settings["OPTIONS"] = {**settings["OPTIONS"], "options": "-c role=portal_owner"}
    try:
        yield
    finally:
        connections["default"].close()
        settings["USER"], settings["PASSWORD"], settings["OPTIONS"] = before


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_db_blocker: pytest.FixtureRequest
) -> Iterator[None]:
    """This run's database: made by the superuser, migrated by the migrator, used as the application."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with _admin("postgres") as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER portal_owner").format(sql.Identifier(name)))
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = name
        with _as_migrator():
            call_command("migrate", verbosity=0)
        os.environ["TEST_DATABASE_NAME"] = name
        yield
        connections["default"].close()
    with _admin("postgres") as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@cache
def _cleaner(name: str) -> tuple[psycopg.Connection[tuple[object, ...]], sql.Composed]:
    """A connection and the statements that empty all tables; deletes are faster than TRUNCATE on few rows."""
    admin = _admin(name)
    found = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    tables = [sql.Identifier(str(row[0])) for row in found if row[0] not in SEEDED]
    deletes = sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(table) for table in tables)
    admin.execute("SET session_replication_role = replica")  # no triggers: history is insert-only
    return admin, deletes


def _empty_tables(self: TransactionTestCase) -> None:
    """Empty all tables between tests, as the superuser: the application's role may not."""
    admin, deletes = _cleaner(os.environ["TEST_DATABASE_NAME"])
    admin.execute(deletes)


TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[method-assign]


@dataclass(frozen=True)
class Tenant:
    """A partner of a test with its resources at Meta; `with tenant.scope():` reaches its rows."""

    partner_id: uuid.UUID
    world: World

    def scope(self, customer_id: uuid.UUID | None = None) -> contextmanager:  # type: ignore[valid-type]
        return scope(self.partner_id, customer_id)


def _tenant(name: str) -> Tenant:
    partner_id = uuid.uuid4()
    with scope(partner_id):
        return Tenant(partner_id, build_world(PartnerFactory(id=partner_id, name=name), now=NOW))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that wait for real processes: at the end they would be waited for alone."""
    items.sort(key=lambda item: item.path.parent.name not in SLOW and item.path.stem not in SLOW)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    """Alice's partner."""
    return _tenant("Nuvola Connect")


@pytest.fixture
def other_tenant(transactional_db: None) -> Tenant:
    """Charlie's partner: the outsider."""
    return _tenant("Brezza Messaging")
