"""The strict parser, and problems that say nothing they should not."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import exceptions

from portal.kernel.api import MAX_BODY, Problem, StrictJSONParser, as_problem

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def parse(raw: bytes) -> Any:
    return StrictJSONParser().parse(io.BytesIO(raw))


def nested(levels: int) -> bytes:
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


@settings(deadline=None)
@given(value=st.dictionaries(st.text(), values, max_size=5))
def test_any_object_arrives_as_it_was_sent(value: dict[str, Any]) -> None:
    assert parse(json.dumps(value).encode()) == value


@settings(deadline=None, max_examples=300)
@given(raw=st.binary(max_size=200) | st.text(alphabet='{}[]",:\\ue0123nulNaN', max_size=60).map(str.encode))
def test_any_bytes_are_an_object_or_a_refusal(raw: bytes) -> None:
    try:
        parsed = parse(raw)
    except Problem as problem:
        parsed = {"refused": problem.code}
    assert isinstance(parsed, dict)
    assert parsed.get("refused", "malformed_json") == "malformed_json"


def test_32_levels_pass_and_33_do_not() -> None:
    parse(nested(32))
    for levels in (33, 100_000):
        with pytest.raises(Problem, match="The body is"):
            parse(nested(levels)[:MAX_BODY])


def test_the_limit_of_a_body_is_256_kb_exactly() -> None:
    frame = b'{"a":""}'
    parse(frame[:-2] + b"x" * (MAX_BODY - len(frame)) + b'"}')
    with pytest.raises(RequestDataTooBig):
        parse(frame[:-2] + b"x" * (MAX_BODY - len(frame) + 1) + b'"}')


@pytest.mark.parametrize(
    ("error", "status", "code", "retryable"),
    [
        (Http404("Customer 17"), 404, "not_found", False),
        (exceptions.NotFound("Customer 17"), 404, "not_found", False),
        (PermissionDenied("role x"), 403, "permission_denied", False),
        (OperationalError("host 10.0.0.7"), 503, "unavailable", True),
        (InterfaceError("host 10.0.0.7"), 503, "unavailable", True),
        (RequestDataTooBig("17"), 413, "body_too_large", False),
        (exceptions.Throttled(wait=2.2), 429, "throttled", True),
    ],
)
def test_errors_become_problems_without_their_inside(
    error: Exception, status: int, code: str, retryable: bool
) -> None:
    problem = as_problem(error)
    assert problem is not None
    body = problem.body()
    assert (body["status"], body["code"], body["retryable"]) == (status, code, retryable)
    assert "17" not in str(body["detail"])
    assert "10.0.0.7" not in json.dumps(body)


def test_a_wait_is_told_in_whole_seconds_rounded_up() -> None:
    problem = as_problem(exceptions.Throttled(wait=2.2))
    assert problem is not None
    assert problem.headers() == {"Retry-After": "3"}


def test_messages_inside_lists_are_named_by_their_place() -> None:
    problem = as_problem(exceptions.ValidationError({"a": [{"b": ["wrong"]}, {}], "c": ["bad"]}))
    assert problem is not None
    assert problem.errors is not None
    assert problem.errors.keys() == {"a.0.b", "c"}


def test_what_nobody_expected_is_no_problem_document() -> None:
    assert as_problem(RuntimeError("SELECT 1")) is None
