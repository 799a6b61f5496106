"""Roles and database of a fresh cluster, by the same SQL that production uses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from portal.embedded.home import SUPERUSER, EmbeddedError

DATABASE = "portal"
OWNER = "portal_owner"
ROLES_SQL = Path(__file__).parent.parent / "kernel" / "sql" / "roles.sql"


class Unavailable(Exception):
    """The server does not take connections yet."""


def prepare(sockets: Path, password: str, role_passwords: Mapping[str, str]) -> None:
    """Create roles and database where they are missing; safe to run at each start."""
    with _connect(sockets, password) as connection:
        connection.execute(ROLES_SQL.read_bytes())
        for role, role_password in role_passwords.items():
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(role_password))
            )
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )


def _connect(sockets: Path, password: str) -> psycopg.Connection[tuple[object, ...]]:
    try:
        return psycopg.connect(
            host=str(sockets), user=SUPERUSER, password=password, dbname="postgres", autocommit=True
        )
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise EmbeddedError(
                "The passwords in credentials.json do not belong to this database; start with --reset."
            ) from None
        raise Unavailable(str(error)) from error
