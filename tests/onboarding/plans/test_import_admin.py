"""Importing plans by CSV at the desk: look first, then write, and keep what was said."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from onboarding.models import MigrationPlan, PlanImport
from onboarding.states import ImportState
from tests.conftest import Tenant
from tests.factories.desk import DeskClient, press, read, sign_in, told

IMPORTS = "/admin/onboarding/planimport/"
GOOD = """\
customer_ref,customer_name,contact_email,path,phone_number,test_number
C-1,Panificio Aurora,giulia@aurora.example,ONPREM_TO_CLOUD,+39 06 9876 5001,yes
,,,,+39 06 9876 5002,
C-2,Ottica Lume,marco@lume.example,COEXISTENCE,+39 02 9876 5003,
"""
BAD = GOOD + "C-3,=cmd|' /C calc'!A0,nowhere,COEXISTENCE,12,\n"


def upload(client: DeskClient, text: str) -> PlanImport:
    file = SimpleUploadedFile("clienti.csv", text.encode())
    answer = client.post(f"{IMPORTS}add/", {"file": file})
    assert answer.status_code == 302, re.findall(r"errorlist.*", answer.content.decode())
    found = re.search(r"planimport/([^/]+)/change", answer["Location"])
    assert found is not None
    return PlanImport(pk=found[1])


def page_of(row: PlanImport, words: str = "") -> str:
    return f"{IMPORTS}{row.pk}/change/{words}"


@pytest.fixture
def client(tenant: Tenant) -> DeskClient:
    return sign_in(tenant)


def test_a_file_is_looked_at_before_anything_is_written(tenant: Tenant, client: DeskClient) -> None:
    row = upload(client, BAD)
    page = read(client, page_of(row))
    assert "Nothing is written yet" in page
    assert "new customer, new migration plan" in page
    assert re.findall(r'desk-count">(\d+)<', page) == ["3", "4", "4", "1"]
    with tenant.scope():
        assert not MigrationPlan.objects.exists()
    wrong = read(client, page_of(row, "?effect=ERROR"))
    assert "This is not an e-mail address." in wrong
    assert "Ottica Lume" not in wrong


def test_the_rows_with_errors_are_a_file_to_correct(tenant: Tenant, client: DeskClient) -> None:
    row = upload(client, BAD)
    answer = client.get(f"{IMPORTS}{row.pk}/errors/")
    assert answer["Content-Disposition"] == 'attachment; filename="clienti-errors.csv"'
    text = answer.content.decode()
    assert "nowhere" in text
    assert "Ottica" not in text
    assert not re.search(r"(^|,)\"?=cmd", text, re.MULTILINE), "a spreadsheet would run this"
    corrected = text.replace("nowhere", "carla@lume.example").replace(",12", ",+39 02 9876 5099")
    again = read(client, page_of(upload(client, corrected.lstrip("\ufeff"))))
    assert re.findall(r'desk-count">(\d+)<', again) == ["1", "1", "1", "0"]


def test_an_import_is_applied_once(tenant: Tenant, client: DeskClient) -> None:
    row = upload(client, BAD)
    read(client, f"{IMPORTS}{row.pk}/do/apply/")
    assert "The import is applied." in told(client, row, "apply")
    with tenant.scope():
        assert sorted(MigrationPlan.objects.values_list("path", flat=True)) == [
            "COEXISTENCE",
            "ONPREM_TO_CLOUD",
        ]
        kept = PlanImport.objects.get(pk=row.pk)
        assert (kept.state, kept.applied_by) == (ImportState.APPLIED, client.person.email)
    assert "no longer possible" in told(client, row, "apply")
    again = upload(client, GOOD)
    page = read(client, page_of(again))
    assert re.search(r"effect=UNCHANGED\"[^>]*>\s*No change 3", page)


def test_an_import_is_discarded_and_stays_on_record(tenant: Tenant, client: DeskClient) -> None:
    row = upload(client, GOOD)
    assert "The import is discarded." in told(client, row, "discard")
    assert "clienti.csv" in read(client, IMPORTS)
    assert "/do/apply/" not in read(client, page_of(row))


def test_a_file_that_is_no_table_is_refused_beside_its_field(client: DeskClient) -> None:
    for data, words in {
        b"\x00\x01": "no text of a spreadsheet",
        b"name,size\nA,1\n": "There are no such columns",
        b"": "empty",
    }.items():
        answer = client.post(f"{IMPORTS}add/", {"file": SimpleUploadedFile("a.csv", data)})
        assert answer.status_code == 200
        assert words in answer.content.decode(), words


def test_the_template_can_be_uploaded_as_it_is(client: DeskClient) -> None:
    template = client.get(f"{IMPORTS}template/")
    assert template["Content-Type"].startswith("text/csv")
    page = read(client, page_of(upload(client, template.content.decode())))
    assert "No row has an error." in page


def test_a_long_file_is_shown_in_pages(client: DeskClient) -> None:
    lines = [f"C-{n},Cliente {n},c{n}@example.com,COEXISTENCE,+39 02 9876 {n:04d}," for n in range(60)]
    row = upload(client, GOOD.splitlines()[0] + "\n" + "\n".join(lines) + "\n")
    first, second = read(client, page_of(row)), read(client, page_of(row, "?effect=&page=2"))
    assert "page 1 of 2" in first
    assert ("Cliente 59" in first, "Cliente 59" in second) == (False, True)


def test_a_viewer_looks_and_a_stranger_finds_nothing(
    tenant: Tenant, other_tenant: Tenant, client: DeskClient
) -> None:
    row = upload(client, GOOD)
    viewer = sign_in(tenant, role="VIEWER", email="v@nuvola.example")
    assert "/do/" not in read(viewer, page_of(row))
    assert press(viewer, row, "apply").status_code == 403
    assert viewer.post(f"{IMPORTS}add/", {}).status_code == 403
    stranger = sign_in(other_tenant, email="c@brezza.example")
    assert stranger.get(page_of(row)).status_code == 404
    assert stranger.get(f"{IMPORTS}{row.pk}/errors/").status_code == 404


def test_only_those_who_may_import_are_offered_it(tenant: Tenant, client: DeskClient) -> None:
    plans = "/admin/onboarding/migrationplan/"
    assert f"{IMPORTS}add/" in read(client, plans)
    assert f"{IMPORTS}add/" not in read(sign_in(tenant, role="VIEWER", email="v@nuvola.example"), plans)
