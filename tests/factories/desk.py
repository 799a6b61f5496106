"""People at the desk, and what they do there."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

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


def address_of(model: Any, kind: str, *args: object) -> str:
    """The address of a model's list, form or page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def read(client: DeskClient, address: str) -> str:
    """A page that opens."""
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return str(answer.content.decode())


def press(client: DeskClient, row: Any, name: str, **data: str) -> Any:
    """The answer to a button of the row."""
    return client.post(address_of(row, "button", row.pk, name), data)


def told(client: DeskClient, row: Any, name: str, **data: str) -> str:
    """The page after a button, with its message."""
    answer = press(client, row, name, **data)
    assert answer.status_code == 302, answer.content.decode()[:500]
    return str(client.get(answer["Location"]).content.decode())


def names_in(page: str) -> list[str]:
    """The customers of a queue, in its order."""
    return re.findall(r'<span class="desk-who">([^<]+)</span>', page)
