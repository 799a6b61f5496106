from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from django.apps.registry import Apps
from django.db import migrations

from portal.kernel.rls import SecureTable

LIMITS = Path(__file__).resolve().parent.parent / "limits.csv"


def seed_limits(apps: Apps, schema_editor: Any) -> None:
    limit = apps.get_model("kernel", "Limit")
    with LIMITS.open(newline="", encoding="utf-8") as lines:
        limit.objects.bulk_create(
            limit(
                name=row["name"],
                value=row["value"],
                seeded_value=row["value"],
                unit=row["unit"],
                applies_to=row["scope"],
                source=row["source"],
                as_of=row["as_of"],
                note=row["note"],
            )
            for row in csv.DictReader(lines)
        )


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [
        SecureTable("Transition", insert_only=True),
        SecureTable("Audit", insert_only=True),
        SecureTable("TenantKey", lookup=["id", "partner_id"], intake=["partner_id", "wrapped"]),
        SecureTable("GraphCall"),
        migrations.RunPython(seed_limits, migrations.RunPython.noop),
    ]
