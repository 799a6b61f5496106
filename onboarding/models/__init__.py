"""The journey of one phone number from an invitation to a delivered message."""

from __future__ import annotations

from onboarding.models.onboarding import Kind, Onboarding, Owner, Step
from onboarding.models.signup import OnboardingLink, SignupSession
from onboarding.models.window import Notice, NoticeKind, RegistrationWindow

__all__ = [
    "Kind",
    "Notice",
    "NoticeKind",
    "Onboarding",
    "OnboardingLink",
    "Owner",
    "RegistrationWindow",
    "SignupSession",
    "Step",
]
