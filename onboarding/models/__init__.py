"""Journeys of phone numbers to a delivered message, and the plans by which customers move."""

from __future__ import annotations

from onboarding.models.assessment import AnswerSource, Effect, PlanAnswer, PlanImport, PlanImportRow
from onboarding.models.decisions import (
    DATELESS,
    DecisionKey,
    NoticeText,
    PlanDecision,
    PlanNotice,
    PlanNoticeKind,
)
from onboarding.models.moves import (
    BackupSource,
    CheckResult,
    MoveReport,
    OnPremisesClient,
    PlanBackup,
    PlanCheck,
)
from onboarding.models.onboarding import Kind, Onboarding, Owner, Step
from onboarding.models.plan import (
    MigrationPlan,
    Path,
    PlanDependency,
    PlanLine,
    PlanWish,
    Recommendation,
    Risk,
    WishKind,
)
from onboarding.models.signup import OnboardingLink, SignupSession
from onboarding.models.waves import WaveSchedule, WaveSlot
from onboarding.models.window import Notice, NoticeKind, RegistrationWindow

__all__ = [
    "DATELESS",
    "AnswerSource",
    "BackupSource",
    "CheckResult",
    "DecisionKey",
    "Effect",
    "Kind",
    "MigrationPlan",
    "MoveReport",
    "Notice",
    "NoticeKind",
    "NoticeText",
    "OnPremisesClient",
    "Onboarding",
    "OnboardingLink",
    "Owner",
    "Path",
    "PlanAnswer",
    "PlanBackup",
    "PlanCheck",
    "PlanDecision",
    "PlanDependency",
    "PlanImport",
    "PlanImportRow",
    "PlanLine",
    "PlanNotice",
    "PlanNoticeKind",
    "PlanWish",
    "Recommendation",
    "RegistrationWindow",
    "Risk",
    "SignupSession",
    "Step",
    "WaveSchedule",
    "WaveSlot",
    "WishKind",
]
