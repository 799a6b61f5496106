"""People at the desk."""

from __future__ import annotations

from functools import cache

from django.contrib.auth.hashers import make_password
from django.test import Client

from tenants.models import Membership, User

PASSWORD = "una password lunga"


@cache
def _hashed() -> str:
    """The password as it is stored; hashing is slow on purpose, so it is done once."""
    return make_password(PASSWORD)


class DeskClient(Client):
    """A signed-in browser without a browser; `person` is who."""

    person: User


def make_member(tenant, *, role="OPERATOR", email="op@nuvola.example", name="Anna Neri", language="") -> User:  # type: ignore[no-untyped-def]
    """A person with a password and a role in the tenant."""
    person = User.objects.create(email=email, password=_hashed(), name=name, language=language)
    with tenant.scope():
        Membership.objects.create(partner_id=tenant.partner_id, user=person, role=role)
    return person


def sign_in(tenant, *, role="OPERATOR", email="op@nuvola.example", language="en") -> DeskClient:  # type: ignore[no-untyped-def]
    """A member of the tenant at the desk."""
    client = DeskClient()
    client.person = make_member(tenant, role=role, email=email, language=language)
    client.force_login(client.person)
    return client
