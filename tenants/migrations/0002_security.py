from __future__ import annotations

from django.db import migrations

from portal.kernel.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [
        SecureTable("Partner", tenant="id"),
        SecureTable("Membership", lookup=["id", "partner_id", "user_id"]),
        SecureTable("ApiKey", lookup=["id", "partner_id", "key_id"]),
        SecureTable("IdempotencyKey"),
        SecureTable("Customer"),
        SecureTable("BusinessManager"),
        SecureTable(
            "MetaApp",
            lookup=["id", "partner_id", "app_id"],
            intake=["id", "partner_id", "app_id", "app_secret", "previous_app_secret", "verify_token"],
        ),
        SecureTable("AppPermission"),
        SecureTable("SystemUser"),
        SecureTable("CreditLine"),
        SecureTable("TermsAcceptance"),
        SecureTable("BusinessToken"),
        SecureTable("Waba"),
        SecureTable("PhoneNumber"),
    ]
