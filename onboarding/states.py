"""The states of an Onboarding and of its steps, and the ways between them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OnboardingState(models.TextChoices):
    """How far the customer has come."""

    INVITED = "INVITED", _("invited")
    SIGNED_UP = "SIGNED_UP", _("signed up")
    REGISTERED = "REGISTERED", _("registered")
    LIVE = "LIVE", _("live")
    EXPIRED = "EXPIRED", _("expired")
    CANCELLED = "CANCELLED", _("cancelled")


OPEN_STATES = (
    OnboardingState.INVITED,
    OnboardingState.SIGNED_UP,
    OnboardingState.REGISTERED,
    OnboardingState.EXPIRED,
)

ONBOARDING_WAYS = {
    OnboardingState.INVITED: (OnboardingState.SIGNED_UP, OnboardingState.CANCELLED),
    OnboardingState.SIGNED_UP: (
        OnboardingState.REGISTERED,
        OnboardingState.EXPIRED,
        OnboardingState.CANCELLED,
    ),
    OnboardingState.REGISTERED: (OnboardingState.LIVE, OnboardingState.CANCELLED),
    # Only a new embedded signup leads out of EXPIRED: signup.py is the one caller.
    OnboardingState.EXPIRED: (OnboardingState.SIGNED_UP, OnboardingState.CANCELLED),
}


class StepState(models.TextChoices):
    """Running is a lease and no state."""

    PENDING = "PENDING", _("to do")
    WAITING = "WAITING", _("waiting")
    DONE = "DONE", _("done")
    FAILED = "FAILED", _("failed")


STEP_WAYS = {
    StepState.PENDING: (StepState.WAITING, StepState.DONE, StepState.FAILED),
    StepState.WAITING: (StepState.PENDING, StepState.DONE, StepState.FAILED),
    StepState.FAILED: (StepState.PENDING, StepState.WAITING, StepState.DONE),
    # A step is undone when its evidence is gone: a new signup, access withdrawn, a token revoked.
    StepState.DONE: (StepState.PENDING,),
}
