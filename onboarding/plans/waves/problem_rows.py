"""From rows to the question for the planner: who is to move, by which rules, and who is left out and why.

Who has begun keeps its day, and so do those that are paused and those that begin within `PREPARE_BEFORE`,
whose numbers are being prepared. A plan with a date before the first day of a schedule is none of that
schedule's business. All others are free, and so is who did not begin on its day.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from onboarding.models import MigrationPlan, Path, Recommendation, Risk, WaveSchedule
from onboarding.plans.moving.timing import PREPARE_BEFORE
from onboarding.plans.solver import problem as asked
from onboarding.plans.waves.month import month_rule
from onboarding.plans.waves.plan_rows import PlanRows, local_day
from onboarding.states import PlanState

# Messages a day from which on a plan is worth a point less of earliness.
VOLUMES = (1_000, 10_000, 100_000)
RISKS = {Risk.LOW: 8, Risk.MEDIUM: 4, Risk.HIGH: 0}
PRIORITY = 12
# Of a plan with the priority 3, medium risk and a low volume.
ORDINARY_WEIGHT = 3 * PRIORITY + RISKS[Risk.MEDIUM] + len(VOLUMES) + 1


class LockReason(StrEnum):
    """Why a mover may not move before a day."""

    LINE = "LINE"
    REGISTER_BUDGET = "REGISTER_BUDGET"


class LeftOut(StrEnum):
    """Why a plan that is assessed gets no day."""

    DO_NOT_MOVE = "DO_NOT_MOVE"
    NO_NUMBERS = "NO_NUMBERS"
    PAUSED = "PAUSED"
    WAITS_FOR = "WAITS_FOR"


@dataclass(kw_only=True)
class Question:
    """What the planner is asked, and what stands around it."""

    problem: asked.Problem
    plans: dict[str, MigrationPlan]  # by the id of their mover
    left_out: dict[MigrationPlan, LeftOut]
    kept: frozenset[uuid.UUID]  # plans whose dates are before the first day, or fixed after the last
    digest: str
    days_gone: frozenset[date]  # over when it was asked, or today
    waves: dict[date, int]  # of the days on which somebody has begun or stays

    @cached_property
    def movers(self) -> dict[str, asked.Mover]:
        """The movers by their id, which is their plan's."""
        return {mover.id: mover for mover in self.problem.movers}

    def wave_of_days(self, days: Iterable[date]) -> dict[date, int]:
        """The waves of these days: new ones are counted on from those that are known."""
        waves, last = dict(self.waves), max(self.waves.values(), default=0)
        for day in sorted(set(days) - waves.keys()):
            last += 1
            waves[day] = last
        return waves


def load(schedule: WaveSchedule, *, now: datetime) -> Question:
    """Read what the planner needs, in as many queries for 500 plans as for one. Inside its scope."""
    return _Reader(schedule, PlanRows(now=now), now).question()


class _Reader:
    def __init__(self, schedule: WaveSchedule, rows: PlanRows, now: datetime) -> None:
        self.schedule, self.rows, self.now = schedule, rows, now
        self.zone = schedule.time_zone
        self.today = local_day(now, self.zone)
        self.dropped = set(schedule.dropped_wishes)
        self.kept = frozenset(plan.pk for plan in rows.plans if self._is_kept(plan))

    def question(self) -> Question:
        left_out = self._left_out()
        plans = [plan for plan in self.rows.plans if plan.pk not in self.kept and plan.pk not in left_out]
        among = {plan.pk for plan in plans}
        return Question(
            problem=asked.Problem(
                rules=self._rules(), movers=tuple(self._mover(plan, among) for plan in plans)
            ),
            plans={str(plan.pk): plan for plan in plans},
            left_out={self.rows.by_id[pk]: why for pk, why in left_out.items()},
            kept=self.kept,
            digest=self._digest(),
            days_gone=self._days_gone() - frozenset(self.schedule.blackouts),
            waves=self._waves(),
        )

    def _day(self, plan: MigrationPlan) -> date | None:
        """The day on which the plan is to move, where the staff are."""
        begins_at = plan.planned_start_at or plan.started_at
        return local_day(begins_at, self.zone) if begins_at else None

    def _is_kept(self, plan: MigrationPlan) -> bool:
        day = self._day(plan)
        if day is None or self.schedule.first_day <= day <= self.schedule.last_day:
            return False
        if plan.state == PlanState.IN_PROGRESS:
            return True
        return self._is_to_come(plan) and (day < self.schedule.first_day or self._keeps_its_day(plan))

    def _is_to_come(self, plan: MigrationPlan) -> bool:
        """Whether it waits for its date; one that did not begin on its day needs another."""
        day = self._day(plan)
        return plan.state == PlanState.SCHEDULED and day is not None and day >= self.today

    def _keeps_its_day(self, plan: MigrationPlan) -> bool:
        """Whether it is held back, or its numbers are being prepared for a day that the customer allows."""
        at, day = plan.planned_start_at, self._day(plan)
        if at is None or day is None or not self._is_to_come(plan):
            return False
        if plan.paused_at is not None:
            return True
        locked_until, _reason = self._lock(plan)
        return (
            at <= self.now + PREPARE_BEFORE
            and (locked_until is None or day >= locked_until)
            and day not in self.schedule.blackouts
            and all(wish.allows(day) for wish in self._wishes(plan))
        )

    def _left_out(self) -> dict[uuid.UUID, LeftOut]:
        found = {}
        for plan in self.rows.plans:
            if plan.state == PlanState.IN_PROGRESS or plan.pk in self.kept:
                continue
            if plan.recommendation == Recommendation.DO_NOT_MOVE:
                found[plan.pk] = LeftOut.DO_NOT_MOVE
            elif not self.rows.lines[plan.pk]:
                found[plan.pk] = LeftOut.NO_NUMBERS
            elif plan.paused_at is not None and not self._keeps_its_day(plan):
                found[plan.pk] = LeftOut.PAUSED
        return found | self._waiting(set(found))

    def _waiting(self, without_day: set[uuid.UUID]) -> dict[uuid.UUID, LeftOut]:
        """Those who come after somebody who has no day, directly or not."""
        without_day |= self.rows.drafts | {pk for pk in self.kept if self._is_after_the_end(pk)}
        found: dict[uuid.UUID, LeftOut] = {}
        while True:
            more = {
                plan.pk: LeftOut.WAITS_FOR
                for plan in self.rows.plans
                if plan.state != PlanState.IN_PROGRESS
                and plan.pk not in self.kept
                and plan.pk not in without_day
                and without_day & self.rows.after[plan.pk]
            }
            if not more:
                return found
            found |= more
            without_day |= more.keys()

    def _is_after_the_end(self, pk: uuid.UUID) -> bool:
        day = self._day(self.rows.by_id[pk])
        return day is not None and day > self.schedule.last_day

    def _mover(self, plan: MigrationPlan, among: Collection[uuid.UUID]) -> asked.Mover:
        locked_until, reason = self._lock(plan)
        is_fixed = plan.state == PlanState.IN_PROGRESS or self._keeps_its_day(plan)
        told_at = self.rows.told.get(plan.pk)
        return asked.Mover(
            id=str(plan.pk),
            numbers=len(self.rows.lines[plan.pk]),
            weight=self._weight(plan),
            risk=asked.Risk(plan.risk),
            needs_signup=self.rows.needs_signup(plan),
            shares_credit=self._shares_credit(plan),
            time_zone=plan.customer.time_zone,
            moves_from=plan.moves_from,
            moves_until=plan.moves_until,
            after=tuple(sorted(str(pk) for pk in self.rows.after[plan.pk] if pk in among)),
            locked_until=locked_until,
            lock_reason=reason,
            fixed=self._day(plan) if is_fixed else None,
            told=local_day(told_at, self.zone) if told_at else None,
            wishes=tuple(self._wishes(plan)),
        )

    def _weight(self, plan: MigrationPlan) -> int:
        """What a day of waiting costs: first the priority counts, then a low risk, then a low volume."""
        volume = sum(line.daily_volume or 0 for line in self.rows.lines[plan.pk])
        low_volume = sum(volume < limit for limit in VOLUMES)
        return PRIORITY * (6 - plan.priority) + RISKS[Risk(plan.risk)] + low_volume + 1

    def _shares_credit(self, plan: MigrationPlan) -> bool:
        return plan.path == Path.WABA_PARTNER_SWITCH and self.rows.partner.credit_line_required

    def _lock(self, plan: MigrationPlan) -> tuple[date | None, str]:
        """The first day on which all its numbers may move, and what holds the last of them."""
        locks = [
            (line.locked_until, LockReason.LINE) for line in self.rows.lines[plan.pk] if line.locked_until
        ]
        for free_at in self.rows.budgets_free_at(plan):
            day = local_day(free_at, self.zone)
            locks.append((day + asked.DAY, LockReason.REGISTER_BUDGET))
        return max(locks, default=(None, ""))

    def _wishes(self, plan: MigrationPlan) -> Iterator[asked.Wish]:
        for wish in self.rows.wishes[plan.pk]:
            if wish.pk not in self.dropped:
                yield asked.Wish(id=str(wish.pk), kind=asked.WishKind(wish.kind), day=wish.day)

    def _rules(self) -> asked.Rules:
        schedule, month = self.schedule, month_rule()
        lower = [plan for plan in self.rows.plans if plan.pk in self.kept and plan.risk != Risk.HIGH]
        return asked.Rules(
            first_day=schedule.first_day,
            last_day=schedule.last_day,
            numbers_per_day=schedule.numbers_per_day,
            customers_per_day=schedule.customers_per_day,
            signups_per_week=schedule.signups_per_week,
            high_risk_per_day=schedule.high_risk_per_day,
            minutes_per_number=schedule.minutes_per_number,
            weekdays=frozenset(schedule.weekdays),
            blackouts=frozenset(schedule.blackouts) | self._days_gone(),
            time_zone=schedule.time_zone,
            works_from=schedule.works_from,
            works_until=schedule.works_until,
            recent_signups=self._recent_signups(),
            is_tried=self.rows.is_tried or any(not self._is_after_the_end(plan.pk) for plan in lower),
            seed=schedule.seed,
            month_ends=month.last_days,
            month_begins=month.first_days,
        )

    def _days_gone(self) -> frozenset[date]:
        """Nobody is given a day that is over, nor today, whose hours may be."""
        days = (min(self.today, self.schedule.last_day) - self.schedule.first_day).days + 1
        return frozenset(self.schedule.first_day + n * asked.DAY for n in range(days))

    def _recent_signups(self) -> Counter[date]:
        """The new customers of the last week by day, and those who are planned before the first day."""
        week_before = self.schedule.first_day - (asked.WEEK - 1) * asked.DAY
        days = [local_day(at, self.zone) for at in self.rows.first_signups]
        days += [
            day
            for plan in self.rows.plans
            if plan.pk in self.kept and self.rows.needs_signup(plan) and (day := self._day(plan)) is not None
        ]
        return Counter(day for day in days if week_before <= day <= self.schedule.last_day)

    def _waves(self) -> dict[date, int]:
        staying = [plan for plan in self.rows.plans if self._stays(plan)]
        dated = [(plan.planned_start_at, plan.wave) for plan in staying] + self.rows.completed
        return {local_day(at, self.zone): wave for at, wave in dated if at is not None and wave is not None}

    def _stays(self, plan: MigrationPlan) -> bool:
        return plan.state == PlanState.IN_PROGRESS or plan.pk in self.kept

    def _digest(self) -> str:
        """What the plans that have not begun look like; nothing that passing time alone changes."""
        facts = [self._facts(plan) for plan in self.rows.plans if not self._stays(plan)]
        return hashlib.sha256(json.dumps(sorted(facts)).encode()).hexdigest()

    def _facts(self, plan: MigrationPlan) -> list[str]:
        lines = self.rows.lines[plan.pk]
        wishes = [(str(wish.pk), wish.kind, str(wish.day)) for wish in self.rows.wishes[plan.pk]]
        facts = (
            plan.path,
            self.rows.goes_by_signup(plan),
            plan.recommendation == Recommendation.DO_NOT_MOVE,
            plan.paused_at is not None,
            self._weight(plan),
            plan.risk,
            plan.moves_from,
            plan.moves_until,
            plan.customer.time_zone,
            len(lines),
            max((line.locked_until for line in lines if line.locked_until), default=None),
            sorted(wishes),
            sorted(str(pk) for pk in self.rows.after[plan.pk] if pk not in self.rows.begun),
        )
        return [str(plan.pk), *map(str, facts)]
