"""Which plans of a file move after which others, and what an error of one customer means for the rest."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator

from onboarding.models import MigrationPlan, Path
from onboarding.plans.dependencies import Edge, on_cycles
from onboarding.plans.importing.changes import CustomerChange, PlanChange
from onboarding.plans.importing.known import Known
from onboarding.states import PlanState


class Order:
    """Finds the plans that `after` names, in the file or in the portal."""

    def __init__(self, known: Known, changes: Collection[CustomerChange]) -> None:
        self.known, self.changes = known, changes
        self.in_file: defaultdict[str, list[CustomerChange]] = defaultdict(list)
        for change in changes:
            if change.draft.reference:
                self.in_file[change.draft.reference].append(change)

    def resolve(self) -> None:
        """Set every plan's predecessors and refuse circles; then hold back what hangs on a wrong customer."""
        for plan in _plans(self.changes):
            for reference in plan.draft.values.get("after", ()):
                self._resolve_one(plan, reference)
        self._refuse_circles()
        self._refuse_after_wrong()
        for change in self.changes:
            wrong = change.draft.wrong_row
            for row in change.draft.rows if wrong else ():
                if wrong and not row.errors:
                    row.fail("", "held_back", line=wrong.number)

    def _resolve_one(self, plan: PlanChange, reference: str) -> None:
        candidates = self._candidates(reference)
        name, _colon, path = reference.rpartition(":")
        if not candidates and path.upper() in Path.values:
            reference = name
            candidates = [one for one in self._candidates(name) if one.path == path.upper()]
        if not candidates:
            if not self._has_moved(reference):
                plan.fail("after", "unknown_plan", reference=reference)
        elif len(candidates) > 1:
            plan.fail("after", "which_plan", reference=reference)
        elif plan.plan is not None and (plan.plan.pk, candidates[0].pk) not in self.known.edges:
            plan.after.append(candidates[0])
            if plan.plan.state == PlanState.IN_PROGRESS:
                plan.fail("after", "plan_begun")

    def _candidates(self, reference: str) -> list[MigrationPlan]:
        found = {
            one.plan.pk: one.plan for one in _plans(self.in_file.get(reference, ())) if one.plan is not None
        }
        customer = self.known.references.get(reference)
        if customer is not None:
            found |= {plan.pk: plan for plan in self.known.plans_of(customer)}
        return list(found.values())

    def _has_moved(self, reference: str) -> bool:
        customer = self.known.references.get(reference)
        return customer is not None and customer.pk in self.known.completed

    def _refuse_circles(self) -> None:
        edges: set[Edge] = set(self.known.edges)
        for plan in _plans(self.changes):
            if plan.plan is not None:
                edges |= {(plan.plan.pk, before.pk) for before in plan.after}
        circle = on_cycles(edges) & on_cycles({(before, after) for after, before in edges})
        for plan in _plans(self.changes):
            if plan.plan is not None and plan.plan.pk in circle and plan.after:
                plan.fail("after", "cycle")

    def _refuse_after_wrong(self) -> None:
        """A new plan that is not written takes with it those that come after it, and those after them."""
        later: defaultdict[uuid.UUID, list[tuple[CustomerChange, PlanChange]]] = defaultdict(list)
        for change in self.changes:
            for plan in change.plans:
                for before in plan.after:
                    later[before.pk].append((change, plan))
        wrong = [change for change in self.changes if change.draft.wrong_row is not None]
        while wrong:
            stuck = wrong.pop()
            for unwritten in stuck.plans:
                if unwritten.plan is None or not unwritten.is_new:
                    continue
                for change, plan in later[unwritten.plan.pk]:
                    if change.draft.wrong_row is None:
                        plan.fail("after", "after_wrong", reference=stuck.draft.label)
                        wrong.append(change)


def _plans(changes: Collection[CustomerChange]) -> Iterator[PlanChange]:
    return (plan for change in changes for plan in change.plans)
