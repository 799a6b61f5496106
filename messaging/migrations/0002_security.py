from __future__ import annotations

from django.db import migrations

from portal.kernel.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("tenants", "0002_security")]
    operations = [
        SecureTable("Message", queue=True),
        SecureTable("CustomerServiceWindow"),
    ]
