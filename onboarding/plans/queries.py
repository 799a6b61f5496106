"""What can be asked about migration plans: one object for the API and the desk. Inside the scope."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model

from onboarding import queries
from onboarding.models import (
    CheckResult,
    MigrationPlan,
    MoveReport,
    OnPremisesClient,
    PlanBackup,
    PlanCheck,
    PlanDecision,
    PlanDependency,
    PlanLine,
    PlanNotice,
    PlanWish,
    Step,
)
from onboarding.plans.drift import drifts
from onboarding.plans.moving.checks import CHECKS, Check
from onboarding.plans.needs import Need, needs_of, of_plan
from onboarding.queries import Journey
from onboarding.requirements import Requirement
from onboarding.states import OPEN_LINES, LineState, PlanState, StepState


@dataclass(frozen=True, kw_only=True)
class LineView:
    """One number of a plan: its journey there, and back if it went back."""

    line: PlanLine
    journey: Journey | None
    way_back: Journey | None
    requirement: Requirement | None
    downtime: timedelta | None

    @property
    def current(self) -> str:
        """The key of the step whose turn it is."""
        steps = self.journey.steps if self.journey else []
        return next((step.key for step in steps if step.state != StepState.DONE), "")

    @property
    def is_down(self) -> bool:
        """Whether the number can neither send nor receive at this moment, as far as Meta showed it."""
        return self.line.downtime_started_at is not None and self.line.downtime_ended_at is None


@dataclass(frozen=True, kw_only=True)
class LineDetails:
    """What a move needs and leaves behind."""

    checks: list[PlanCheck]
    client: OnPremisesClient | None
    backup: PlanBackup | None
    report: MoveReport | None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Where a plan is, what stops it and who must act."""

    plan: MigrationPlan
    lines: list[LineView]
    needs: list[Need]
    is_late: bool
    # Why its date holds no more.
    drift: Sequence[str]

    @property
    def next_action(self) -> Requirement | None:
        return self.needs[0].requirement if self.needs else None

    @property
    def total(self) -> int:
        """The numbers that are to move."""
        return sum(view.line.state != LineState.ABANDONED for view in self.lines)

    @property
    def moved(self) -> int:
        return sum(view.line.state == LineState.MOVED for view in self.lines)


@dataclass(frozen=True, kw_only=True)
class PlanView(Summary):
    """All of a plan but its assessment and its history."""

    details: dict[uuid.UUID, LineDetails]
    decisions: dict[str, PlanDecision]
    notices: list[PlanNotice]
    wishes: list[PlanWish]
    after: list[PlanDependency]
    before: list[MigrationPlan]


def plan_view(plan: MigrationPlan, *, now: datetime) -> PlanView:
    """One plan."""
    return plan_views([plan], now=now)[0]


def plan_views(plans: Sequence[MigrationPlan], *, now: datetime) -> list[PlanView]:
    """Many plans, in as many queries as one."""
    details = _Details(plans, now=now)
    return [details.view(plan) for plan in plans]


def summaries(plans: Sequence[MigrationPlan], *, now: datetime) -> list[Summary]:
    """The lines of a list, in as many queries as one."""
    facts = _Facts(plans, now=now)
    return [Summary(plan=plan, **facts.summary(plan)) for plan in plans]


def line_details(lines: Sequence[PlanLine]) -> dict[uuid.UUID, LineDetails]:
    """What the lines' moves need and left behind, by the line's id; the newest backup and report count."""
    ids = [line.pk for line in lines]
    checks = _by("line_id", PlanCheck.objects.filter(line__in=ids).order_by("key"))
    clients = _by("line_id", OnPremisesClient.objects.filter(line__in=ids))
    backups = _by("line_id", PlanBackup.objects.filter(line__in=ids).defer("data", "password"))
    reports = _by("line_id", MoveReport.objects.filter(line__in=ids))
    return {
        key: LineDetails(
            checks=checks[key],
            client=next(iter(clients[key]), None),
            backup=next(iter(backups[key]), None),
            report=next(iter(reports[key]), None),
        )
        for key in ids
    }


def to_confirm(line: PlanLine) -> list[Check]:
    """The checks of a number for which a person's word is asked now: Meta cannot tell them."""
    results = dict(PlanCheck.objects.filter(line=line).values_list("key", "result"))
    reason = current_reason(line)
    return [
        check
        for check in CHECKS.values()
        if line.plan.path in check.paths
        and (results.get(check.key) == CheckResult.UNKNOWN if check.look else check.reason == reason)
    ]


def current_reason(line: PlanLine) -> str:
    """Why a number's journey waits at the step whose turn it is."""
    steps = Step.objects.filter(onboarding=line.onboarding_id).exclude(state=StepState.DONE)
    return steps.order_by("position").values_list("reason", flat=True).first() or ""


class _Facts:
    """What the summaries of some plans need from other tables, each read once."""

    def __init__(self, plans: Sequence[MigrationPlan], *, now: datetime) -> None:
        self.now = now
        self.ids = [plan.pk for plan in plans]
        rows = PlanLine.objects.filter(plan__in=self.ids).order_by("plan_id", "position")
        self.lines: dict[Any, list[PlanLine]] = _by("plan_id", rows.select_related("phone_number"))
        decided = PlanDecision.objects.filter(plan__in=self.ids).order_by("plan_id", "key")
        self.decisions: dict[Any, list[PlanDecision]] = _by("plan_id", decided)
        lines = [line for of_one in self.lines.values() for line in of_one]
        ways = {way for line in lines for way in (line.onboarding_id, line.rollback_id) if way}
        onboardings = list(queries.desk_queue().filter(pk__in=ways))
        journeys = queries.journeys(onboardings, now=now)
        self.journeys = {view.onboarding.pk: view for view in journeys}
        self.drifts = drifts(plans, now=now)

    def summary(self, plan: MigrationPlan) -> dict[str, Any]:
        for line in self.lines[plan.pk]:
            line.plan = plan  # so that nobody reads it again for each number
        views = [self._line(line) for line in self.lines[plan.pk]]
        is_informed = any(row.key == "INFORM" for row in self.decisions[plan.pk])
        has_lines = any(view.line.state != LineState.ABANDONED for view in views)
        drift = self.drifts.get(plan.pk, ())
        own = of_plan(plan, has_lines=has_lines, is_informed=is_informed, drift=drift)
        waiting = [(view.line, view.requirement) for view in views if view.requirement is not None]
        is_open = plan.state in (PlanState.SCHEDULED, PlanState.IN_PROGRESS)
        return {
            "lines": views,
            "needs": needs_of(plan, own=own, of_lines=waiting if is_open else []),
            "is_late": is_late(plan, now=self.now),
            "drift": drift,
        }

    def _line(self, line: PlanLine) -> LineView:
        way_back = self.journeys.get(line.rollback_id) if line.rollback_id else None
        journey = self.journeys.get(line.onboarding_id) if line.onboarding_id else None
        current = way_back if way_back and way_back.next_action else journey
        is_open = line.state in OPEN_LINES or current is way_back
        began = line.downtime_started_at
        return LineView(
            line=line,
            journey=journey,
            way_back=way_back,
            requirement=current.next_action if current and is_open else None,
            downtime=(line.downtime_ended_at or self.now) - began if began else None,
        )


class _Details(_Facts):
    """What the whole of some plans needs."""

    def __init__(self, plans: Sequence[MigrationPlan], *, now: datetime) -> None:
        super().__init__(plans, now=now)
        self.details = line_details([line for lines in self.lines.values() for line in lines])
        self.notices = _by("plan_id", PlanNotice.objects.filter(plan__in=self.ids).select_related("corrects"))
        wishes = PlanWish.objects.filter(plan__in=self.ids, withdrawn_at=None).order_by("day", "id")
        self.wishes = _by("plan_id", wishes)
        tied = PlanDependency.objects.order_by("created_at", "id")
        self.after = _by("plan_id", tied.filter(plan__in=self.ids).select_related("after__customer"))
        self.before = _by("after_id", tied.filter(after__in=self.ids).select_related("plan__customer"))

    def view(self, plan: MigrationPlan) -> PlanView:
        return PlanView(
            plan=plan,
            **self.summary(plan),
            details={line.pk: self.details[line.pk] for line in self.lines[plan.pk]},
            decisions={row.key: row for row in self.decisions[plan.pk]},
            notices=self.notices[plan.pk],
            wishes=self.wishes[plan.pk],
            after=self.after[plan.pk],
            before=[row.plan for row in self.before[plan.pk]],
        )


def is_late(plan: MigrationPlan, *, now: datetime) -> bool:
    """Whether its start or its end has passed without it having happened."""
    due = {PlanState.SCHEDULED: plan.planned_start_at, PlanState.IN_PROGRESS: plan.planned_end_at}
    planned = due.get(PlanState(plan.state))
    return planned is not None and planned < now


def _by(key: str, rows: Iterable[Model]) -> dict[Any, list[Any]]:
    grouped: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, key)].append(row)
    return grouped
