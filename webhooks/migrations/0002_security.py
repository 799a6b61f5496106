from __future__ import annotations

from django.db import migrations

from portal.kernel.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial"), ("tenants", "0002_security"), ("kernel", "0001_initial")]
    operations = [
        SecureTable("Payload", queue=True, intake=True),
        SecureTable("Change"),
        migrations.RunSQL("GRANT SELECT ON kernel_sandboxclock TO portal_intake", migrations.RunSQL.noop),
    ]
