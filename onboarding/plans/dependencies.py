"""Which plan moves after which: nobody may wait for itself, not even by way of others."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection

from django.db import connection

Edge = tuple[uuid.UUID, uuid.UUID]


def lock_dependencies(partner_id: uuid.UUID) -> None:
    """One at a time: two who each add a dependency could close a circle that neither of them sees."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"plan dependencies|{partner_id}"]
        )


def on_cycles(edges: Collection[Edge]) -> set[uuid.UUID]:
    """The plans that wait, by way of others, for one that waits for itself; empty when all is well."""
    after: defaultdict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for plan, earlier in edges:
        after[plan].add(earlier)
    waiting = {plan: set(earlier) for plan, earlier in after.items()}
    free = {earlier for _plan, earlier in edges} - set(waiting)
    while free:
        for plan in list(waiting):
            waiting[plan] -= free
        free = {plan for plan, earlier in waiting.items() if not earlier}
        for plan in free:
            del waiting[plan]
    return set(waiting)
