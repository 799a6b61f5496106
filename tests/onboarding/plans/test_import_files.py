"""Reading a file of customers: as spreadsheets save it, and anything else with a clear refusal."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from onboarding.plans.importing import BadFile, errors
from onboarding.plans.importing.columns import COLUMNS
from onboarding.plans.importing.drafts import draft
from onboarding.plans.importing.reading import read
from tests.onboarding.plans.csv_rows import AURORA, CELLS, HEADING, LUME, text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"path,phone_number,customer_ref\n", "no rows"),
        (b"path,phone_number,customer_ref,color,shape\nx", "no such columns: 'color', 'shape'"),
        (b"path,phone_number,customer_ref,Path\nx", "twice: path"),
        (b"path,customer_ref\nx", "missing: phone_number"),
        (b"path,phone_number\nx", "missing: customer_ref, customer_name"),
        (b"path,,phone_number,customer_ref\nx", "no such column: ''"),
        ("path,phone_number,customer_ref\nx".encode("utf-16"), "CSV UTF-8"),
        (b"path,phone_number,customer_ref\n\x81", "letters"),
        (b'path,phone_number,customer_ref\n"a"b,c,d', "Line 2 cannot"),
        (b"path,phone_number,customer_ref\n" + b"a,b,c\n" * 5001, "5,000"),
        (b"a" * (4 * 1024 * 1024 + 1), "4 MB"),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_to_do(data: bytes, said: str) -> None:
    with translation.override("en"), pytest.raises(BadFile) as refused:
        read(data)
    assert said in str(refused.value.message)


def test_files_as_spreadsheets_save_them() -> None:
    plain = text(AURORA, LUME)
    wanted = [row.cells for row in read(plain.encode()).rows]
    for data in (
        ("\ufeff" + plain).encode(),
        text(AURORA, LUME, separator=";").encode(),
        text(AURORA, LUME, separator="\t").replace("\r\n", "\n").encode(),
        (
            plain.splitlines()[0].replace("customer_ref", '"Customer ref "')
            + "\r\n"
            + plain.split("\n", 1)[1]
        ).encode(),
        (plain.replace("\r\n", ",,\r\n")).encode(),
        plain.replace("+39", "'+39").encode(),
    ):
        assert [row.cells for row in read(data).rows] == wanted
    western = read(text({**AURORA, "contact_name": "Niccolò"}).encode("cp1252"))
    assert (western.is_western, western.rows[0].cells["contact_name"]) == (True, "Niccolò")
    gap = read((plain.splitlines()[0] + "\n\n\n" + plain.splitlines()[1]).encode())
    assert [row.number for row in gap.rows] == [4], "lines are counted as the spreadsheet shows them"
    odd = read((plain.splitlines()[0] + "\n" + plain.splitlines()[1] + ",stray").encode())
    assert draft(odd.rows)[0].rows[0].errors[0].code == "too_many_cells"


@given(st.one_of(st.binary(max_size=300), st.lists(st.lists(CELLS, max_size=10), max_size=6)))
@example(b"\xef\xbb\xbf")
@example([["\ud800"]])
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_give_rows_or_a_clear_refusal(content: bytes | list[list[str]]) -> None:
    if isinstance(content, bytes):
        data = content
    else:
        written = io.StringIO()
        csv.writer(written).writerows(content)
        data = (HEADING + written.getvalue()).encode("utf-8", "surrogatepass")
    try:
        rows = read(data).rows
    except BadFile as refused:
        said = str(refused.message)
    else:
        drafts = draft(rows)
        assert sorted(row.number for one in drafts for row in one.rows) == [row.number for row in rows]
        said = " ".join(
            errors.sentence(one.stored()) for each in drafts for row in each.rows for one in row.errors
        )
        said += "read"
    assert said


def test_the_guide_names_every_column() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "migration-plans.md").read_text()
    assert [name for name in COLUMNS if f"`{name}`" not in guide] == []
