"""The states of onboardings, their steps, migration plans and schedules, and the ways between them."""

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
    ROLLED_BACK = "ROLLED_BACK", _("back where it was")
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
        # The end of a way back (Kind.ROLLBACK), which registers nothing on the Cloud API.
        OnboardingState.ROLLED_BACK,
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


class PlanState(models.TextChoices):
    """How far a customer's migration plan is."""

    DRAFT = "DRAFT", _("draft")
    ASSESSED = "ASSESSED", _("assessed")
    SCHEDULED = "SCHEDULED", _("scheduled")
    IN_PROGRESS = "IN_PROGRESS", _("in progress")
    COMPLETED = "COMPLETED", _("completed")
    ABANDONED = "ABANDONED", _("abandoned")


OPEN_PLANS = (PlanState.DRAFT, PlanState.ASSESSED, PlanState.SCHEDULED, PlanState.IN_PROGRESS)

PLAN_WAYS = {
    PlanState.DRAFT: (PlanState.ASSESSED, PlanState.ABANDONED),
    # An answer that is withdrawn leads back; so does a date.
    PlanState.ASSESSED: (PlanState.DRAFT, PlanState.SCHEDULED, PlanState.ABANDONED),
    PlanState.SCHEDULED: (PlanState.ASSESSED, PlanState.IN_PROGRESS, PlanState.ABANDONED),
    PlanState.IN_PROGRESS: (PlanState.COMPLETED, PlanState.ABANDONED),
}


class LineState(models.TextChoices):
    """Where one number of a plan is; what it waits for stands on the steps of its onboarding."""

    PENDING = "PENDING", _("not begun")
    MOVING = "MOVING", _("moving")
    MOVED = "MOVED", _("moved")
    ROLLED_BACK = "ROLLED_BACK", _("back where it was")
    ABANDONED = "ABANDONED", _("abandoned")


LINE_WAYS = {
    LineState.PENDING: (LineState.MOVING, LineState.ABANDONED),
    LineState.MOVING: (LineState.MOVED, LineState.ROLLED_BACK, LineState.ABANDONED),
    LineState.MOVED: (LineState.ROLLED_BACK,),
}


OPEN_LINES = (LineState.PENDING, LineState.MOVING)


class ImportState(models.TextChoices):
    CHECKED = "CHECKED", _("checked")
    APPLIED = "APPLIED", _("applied")
    DISCARDED = "DISCARDED", _("discarded")


IMPORT_WAYS = {ImportState.CHECKED: (ImportState.APPLIED, ImportState.DISCARDED)}


class ScheduleState(models.TextChoices):
    """What is known of a schedule; one that is being solved has a due work row and stays DRAFT."""

    DRAFT = "DRAFT", _("not solved")
    SOLVED = "SOLVED", _("solved")
    INFEASIBLE = "INFEASIBLE", _("impossible")
    APPLIED = "APPLIED", _("in force")
    SUPERSEDED = "SUPERSEDED", _("replaced")
    DISCARDED = "DISCARDED", _("discarded")


SCHEDULE_WAYS = {
    ScheduleState.DRAFT: (ScheduleState.SOLVED, ScheduleState.INFEASIBLE, ScheduleState.DISCARDED),
    # Other rules or wishes: it has to be solved again.
    ScheduleState.SOLVED: (ScheduleState.DRAFT, ScheduleState.APPLIED, ScheduleState.DISCARDED),
    ScheduleState.INFEASIBLE: (ScheduleState.DRAFT, ScheduleState.DISCARDED),
    ScheduleState.APPLIED: (ScheduleState.SUPERSEDED,),
}
