"""What our client sends, held to Meta's OpenAPI document."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.contract.document import SOURCE, Document, Problem, Sent, path_of_document
from tests.graph.calls import CALLS
from tests.graph.canned import Canned, graph_over, sample

DIFFERENCES = tomllib.loads(Path(__file__).with_name("differences.toml").read_text(encoding="utf-8"))
ABSENT = {entry["operation"] for entry in DIFFERENCES["absent"]}
EXPLAINED = {
    Problem(operation, entry["where"], entry["what"])
    for entry in DIFFERENCES["difference"]
    for operation in entry["operations"]
}


@pytest.fixture(scope="module")
def document() -> Document:
    path = path_of_document()
    if not path.is_file():
        pytest.skip(f"CONTRACT NOT CHECKED: no {path.name}; get it from {SOURCE} and set META_OPENAPI to it")
    return Document(path)


def sent_by(name: str) -> Sent:
    """The request of one endpoint function, as it leaves the client."""
    call, records = CALLS[name], []
    transport = Canned(sample(call.sample))
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
