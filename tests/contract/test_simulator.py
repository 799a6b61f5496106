"""What the simulator answers, held to Meta's OpenAPI document."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.simulator.errors import GraphError, catalogue, invalid, missing_object, unknown_path
from portal.simulator.graph import NODE_ROUTES
from tests.contract.document import Document, Problem, fields_of
from tests.contract.tour import Answered, walk

DIFFERENCES = tomllib.loads(Path(__file__).with_name("simulator.toml").read_text(encoding="utf-8"))
ABSENT = {operation for entry in DIFFERENCES["absent"] for operation in entry["operations"]}
EXPLAINED = {
    Problem(operation, entry["where"], entry["what"])
    for entry in DIFFERENCES["difference"]
    for operation in entry["operations"]
}


@pytest.fixture(scope="module")
def answers() -> list[Answered]:
    return walk()


def found(document: Document, answers: list[Answered]) -> Iterator[Problem]:
    for answered in answers:
        yield from document.answer_problems(answered.operation, answered.body) or []


def test_every_answer_is_what_the_document_says(document: Document, answers: list[Answered]) -> None:
    assert set(found(document, answers)) == EXPLAINED


def test_what_the_document_lacks_is_listed(
    document: Document, answers: list[Answered], report: Callable[[str], None]
) -> None:
    operations = {answered.operation for answered in answers}
    unknown = {name for name in operations if document.answer_problems(name, {}) is None}
    assert unknown == ABSENT
    known = len(operations - unknown)
    report(f"the simulator answers {len(operations)} operations, {known} of them in Meta's document")
    for operation in sorted(operations - unknown):
        described = document.answer_fields(operation)
        given = {name for one in answers if one.operation == operation for name in fields_of(one.body)}
        report(f"  {operation}: {len(given & described)} of {len(described)} documented fields answered")
    for entry in DIFFERENCES["difference"]:
        about = f"{', '.join(entry['operations'])}: {entry['where']} {entry['what']}"
        report(f"  explained: {about}: {entry['reason']}")
    lacking = f"{len(ABSENT)} operations that the document lacks"
    report(f"the simulator: {len(EXPLAINED)} explained differences, {lacking}, 0 unexplained")


def test_the_walk_leaves_out_no_route_that_the_document_has(
    document: Document, answers: list[Answered]
) -> None:
    offered = {f"{method} {route.template}" for (method, _, _), route in NODE_ROUTES.items()}
    missed = offered - {answered.operation for answered in answers}
    assert {name for name in missed if document.answer_problems(name, {}) is not None} == set()


def test_every_error_has_metas_envelope(document: Document) -> None:
    errors = [GraphError(code, subcode) for code, subcode in catalogue()]
    errors += [missing_object("GET", "1"), unknown_path("x"), invalid("Parameter x is wrong")]
    for error in errors:
        body = error.body("A123")
        assert document.answer_problems("POST /{phone_number_id}/register", body, status="400") == []


def test_every_difference_has_a_reason() -> None:
    for entry in [*DIFFERENCES["absent"], *DIFFERENCES["difference"]]:
        assert len(entry["reason"]) > 20, entry
