"""The operations desk: the queue, the journey, and the buttons on customers, accounts and numbers."""

from __future__ import annotations

from onboarding.admin.assets import CustomerDesk, PhoneNumberDesk, WabaDesk
from onboarding.admin.journey import OnboardingAdmin
from onboarding.admin.plans import MigrationPlanAdmin, PlanLineAdmin
from onboarding.admin.schedules import WaveScheduleAdmin

__all__ = [
    "CustomerDesk",
    "MigrationPlanAdmin",
    "OnboardingAdmin",
    "PhoneNumberDesk",
    "PlanLineAdmin",
    "WabaDesk",
    "WaveScheduleAdmin",
]
