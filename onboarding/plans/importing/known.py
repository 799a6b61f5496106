"""What the portal already knows of the customers and numbers of a file, in a constant number of queries."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower

from onboarding.models import MigrationPlan, Path, PlanAnswer, PlanDependency, PlanLine, PlanWish
from onboarding.plans.dependencies import Edge
from onboarding.plans.importing.drafts import CustomerDraft
from onboarding.states import OPEN_LINES, OPEN_PLANS, LineState, PlanState
from tenants.models import Customer, Membership, MetaApp, Waba


@dataclass(frozen=True)
class Known:
    """Rows by what a file calls them."""

    references: dict[str, Customer] = field(default_factory=dict)
    names: dict[tuple[str, str], list[Customer]] = field(default_factory=lambda: defaultdict(list))
    plans: dict[tuple[uuid.UUID, str], MigrationPlan] = field(default_factory=dict)
    lines: dict[uuid.UUID, list[PlanLine]] = field(default_factory=lambda: defaultdict(list))
    open_lines: dict[str, PlanLine] = field(default_factory=dict)
    # Customer, path and number of moves that are over: importing a file again does not begin them anew.
    moved: set[tuple[uuid.UUID, str, str]] = field(default_factory=set)
    # Customers who have moved by some path: who comes after them waits for nothing.
    completed: set[uuid.UUID] = field(default_factory=set)
    answers: dict[uuid.UUID, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    wishes: dict[uuid.UUID, list[PlanWish]] = field(default_factory=lambda: defaultdict(list))
    edges: set[Edge] = field(default_factory=set)
    members: dict[str, Membership] = field(default_factory=dict)
    apps: dict[str, MetaApp] = field(default_factory=dict)
    wabas: dict[str, Waba] = field(default_factory=dict)

    def plans_of(self, customer: Customer) -> list[MigrationPlan]:
        """The customer's open plans."""
        plans = (self.plans.get((customer.pk, path)) for path in Path.values)
        return [plan for plan in plans if plan is not None]


def look_up(drafts: Collection[CustomerDraft], *, is_locked: bool = False) -> Known:
    """Everything that the comparison needs; locked, the plans stay as they are until the transaction ends."""
    known = Known()
    _customers(known, drafts)
    customers = {row.pk for row in known.references.values()}
    customers |= {row.pk for rows in known.names.values() for row in rows}
    plans = MigrationPlan.objects.filter(customer__in=customers, state__in=OPEN_PLANS)
    for plan in plans.select_for_update().order_by("pk") if is_locked else plans:
        known.plans[plan.customer_id, plan.path] = plan
    done = MigrationPlan.objects.filter(customer__in=customers, state=PlanState.COMPLETED)
    known.completed.update(done.values_list("customer_id", flat=True))
    open_plans = list(known.plans.values())
    _lines(known, drafts, open_plans)
    for answer in PlanAnswer.objects.filter(plan__in=open_plans):
        known.answers[answer.plan_id][answer.key] = answer.value
    for wish in PlanWish.objects.filter(plan__in=open_plans, withdrawn_at=None):
        known.wishes[wish.plan_id].append(wish)
    known.edges.update(PlanDependency.objects.values_list("plan_id", "after_id"))
    for member in Membership.objects.select_related("user"):
        known.members[member.user.email.lower()] = member
    known.apps.update({app.app_id: app for app in MetaApp.objects.all()})
    wabas = {*_said(drafts, "destination_waba_id"), *_said(drafts, "source_waba_id")}
    known.wabas.update({waba.waba_id: waba for waba in Waba.objects.filter(waba_id__in=wabas)})
    return known


def _customers(known: Known, drafts: Collection[CustomerDraft]) -> None:
    references = {draft.reference for draft in drafts if draft.reference}
    for draft in drafts:
        for plan in draft.plans.values():
            for reference in plan.values.get("after", ()):
                references |= {reference, reference.rsplit(":", 1)[0]}
    emails = {draft.values["contact_email"].lower() for draft in drafts if "contact_email" in draft.values}
    rows = Customer.objects.annotate(email=Lower("contact_email"))
    for row in rows.filter(Q(external_id__in=references) | Q(email__in=emails)).order_by("pk"):
        if row.external_id:
            known.references[row.external_id] = row
        known.names[row.name.casefold(), row.contact_email.casefold()].append(row)


def _lines(known: Known, drafts: Collection[CustomerDraft], plans: Collection[MigrationPlan]) -> None:
    numbers = set(_said(drafts, "phone_number"))
    mine = {plan.pk for plan in plans}
    lines = PlanLine.objects.select_related("plan", "destination_waba")
    for line in lines.filter(Q(plan__in=mine) | Q(display_phone_number__in=numbers)).order_by("position"):
        if line.plan_id in mine:
            known.lines[line.plan_id].append(line)
        if line.state in OPEN_LINES:
            known.open_lines[line.display_phone_number] = line
        elif line.state == LineState.MOVED:
            known.moved.add((line.plan.customer_id, line.plan.path, line.display_phone_number))


def _said(drafts: Iterable[CustomerDraft], column: str) -> Iterable[str]:
    return (row.values[column] for draft in drafts for row in draft.rows if column in row.values)
