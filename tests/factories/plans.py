"""Factories of migration plans, and one row of each of their models."""

from __future__ import annotations

from datetime import date

import factory

from onboarding import models
from tests.factories.tenants import WHEN, CustomerFactory, MetaAppFactory, TenantFactory
from tests.factories.world import World


class MigrationPlanFactory(TenantFactory):
    class Meta:
        model = models.MigrationPlan

    customer = factory.SubFactory(CustomerFactory)
    app = factory.SubFactory(MetaAppFactory)
    path = models.Path.ONPREM_TO_CLOUD
    changed_at = WHEN
    created_at = WHEN
    created_by = "anna@nuvola.example"


class PlanLineFactory(TenantFactory):
    class Meta:
        model = models.PlanLine

    plan = factory.SubFactory(MigrationPlanFactory)
    position = factory.LazyAttribute(lambda line: line.plan.lines.count() + 1)
    display_phone_number = factory.Sequence(lambda n: f"+39 333 {n:07d}")


class PlanWishFactory(TenantFactory):
    class Meta:
        model = models.PlanWish

    plan = factory.SubFactory(MigrationPlanFactory)
    kind = models.WishKind.NOT_BEFORE
    day = date(2026, 12, 1)
    created_at = WHEN
    created_by = "anna@nuvola.example"


class WaveScheduleFactory(TenantFactory):
    class Meta:
        model = models.WaveSchedule

    name = "December"
    first_day = date(2026, 11, 30)
    last_day = date(2027, 1, 29)
    created_at = WHEN
    created_by = "anna@nuvola.example"


class NoticeTextFactory(TenantFactory):
    class Meta:
        model = models.NoticeText

    name = "move"
    kind = models.PlanNoticeKind.ANNOUNCEMENT
    language = "it"
    subject = "Il tuo numero si sposta"
    body = "Ciao {contact}, il {date} spostiamo {numbers}."
    approved_at = WHEN
    approved_by = "anna@nuvola.example"
    changed_at = WHEN
    changed_by = "anna@nuvola.example"


def one_of_each_plan_row(world: World) -> None:
    """Make them, inside the scope of the world's partner."""
    tenant = {"partner_id": world.partner.id}
    stamp = {"created_at": WHEN, "created_by": "t"}
    plan = MigrationPlanFactory(customer=world.customer, app=world.app)
    line = PlanLineFactory(plan=plan)
    earlier = MigrationPlanFactory(app=world.app, customer=CustomerFactory())
    PlanWishFactory(plan=plan)
    NoticeTextFactory()
    models.PlanDependency.objects.create(**tenant, **stamp, plan=plan, after=earlier)
    models.PlanAnswer.objects.create(
        **tenant, plan=plan, key="peak_mps", value=3, source="STAFF", answered_at=WHEN, answered_by="t"
    )
    models.PlanDecision.objects.create(
        **tenant, plan=plan, key="INFORM", choice=True, decided_at=WHEN, decided_by="t"
    )
    models.PlanNotice.objects.create(**tenant, **stamp, plan=plan, kind="ANNOUNCEMENT", language="it")
    schedule = WaveScheduleFactory()
    models.WaveSlot.objects.create(
        **tenant, schedule=schedule, plan=plan, wave=1, day=WHEN.date(), starts_at=WHEN, ends_at=WHEN
    )
    upload = models.PlanImport.objects.create(
        **tenant, **stamp, name="a.csv", sha256="0", rows_total=1, rows_wrong=0, customers=1, numbers=1
    )
    models.PlanImportRow.objects.create(
        **tenant, plan_import=upload, row_no=2, data={"cells": {}, "changes": []}, effect="CREATE"
    )
    models.OnPremisesClient.objects.create(
        **tenant, line=line, base_url="https://onprem.example", changed_at=WHEN
    )
    models.PlanBackup.objects.create(
        **tenant, line=line, source="UPLOAD", sha256="0", taken_at=WHEN, taken_by="t", expires_at=WHEN
    )
    models.PlanCheck.objects.create(
        **tenant, line=line, key="terms", result="OK", checked_at=WHEN, checked_by="t"
    )
    models.MoveReport.objects.create(**tenant, line=line, facts={}, proven=True, written_at=WHEN)
