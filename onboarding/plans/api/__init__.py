"""/api/v1/plans, /plan-numbers, /schedules and /plan-imports."""

from __future__ import annotations

from onboarding.plans.api.imports import PlanImports
from onboarding.plans.api.numbers import PlanNumbers
from onboarding.plans.api.plans import Plans
from onboarding.plans.api.schedules import Schedules

__all__ = ["PlanImports", "PlanNumbers", "Plans", "Schedules"]
