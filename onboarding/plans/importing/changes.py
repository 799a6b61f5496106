"""What a file would change: its customers, plans and numbers beside what the portal has. Writes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db.models import Model

from onboarding.models import MigrationPlan, PlanLine, PlanWish, WishKind
from onboarding.plans.importing.drafts import CustomerDraft, PlanDraft, RowDraft
from onboarding.plans.importing.known import Known
from onboarding.states import LineState, PlanState
from tenants.models import Customer

CUSTOMER_FIELDS = {
    "customer_ref": "external_id",
    "customer_name": "name",
    "contact_name": "contact_name",
    "contact_email": "contact_email",
    "language": "language",
    "time_zone": "time_zone",
    "currency": "currency",
    "website": "website",
}
PLAN_FIELDS = ("priority", "risk", "moves_from", "moves_until")
LINE_FIELDS = {
    "test_number": "is_test_number",
    "number_daily_volume": "daily_volume",
    "locked_until": "locked_until",
    "source_waba_id": "source_waba_id",
}
Wish = tuple[str, date]


@dataclass(eq=False)
class LineChange:
    """One number: its row in the portal, new or with the fields that change."""

    draft: RowDraft
    line: PlanLine | None
    is_new: bool = False
    fields: list[str] = field(default_factory=list)


@dataclass(eq=False)
class PlanChange:
    """One plan with what is new of it; `plan` is None when all of its numbers have moved already."""

    draft: PlanDraft
    plan: MigrationPlan | None
    is_new: bool = False
    fields: list[str] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)
    withdrawn: list[PlanWish] = field(default_factory=list)
    after: list[MigrationPlan] = field(default_factory=list)
    lines: list[LineChange] = field(default_factory=list)

    @property
    def is_any(self) -> bool:
        """Whether anything of the plan or its numbers is new."""
        return self.is_changed or any(line.is_new or line.fields for line in self.lines)

    @property
    def is_changed(self) -> bool:
        """Whether anything of the plan itself is new."""
        return bool(self.is_new or self.fields or self.answers or self.wishes or self.withdrawn or self.after)

    def fail(self, column: str, code: str, **values: str | int) -> None:
        """Say what is wrong where it was said; of what was left out, the first row is told."""
        self.draft.said_by.get(column, self.draft.rows[0]).fail(column, code, **values)


@dataclass(eq=False)
class CustomerChange:
    """One customer with its plans."""

    draft: CustomerDraft
    customer: Customer
    is_new: bool = False
    fields: list[str] = field(default_factory=list)
    plans: list[PlanChange] = field(default_factory=list)

    def fail(self, column: str, code: str, **values: str | int) -> None:
        self.draft.said_by.get(column, self.draft.rows[0]).fail(column, code, **values)


class Comparison:
    """Compares the customers of a file with what is known, and tells their rows what is wrong."""

    def __init__(self, known: Known, *, partner_id: uuid.UUID, now: datetime, by: str) -> None:
        self.known, self.partner_id, self.now, self.by = known, partner_id, now, by

    def compare(self, drafts: Iterable[CustomerDraft]) -> list[CustomerChange]:
        """The changes of every customer; dependencies between them come afterwards."""
        changes = [self._customer(draft) for draft in drafts]
        first: dict[uuid.UUID, CustomerChange] = {}
        for change in changes:
            before = first.setdefault(change.customer.pk, change)
            if before is not change:
                change.fail("customer_ref", "same_customer", line=before.draft.rows[0].number)
        return changes

    def _customer(self, draft: CustomerDraft) -> CustomerChange:
        found = self._match(draft)
        values = {
            CUSTOMER_FIELDS[name]: value for name, value in draft.values.items() if name in CUSTOMER_FIELDS
        }
        if found is None:
            row = Customer(partner_id=self.partner_id, created_at=self.now, **values)
            change = CustomerChange(draft, row, is_new=True)
            for column in ("customer_name", "contact_email"):
                if draft.is_named and not any(column in one.cells for one in draft.rows):
                    change.fail(column, "missing")
        else:
            change = CustomerChange(draft, found)
            if values.get("currency", found.currency) != found.currency:
                change.fail("currency", "currency_fixed", known=found.currency)
            change.fields = _assign(found, values)
        change.plans = [self._plan(change, plan) for plan in draft.plans.values()]
        return change

    def _match(self, draft: CustomerDraft) -> Customer | None:
        """By your reference; else by name and e-mail, where no other reference speaks against it."""
        if draft.reference in self.known.references:
            return self.known.references[draft.reference]
        name, email = draft.values.get("customer_name", ""), draft.values.get("contact_email", "")
        same = self.known.names.get((name.casefold(), email.casefold()), [])
        if draft.reference:
            same = [customer for customer in same if not customer.external_id]
        if len(same) > 1:
            draft.rows[0].fail("customer_ref", "several_customers")
        return same[0] if same else None

    def _plan(self, customer: CustomerChange, draft: PlanDraft) -> PlanChange:
        owner = customer.customer
        plan = self.known.plans.get((owner.pk, draft.path))
        done = {row for row in draft.rows if self._has_moved(owner, draft, row)}
        change = PlanChange(draft, plan)
        if plan is None:
            if done and len(done) == len(draft.rows):
                change.lines = [LineChange(row, None) for row in draft.rows]
                return change
            change.is_new = True
            change.plan = plan = MigrationPlan(
                partner_id=self.partner_id,
                customer=owner,
                path=draft.path,
                moves_from=time(8),
                moves_until=time(18),
                created_at=self.now,
                created_by=self.by,
                changed_at=self.now,
            )
        self._care(change, plan)
        self._app(change, plan)
        self._wishes(change, plan)
        known = self.known.answers.get(plan.pk, {})
        change.answers = {key: value for key, value in draft.answers.items() if known.get(key) != value}
        change.lines = [
            LineChange(row, None) if row in done else self._line(change, plan, row) for row in draft.rows
        ]
        self._test_number(change, plan)
        return change

    def _has_moved(self, customer: Customer, draft: PlanDraft, row: RowDraft) -> bool:
        return (customer.pk, draft.path, row.values.get("phone_number", "")) in self.known.moved

    def _care(self, change: PlanChange, plan: MigrationPlan) -> None:
        said = change.draft.values
        values = {name: said[name] for name in PLAN_FIELDS if name in said}
        if "owner" in said:
            owner = self.known.members.get(said["owner"].lower())
            if owner is None:
                change.fail("owner", "unknown_owner")
            else:
                values["owner"] = owner
        hours = (plan.moves_from, plan.moves_until)
        change.fields = _assign(plan, values)
        if plan.moves_from >= plan.moves_until:
            change.fail("moves_until" if "moves_until" in said else "moves_from", "hours")
        if plan.state == PlanState.IN_PROGRESS and hours != (plan.moves_from, plan.moves_until):
            change.fail("moves_from" if "moves_from" in change.fields else "moves_until", "plan_begun")

    def _app(self, change: PlanChange, plan: MigrationPlan) -> None:
        said = change.draft.values.get("app_id")
        if not change.is_new:
            known = next((one.app_id for one in self.known.apps.values() if one.pk == plan.app_id), "")
            if said is not None and said != known:
                change.fail("app_id", "app_fixed", known=known)
        elif said is not None and said in self.known.apps:
            plan.app = self.known.apps[said]
        elif said is not None:
            change.fail("app_id", "no_app")
        elif len(self.known.apps) == 1:
            plan.app = next(iter(self.known.apps.values()))
        else:
            change.fail("app_id", "which_app")

    def _wishes(self, change: PlanChange, plan: MigrationPlan) -> None:
        """One day before and one after which; another one replaces it, and days that are out are added."""
        said = change.draft.values
        asked: list[Wish] = [(WishKind.NOT_ON, day) for day in said.get("not_on", ())]
        for column, kind in (("not_before", WishKind.NOT_BEFORE), ("not_after", WishKind.NOT_AFTER)):
            if column in said:
                asked.append((kind, said[column]))
        known = self.known.wishes.get(plan.pk, [])
        there = {(wish.kind, wish.day) for wish in known}
        change.wishes = [wish for wish in asked if wish not in there]
        replaced = {kind for kind, _day in change.wishes} - {WishKind.NOT_ON}
        change.withdrawn = [wish for wish in known if wish.kind in replaced]
        if change.wishes and plan.state == PlanState.IN_PROGRESS:
            change.fail(str(change.wishes[0][0]).lower(), "plan_begun")

    def _line(self, change: PlanChange, plan: MigrationPlan, row: RowDraft) -> LineChange:
        number = row.values.get("phone_number", "")
        values = {LINE_FIELDS[name]: value for name, value in row.values.items() if name in LINE_FIELDS}
        if "destination_waba_id" in row.values:
            waba = self.known.wabas.get(row.values["destination_waba_id"])
            if waba is None or waba.customer_id != plan.customer_id:
                row.fail("destination_waba_id", "unknown_waba")
            else:
                values["destination_waba"] = waba
        source = self.known.wabas.get(row.values.get("source_waba_id", ""))
        if source is not None and source.customer_id not in (None, plan.customer_id):
            row.fail("source_waba_id", "foreign_waba")
        line = self.known.open_lines.get(number)
        if line is not None and line.plan_id == plan.pk:
            fields = _assign(line, values)
            if fields and line.state != LineState.PENDING:
                row.fail("phone_number", "number_begun")
            return LineChange(row, line, fields=fields)
        if line is not None:
            row.fail("phone_number", "number_elsewhere")
        elif plan.state == PlanState.IN_PROGRESS:
            row.fail("phone_number", "plan_begun")
        new = PlanLine(
            partner_id=self.partner_id, plan=plan, position=0, display_phone_number=number, **values
        )
        return LineChange(row, new, is_new=True)

    def _test_number(self, change: PlanChange, plan: MigrationPlan) -> None:
        lines = {line.pk: line for line in self.known.lines.get(plan.pk, ())}
        lines |= {one.line.pk: one.line for one in change.lines if one.line is not None}
        tests = [line for line in lines.values() if line.is_test_number and line.state == LineState.PENDING]
        named = [one.draft for one in change.lines if one.draft.values.get("test_number")]
        if len(tests) > 1 and len(named) == 1:
            named[0].fail("test_number", "test_number_twice")


def _assign(row: Any, values: Mapping[str, Any]) -> list[str]:
    """Set what is different and return its names."""
    changed = [name for name, value in values.items() if _current(row, name, value) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _current(row: Any, name: str, value: Any) -> Any:
    """What the row has; of a reference its id is enough, and no query."""
    if isinstance(value, Model):
        return value if getattr(row, f"{name}_id") == value.pk else None
    return getattr(row, name)
