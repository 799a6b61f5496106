"""Which plan moves after which: nobody may wait for itself, not even by way of others."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Set as AbstractSet

from django.db import connection

from onboarding.models import MigrationPlan, PlanDependency
from onboarding.plans.refusals import DependencyCycle, DependencyTaken

Edge = tuple[uuid.UUID, uuid.UUID]


def lock_dependencies(partner_id: uuid.UUID) -> None:
    """One at a time: two who each add a dependency could close a circle that neither of them sees."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"plan dependencies|{partner_id}"]
        )


def check_dependency(plan: MigrationPlan, after: MigrationPlan) -> None:
    """Refuse one that is there already, or that would close a circle. The dependencies are locked."""
    edges = set(PlanDependency.objects.values_list("plan_id", "after_id"))
    if (plan.pk, after.pk) in edges:
        raise DependencyTaken
    if on_cycles({*edges, (plan.pk, after.pk)}):
        raise DependencyCycle


def on_cycles(edges: AbstractSet[Edge]) -> set[uuid.UUID]:
    """The plans that wait, by way of others, for one that waits for itself; empty when all is well."""
    waits_for = Counter(plan for plan, _earlier in edges)
    later: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for plan, earlier in edges:
        later[earlier].append(plan)
    free = [plan for plan in later if not waits_for[plan]]
    while free:
        for plan in later[free.pop()]:
            waits_for[plan] -= 1
            if not waits_for[plan]:
                free.append(plan)
    return {plan for plan, left in waits_for.items() if left}
