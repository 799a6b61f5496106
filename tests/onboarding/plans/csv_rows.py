"""Two customers as a file has them, and cells that a person or nobody would write."""

from __future__ import annotations

import csv
import io

from hypothesis import strategies as st

from onboarding.plans.importing.columns import COLUMNS

AURORA = {
    "customer_ref": "C-1",
    "customer_name": "Panificio Aurora",
    "contact_email": "giulia@aurora.example",
    "path": "ONPREM_TO_CLOUD",
    "phone_number": "+39 06 9876 5001",
}
LUME = {
    "customer_ref": "C-2",
    "customer_name": "Ottica Lume",
    "contact_email": "marco@lume.example",
    "path": "COEXISTENCE",
    "phone_number": "+39 06 9876 5002",
}
HEADING = "customer_ref,customer_name,contact_email,path,phone_number,after,not_on,peak_mps\n"
CELLS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["C-1", "C-2", "COEXISTENCE", "+390698765001", "2027-01-18", "=1+1", "5"]),
)


def text(*rows: dict[str, str], separator: str = ",") -> str:
    """A file with the columns that the rows use."""
    names = [name for name in COLUMNS if any(name in row for row in rows)]
    written = io.StringIO()
    writer = csv.DictWriter(written, names, delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()
