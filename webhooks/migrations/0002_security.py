from __future__ import annotations

from django.db import migrations

from portal.kernel.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial"), ("tenants", "0002_security")]
    operations = [
        SecureTable("Payload", queue=True, intake=True),
        SecureTable("Change"),
    ]
