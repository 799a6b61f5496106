"""Migration plans at the desk: the list, the page of a plan and of a number, imports and texts."""

from __future__ import annotations

from onboarding.admin.plans.imports import PlanImportAdmin
from onboarding.admin.plans.lines import PlanLineAdmin
from onboarding.admin.plans.page import MigrationPlanAdmin
from onboarding.admin.plans.texts import NoticeTextAdmin

__all__ = ["MigrationPlanAdmin", "NoticeTextAdmin", "PlanImportAdmin", "PlanLineAdmin"]
