"""Migration plans at the desk: the list, the page of a plan, of a number, imports and texts."""

from __future__ import annotations

from onboarding.admin.plans.lines import PlanLineAdmin
from onboarding.admin.plans.page import MigrationPlanAdmin

__all__ = ["MigrationPlanAdmin", "PlanLineAdmin"]
