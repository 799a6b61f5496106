from __future__ import annotations

from django.db import migrations

from portal.kernel.rls import SecureTable


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0003_migration_plans")]
    operations = [
        SecureTable("MigrationPlan", queue=True),
        SecureTable("PlanLine"),
        SecureTable("PlanWish"),
        SecureTable("PlanDependency"),
        SecureTable("PlanAnswer"),
        SecureTable("PlanImport"),
        SecureTable("PlanImportRow"),
        SecureTable("NoticeText"),
        SecureTable("PlanDecision"),
        SecureTable("PlanNotice", queue=True),
        SecureTable("WaveSchedule", queue=True),
        SecureTable("WaveSlot"),
        SecureTable("OnPremisesClient"),
        SecureTable("PlanBackup", queue=True),
        SecureTable("PlanCheck"),
        SecureTable("MoveReport", insert_only=True),
        SecureTable("OnboardingLink", lookup=["id", "partner_id", "token_hash"]),
    ]
