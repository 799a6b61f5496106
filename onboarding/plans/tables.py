"""CSV as spreadsheets read it, without a cell that they would compute."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

# What a spreadsheet may take for a formula; phone numbers begin like one and are none.
FORMULA = re.compile(r"\s*[=+\-@\t\r＝＋－＠]")
PHONE_NUMBERS = re.compile(r"[+\d][\d ;+]*")
NUMBER = re.compile(r"-?\d+([.,]\d+)?")
# By which Excel knows that the file is UTF-8.
BYTE_ORDER_MARK = "\ufeff"


def table(heading: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV with a heading; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([[cell(value) for value in row] for row in (heading, *rows)])
    return BYTE_ORDER_MARK + text.getvalue()


def cell(value: object) -> str:
    """A value as text; what would be a formula begins with an apostrophe and stays text."""
    text = "" if value is None else str(value)
    harmless = PHONE_NUMBERS.fullmatch(text) or NUMBER.fullmatch(text)
    return f"'{text}" if FORMULA.match(text) and not harmless else text
