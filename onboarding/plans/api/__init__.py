"""/api/v1/plans, /plan-numbers, /schedules, /plan-imports and /notice-texts."""

from __future__ import annotations

from onboarding.plans.api.imports import PlanImports
from onboarding.plans.api.numbers import PlanNumbers
from onboarding.plans.api.plans import Plans
from onboarding.plans.api.schedules import Schedules
from onboarding.plans.api.texts import NoticeTexts

__all__ = ["NoticeTexts", "PlanImports", "PlanNumbers", "Plans", "Schedules"]
