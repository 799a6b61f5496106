from __future__ import annotations

from django.db import migrations

from portal.kernel.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0001_initial"), ("tenants", "0002_security")]
    operations = [
        SecureTable("Onboarding", queue=True),
        SecureTable("Step"),
        SecureTable("OnboardingLink", lookup=["id", "partner_id", "token_hash"]),
        SecureTable("SignupSession"),
        SecureTable("RegistrationWindow", queue=True),
        SecureTable("Notice", queue=True),
    ]
