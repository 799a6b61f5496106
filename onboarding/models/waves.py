"""Schedules: who moves on which day, as the planner proposes it; copies of them are the what-ifs."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from onboarding.models.plan import MigrationPlan
from onboarding.states import SCHEDULE_WAYS, ScheduleState
from portal.kernel.fields import TenantForeignKey
from portal.kernel.models import TenantModel, WorkRow
from portal.kernel.states import machine
from tenants.models.validators import validate_time_zone


def working_week() -> list[int]:
    """Monday to Friday, as ISO weekdays."""
    return [1, 2, 3, 4, 5]


class WaveSchedule(WorkRow):
    """The rules of a proposal and its result. One schedule at most is APPLIED: that one counts."""

    WORK_TASK = "onboarding.solve_schedule"
    WORK_QUEUE = "graph"
    TRANSITIONS: ClassVar = SCHEDULE_WAYS

    name = models.CharField(_("name"), max_length=100)
    state = models.CharField(
        _("state"), max_length=12, choices=ScheduleState.choices, default=ScheduleState.DRAFT, editable=False
    )
    base = TenantForeignKey(
        "self", null=True, blank=True, editable=False, related_name="copies", verbose_name=_("copy of")
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    numbers_per_day = models.PositiveIntegerField(
        _("numbers a day"), default=40, validators=[MinValueValidator(1)]
    )
    customers_per_day = models.PositiveIntegerField(
        _("customers a day"), default=20, validators=[MinValueValidator(1)]
    )
    signups_per_week = models.PositiveIntegerField(
        _("new customers in 7 days"),
        default=10,
        validators=[MinValueValidator(1)],
        help_text=_("Meta allows 10 in any 7 days, 200 after its three checks."),
    )
    high_risk_per_day = models.PositiveIntegerField(_("high-risk customers a day"), default=2)
    minutes_per_number = models.PositiveIntegerField(
        _("minutes for a number"), default=15, validators=[MinValueValidator(1)]
    )
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("weekdays"), default=working_week
    )
    works_from = models.TimeField(_("staff from"), default=time(8))
    works_until = models.TimeField(_("staff until"), default=time(18))
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="Europe/Rome", validators=[validate_time_zone]
    )
    blackouts = ArrayField(models.DateField(), verbose_name=_("days without moves"), default=list, blank=True)
    # Wishes that this schedule does not keep: what a what-if tries.
    dropped_wishes = ArrayField(models.UUIDField(), default=list, blank=True, editable=False)
    seed = models.PositiveIntegerField(_("seed"), default=1)

    # The result: {"last_day", "waves", "customers", "numbers", "weighted_days", "is_optimal"}, the conflict's
    # elements, and {wish id: {"days", "customer_days"} or null}.
    result = models.JSONField(default=dict, editable=False)
    conflict = models.JSONField(default=list, editable=False)
    wish_costs = models.JSONField(default=dict, editable=False)
    # What the plans looked like when it was solved: an older schedule is not applied over newer wishes.
    plans_digest = models.CharField(max_length=64, blank=True, editable=False)
    solved_at = models.DateTimeField(_("solved"), null=True, blank=True, editable=False)
    seconds = models.FloatField(_("seconds"), null=True, blank=True, editable=False)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    created_by = models.CharField(_("created by"), max_length=100, editable=False)

    class Meta:
        verbose_name = _("schedule of waves")
        verbose_name_plural = _("schedules of waves")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["partner_id"], condition=models.Q(state="APPLIED"), name="one_applied_schedule"
            ),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="schedule_has_days"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="schedule_due")
        ]
        triggers = [machine(SCHEDULE_WAYS)]

    def __str__(self) -> str:
        return self.name


class WaveSlot(TenantModel):
    """When one plan moves in one schedule. A wave is a day on which somebody moves, counted from 1."""

    schedule = TenantForeignKey(WaveSchedule, on_delete=models.CASCADE, related_name="slots")
    plan = TenantForeignKey(MigrationPlan, related_name="slots", verbose_name=_("migration plan"))
    wave = models.PositiveSmallIntegerField(_("wave"))
    day = models.DateField(_("day"))
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [models.UniqueConstraint(fields=["schedule", "plan"], name="wave_slot_once")]
