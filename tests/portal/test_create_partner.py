"""An empty installation is opened by one command, and everything else is done at the desk."""

from __future__ import annotations

import re
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from portal.kernel.scope import scope
from tenants.models import Membership, Partner, User
from tests.conftest import Tenant
from tests.factories.desk import PASSWORD, make_member

pytestmark = pytest.mark.django_db(transaction=True)


def _create(admin_email: str = "Paola@brezza.example") -> str:
    answer = StringIO()
    call_command(
        "create_partner",
        name="Brezza",
        legal_entity="Brezza S.r.l., Torino",
        support_email="aiuto@brezza.example",
        admin_email=admin_email,
        admin_name="Paola Verdi",
        stdout=answer,
    )
    return answer.getvalue()


def test_the_first_administrator_signs_in_with_what_it_prints() -> None:
    answer = _create()
    found = re.search(r"Partner (\S+)\n(\S+) signs in with (\S+) and", answer)
    assert found is not None, answer
    client = Client()
    form = {"username": found[2], "password": found[3], "next": "/admin/"}
    assert client.post("/admin/login/", form)["Location"] == "/admin/"
    assert "Brezza" in client.get("/admin/").content.decode()
    with scope(uuid.UUID(found[1])):
        assert Partner.objects.get().legal_entity == "Brezza S.r.l., Torino"
        assert Membership.objects.get().role == "ADMIN"


def test_a_person_who_is_known_keeps_their_password(tenant: Tenant) -> None:
    person = make_member(tenant, email="paola@brezza.example")
    assert "the password they have" in _create()
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)


def test_a_wrong_address_makes_nothing() -> None:
    with pytest.raises(CommandError, match="not an e-mail address"):
        _create("paola")
    assert not User.objects.exists()
