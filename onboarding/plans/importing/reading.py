"""From the bytes of an upload to rows of text; what is no such table is refused with its reason."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from onboarding.plans.importing.columns import COLUMNS, IDENTITY, NEEDED, REMARKS
from onboarding.reasons import Text
from onboarding.services import Refused

MOST_BYTES = 4 * 1024 * 1024
MOST_ROWS = 5000
LONGEST_CELL = 2000
SEPARATORS = (",", ";", "\t")
KNOWN = {*COLUMNS, *REMARKS}
# What our own exports, like a spreadsheet's user, put before a text that would be a formula.
GUARDED = re.compile(r"'(?=\s*[=+\-@\t\r＝＋－＠])")


class BadFile(Refused):
    """A file of which no row can be read; `message` says what to do."""

    code = "bad_file"

    def __init__(self, message: Text) -> None:
        super().__init__(self.code)
        self.message = message


@dataclass(frozen=True)
class Row:
    """One line of the file: its number there, the heading being 1, and its cells that are not empty."""

    number: int
    cells: dict[str, str]
    has_too_many: bool = False


@dataclass(frozen=True)
class Table:
    """What a file says; `is_western` when it was not UTF-8 but an older encoding of Windows."""

    rows: list[Row]
    is_western: bool


def read(data: bytes) -> Table:
    """The rows of a CSV file as people and spreadsheets write it."""
    if len(data) > MOST_BYTES:
        raise BadFile(_("The file is larger than 4 MB: split it by customers."))
    text, is_western = _decoded(data)
    records = _records(text)
    if not records:
        raise BadFile(_("The file is empty."))
    heading = _heading(records[0])
    found = [
        _row(number, heading, record) for number, record in enumerate(records[1:], start=2) if any(record)
    ]
    if not found:
        raise BadFile(_("The file has a heading and no rows."))
    if len(found) > MOST_ROWS:
        raise BadFile(_("The file has more than 5,000 rows: split it by customers."))
    return Table(rows=found, is_western=is_western)


def _decoded(data: bytes) -> tuple[str, bool]:
    if b"\0" in data:
        raise BadFile(_("This is no text of a spreadsheet. Save it as “CSV UTF-8” and upload that file."))
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding), encoding == "cp1252"
        except UnicodeDecodeError:
            continue
    raise BadFile(_("The letters of this file cannot be read. Save it as “CSV UTF-8” and upload that file."))


def _records(text: str) -> list[list[str]]:
    """All lines, split where the heading has the most columns that are known."""
    first = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=lambda one: sum(_name(cell) in KNOWN for cell in first.split(one)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return [[cell.strip() for cell in record] for record in reader]
    except csv.Error as error:
        message = gettext("Line %(line)s cannot be split into cells: look at its quotation marks.") % {
            "line": reader.line_num
        }
        raise BadFile(message) from error


def _name(cell: str) -> str:
    return re.sub(r"[\s_-]+", "_", cell.strip().strip('"').lower())


def _heading(record: list[str]) -> list[str]:
    """The names of the columns; an unnamed one at the end is what spreadsheets leave behind."""
    names = [_name(cell) for cell in record]
    while names and not names[-1]:
        names.pop()
    if unknown := [cell for cell, name in zip(record, names, strict=False) if name not in KNOWN]:
        message = ngettext(
            "There is no such column: %(names)s.", "There are no such columns: %(names)s.", len(unknown)
        )
        raise BadFile(message % {"names": ", ".join(repr(name[:50]) for name in unknown[:10])})
    if doubled := [name for name, times in Counter(names).items() if times > 1]:
        raise BadFile(gettext("These columns are there twice: %(names)s.") % {"names": ", ".join(doubled)})
    missing = [name for name in NEEDED if name not in names]
    if not set(IDENTITY) & set(names):
        missing = [*IDENTITY, *missing]
    if missing:
        raise BadFile(gettext("These columns are missing: %(names)s.") % {"names": ", ".join(missing)})
    return names


def _row(number: int, heading: list[str], record: list[str]) -> Row:
    cells = {
        name: GUARDED.sub("", cell, count=1)
        for name, cell in zip(heading, record, strict=False)
        if cell and name not in REMARKS
    }
    return Row(number, cells, has_too_many=any(record[len(heading) :]))
