from __future__ import annotations

from django.db import migrations

from portal.kernel.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0001_initial"), ("messaging", "0002_security"), ("tenants", "0002_security")]
    operations = [
        SecureTable("Onboarding", queue=True),
        SecureTable("Step"),
        SecureTable("OnboardingLink", lookup=["id", "partner_id", "token_hash"]),
        SecureTable("SignupSession", queue=True),
        SecureTable("RegistrationWindow", queue=True),
        SecureTable("Notice", queue=True),
    ]
