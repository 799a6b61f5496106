"""From rows to customers, their plans and numbers, with what contradicts itself inside the file. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from onboarding.plans.assessing import questions
from onboarding.plans.assessing.asking import BadAnswer, UnknownQuestion
from onboarding.plans.importing.columns import COLUMNS, IDENTITY, About, Wrong
from onboarding.plans.importing.errors import RowError, error
from onboarding.plans.importing.reading import LONGEST_CELL, Row


@dataclass(eq=False)
class RowDraft:
    """A row whose cells were read: its values by column, and what is wrong with it."""

    number: int
    cells: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)
    path: str = ""
    has_too_many: bool = False

    def fail(self, column: str, code: str, **values: str | int) -> None:
        found = error(column, code, **values)
        if found not in self.errors:
            self.errors.append(found)


@dataclass(eq=False)
class PlanDraft:
    """What the rows of one customer and path say of the plan: each value with the row that says it first."""

    customer: CustomerDraft
    path: str
    rows: list[RowDraft] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    said_by: dict[str, RowDraft] = field(default_factory=dict)


@dataclass(eq=False)
class CustomerDraft:
    """One customer of the file."""

    rows: list[RowDraft] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    plans: dict[str, PlanDraft] = field(default_factory=dict)
    said_by: dict[str, RowDraft] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        return str(self.values.get("customer_ref", ""))

    @property
    def is_named(self) -> bool:
        """Whether any row says who it is."""
        return any(column in row.cells for row in self.rows for column in (*IDENTITY, "contact_email"))

    @property
    def label(self) -> str:
        return self.reference or str(self.values.get("customer_name", ""))

    @property
    def wrong_row(self) -> RowDraft | None:
        """The first row with an error; then nothing of the customer is written."""
        return next((row for row in self.rows if row.errors), None)


def draft(rows: Iterable[Row]) -> list[CustomerDraft]:
    """The customers of a file; every row is in one of them, with its errors."""
    customers = list(_grouped(_read(row) for row in rows))
    for customer in customers:
        _merge(customer, customer.rows, About.CUSTOMER)
        _split_by_path(customer)
        for plan in customer.plans.values():
            _check_plan(plan)
    _check_references(customers)
    _check_numbers(customers)
    return customers


def _read(row: Row) -> RowDraft:
    read = RowDraft(row.number, row.cells, has_too_many=row.has_too_many)
    if row.has_too_many:
        read.fail("", "too_many_cells")
    for name, text in row.cells.items():
        try:
            if len(text) > LONGEST_CELL:
                raise Wrong("too_long", longest=LONGEST_CELL)
            read.values[name] = COLUMNS[name].parse(text)
        except Wrong as wrong:
            read.fail(name, wrong.code, **wrong.values)
    return read


def _grouped(rows: Iterable[RowDraft]) -> Iterator[CustomerDraft]:
    """Rows of one customer, wherever they stand; one that names nobody goes on with the row before it."""
    known: dict[tuple[str, ...], CustomerDraft] = {}
    named: dict[str, tuple[str, ...]] = {}
    current: CustomerDraft | None = None
    for row in rows:
        # As it was written: a wrong e-mail still tells customers apart.
        reference, name, email = (
            row.cells.get(one, "").casefold() for one in ("customer_ref", "customer_name", "contact_email")
        )
        key: tuple[str, ...] = ("reference", reference) if reference else ("name", name, email)
        if name and not reference:
            if not email:  # later rows need not repeat it
                key = named.get(name, key)
            named.setdefault(name, key)
        if reference or name or email:
            current = known.get(key)
        elif current is None:
            row.fail("customer_ref", "nobody")
        if current is None:
            current = CustomerDraft()
            known[key] = current
            yield current
        current.rows.append(row)


def _merge(target: CustomerDraft | PlanDraft, rows: Iterable[RowDraft], *about: About) -> None:
    """Take what the first row says; a later row may repeat it and not contradict it."""
    for row in rows:
        for name, value in row.values.items():
            column = COLUMNS[name]
            if column.about not in about:
                continue
            if column.is_list:
                target.values[name] = [*dict.fromkeys([*target.values.get(name, []), *value])]
                target.said_by.setdefault(name, row)
            elif name not in target.values:
                target.values[name], target.said_by[name] = value, row
            elif target.values[name] != value:
                row.fail(name, "differs", line=target.said_by[name].number)


def _split_by_path(customer: CustomerDraft) -> None:
    path: str | None = ""
    for row in customer.rows:
        if "path" in row.cells:
            path = row.values.get("path")  # None where it is wrong, which is said once and not of later rows
        if path == "":
            row.fail("path", "missing")
        if path:
            row.path = path
            customer.plans.setdefault(path, PlanDraft(customer, path)).rows.append(row)
        if "phone_number" not in row.cells:
            row.fail("phone_number", "missing")


def _check_plan(plan: PlanDraft) -> None:
    _merge(plan, plan.rows, About.PLAN)
    for row in plan.rows:
        for name, text in row.values.items():
            if COLUMNS[name].about is About.ANSWER:
                _answer(plan, row, name, text)
    tests = [row for row in plan.rows if row.values.get("test_number")]
    for row in tests[1:]:
        row.fail("test_number", "test_number_twice")


def _answer(plan: PlanDraft, row: RowDraft, name: str, text: str) -> None:
    try:
        answer = questions.parse(name, text, path=plan.path)
    except UnknownQuestion:
        row.fail(name, "not_asked", path=plan.path)
    except BadAnswer:
        row.fail(name, "answer")
    else:
        if name not in plan.answers:
            plan.answers[name], plan.said_by[name] = answer, row
        elif plan.answers[name] != answer:
            row.fail(name, "differs", line=plan.said_by[name].number)


def _check_references(customers: Iterable[CustomerDraft]) -> None:
    """A name and e-mail stand for one customer, unless references tell them apart."""
    same: defaultdict[tuple[str, str], list[CustomerDraft]] = defaultdict(list)
    for customer in customers:
        name, email = customer.values.get("customer_name"), customer.values.get("contact_email")
        if name and email:
            same[name.casefold(), email.casefold()].append(customer)
    for namesakes in same.values():
        for customer in namesakes if len(namesakes) > 1 else ():
            if not customer.reference:
                other = next(one for one in namesakes if one is not customer)
                customer.rows[0].fail("customer_ref", "same_customer", line=other.rows[0].number)


def _check_numbers(customers: Iterable[CustomerDraft]) -> None:
    """A number moves once; both rows are told, since either may be the right one."""
    rows: defaultdict[str, list[RowDraft]] = defaultdict(list)
    for customer in customers:
        for row in customer.rows:
            if number := row.values.get("phone_number"):
                rows[number].append(row)
    for same in rows.values():
        for row in same if len(same) > 1 else ():
            other = next(one for one in same if one is not row)
            row.fail("phone_number", "number_twice", line=other.number)
