"""The files that go with an import: an example to begin with, and the rows that were wrong."""

from __future__ import annotations

from onboarding.models import Effect, PlanImport, PlanImportRow
from onboarding.plans.importing.columns import COLUMNS, REMARKS
from onboarding.plans.importing.errors import sentences
from onboarding.plans.tables import table

EXAMPLES: tuple[dict[str, str], ...] = (
    {
        "customer_ref": "C-1001",
        "customer_name": "Panificio Aurora",
        "contact_name": "Giulia Ferri",
        "contact_email": "giulia@aurora.example",
        "language": "it",
        "time_zone": "Europe/Rome",
        "currency": "EUR",
        "website": "https://aurora.example",
        "path": "ONPREM_TO_CLOUD",
        "priority": "2",
        "risk": "LOW",
        "moves_from": "08:00",
        "moves_until": "12:00",
        "not_before": "2027-01-11",
        "not_on": "2027-01-18 2027-01-19",
        "phone_number": "+39 06 9876 5001",
        "test_number": "yes",
        "number_daily_volume": "20",
        "peak_mps": "12",
        "daily_volume": "40000",
        "media_share": "10",
        "largest_media_mb": "5",
        "requires_gdpr": "yes",
        "certifications": "SOC2 ISO27001",
        "data_region": "NONE",
        "retention_days": "30",
        "features_used": "templates buttons_lists",
        "other_numbers": "0",
        "business_verified": "yes",
        "daily_recipients": "900",
        "messaging_limit": "TIER_2K",
        "onprem_running": "yes",
        "pin_known": "yes",
        "reuses_media_ids": "no",
    },
    {"phone_number": "+39 06 9876 5002", "number_daily_volume": "40000"},
    {
        "customer_ref": "C-1002",
        "customer_name": "Ottica Lume",
        "contact_email": "marco@lume.example",
        "path": "COEXISTENCE",
        "after": "C-1001",
        "not_after": "29/01/2027",
        "phone_number": "+39 02 9876 5003",
        "app_is_current": "yes",
    },
)


def template_csv() -> str:
    """Every column, with two customers as an example: one of two numbers, and one that comes after it."""
    return table(list(COLUMNS), [[row.get(name) for name in COLUMNS] for row in EXAMPLES])


def errors_csv(plan_import: PlanImport) -> str:
    """The rows that are not written, as they were, with line and reasons in front."""
    rows = list(PlanImportRow.objects.filter(plan_import=plan_import, effect=Effect.ERROR).order_by("row_no"))
    used = {name for row in rows for name in row.data["cells"]}
    names = [name for name in COLUMNS if name in used]
    return table(
        [*REMARKS, *names],
        [
            [row.row_no, " ".join(sentences(row.errors)), *(row.data["cells"].get(name) for name in names)]
            for row in rows
        ],
    )
