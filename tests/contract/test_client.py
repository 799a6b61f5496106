"""What our client sends, held to Meta's OpenAPI document."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from portal.simulator import routes
from portal.simulator.graph import NODE_ROUTES
from tests.contract.document import Problem, Sent, fields_of
from tests.graph.calls import CALLS
from tests.graph.canned import Canned, graph_over

assert routes.__all__
DIFFERENCES = tomllib.loads(Path(__file__).with_name("differences.toml").read_text(encoding="utf-8"))
ABSENT = {entry["operation"] for entry in DIFFERENCES["absent"]}
EXPLAINED = {
    Problem(operation, entry["where"], entry["what"])
    for entry in DIFFERENCES["difference"]
    for operation in entry["operations"]
}


def offered_by_the_simulator() -> set[str]:
    return {f"{method} {route.template}" for (method, _, _), route in NODE_ROUTES.items()}


def sent_by(name: str) -> Sent:
    """The request of one endpoint function, as it leaves the client."""
    call, records = CALLS[name], []
    transport = Canned(call.answer)
    call.run(graph_over(transport, on_call=records.append))
    [outgoing], [record] = transport.sent, records
    return Sent(outgoing.method, record.path_template, transport.path, transport.query, transport.body)


@pytest.mark.parametrize("name", CALLS)
def test_a_request_is_what_the_document_says(document, name):
    sent = sent_by(name)
    operation = document.find(sent)
    assert (operation is None) == (sent.operation in ABSENT)
    if operation is not None:
        assert set(document.problems(sent, operation)) - EXPLAINED == set()


def test_nothing_is_excused_that_does_not_happen(document):
    every = [sent_by(name) for name in CALLS]
    found = {sent.operation: document.find(sent) for sent in every}
    assert {operation for operation, known in found.items() if known is None} == ABSENT
    problems = {
        problem
        for sent in every
        for problem in document.problems(sent, found[sent.operation] or {"path_parameters": []})
        if found[sent.operation] is not None
    }
    assert problems == EXPLAINED


def test_what_is_covered_is_told(document, report):
    sent: dict[str, set[str]] = {}
    for name in CALLS:
        one = sent_by(name)
        sent.setdefault(one.operation, set()).update({*one.query, *fields_of(one.body)})
    described = {
        operation: document.request_fields(operation) for operation in sent if operation not in ABSENT
    }
    report(f"the client sends {len(sent)} operations, {len(described)} of them in Meta's document")
    for operation, known in sorted(described.items()):
        report(f"  {operation}: {len(sent[operation] & known)} of {len(known)} documented fields sent")
    for entry in DIFFERENCES["difference"]:
        report(
            f"  explained: {', '.join(entry['operations'])}: {entry['where']} {entry['what']}:"
            f" {entry['reason']}"
        )
    report(
        f"the client: {len(EXPLAINED)} explained differences,"
        f" {len(ABSENT)} operations that the document lacks, 0 unexplained"
    )


def test_both_sides_cover_the_same_operations_of_the_document(document, report):
    sent = {one.operation for one in map(sent_by, CALLS) if document.find(one)}
    offered = {name for name in offered_by_the_simulator() if document.answer_fields(name)}
    assert sent == offered
    report(f"client and simulator both cover all {len(sent)} documented operations, 0 on one side only")


def test_every_difference_has_a_reason():
    for entry in [*DIFFERENCES["absent"], *DIFFERENCES["difference"]]:
        assert len(entry["reason"]) > 20, entry


def test_the_document_sees_what_is_wrong(document):
    wrong = Sent(
        "POST",
        "/{phone_number_id}/register",
        "/v26.0/12/register",
        {"quick": "yes"},
        {"messaging_product": "whatsapp", "pin": "12", "tier": "huge", "pim": "1"},
    )
    operation = document.find(wrong)
    assert operation is not None
    places = {problem.where for problem in document.problems(wrong, operation)}
    assert places == {"query quick", "body pin", "body tier", "body pim"}
