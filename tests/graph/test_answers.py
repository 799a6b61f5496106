"""Whatever comes back, an endpoint ends with its result or with a GraphError."""

from __future__ import annotations

import contextlib

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portal.graph import errors
from portal.graph.client import MAX_PAGES
from portal.graph.errors import GraphError
from portal.graph.transport import Reply
from tests.graph.calls import CALLS
from tests.graph.canned import Canned, graph_over

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
error_objects = st.dictionaries(
    st.sampled_from(list(errors.Envelope.__struct_fields__)), json_values | st.integers(0, 300), max_size=8
)
bodies = (
    st.binary()
    | json_values.map(lambda value: msgspec.json.encode(value, enc_hook=str))
    | error_objects.map(lambda error: msgspec.json.encode({"error": error}))
)


def error_in(reply: Reply) -> GraphError | None:
    try:
        graph_over(Canned(reply)).request("GET", "/x")
    except GraphError as error:
        return error
    return None


@unhurried
@given(
    bodies,
    st.integers(100, 599),
    st.dictionaries(
        st.sampled_from(["retry-after", "x-business-use-case-usage", "x-fb-trace-id"]),
        st.text() | json_values.map(str),
        max_size=4,
    ),
)
@example(b'{"error": {"code": 1e400}}', 400, {})
@example(b'{"error": {"code": 99999999999999999999999999}}', 400, {})
@example(b'{"error": {"code": "4", "message": null}}', 400, {})
@example(b'{"a": "\\ud800"}', 200, {})
def test_no_answer_raises_anything_but_a_graph_error(body, status, headers):
    error = error_in(Reply(status, headers, body))
    if error is None:
        assert 200 <= status < 300
        return
    assert isinstance(str(error), str)
    assert error.retry in ("yes", "no", "after")
    assert error.retry_after_seconds is None or 0 <= error.retry_after_seconds <= 604800


@unhurried
@given(bodies)
def test_no_answer_breaks_an_endpoint(body):
    for call in CALLS.values():
        transport = Canned(body)
        with contextlib.suppress(GraphError):
            call.run(graph_over(transport))
        assert len(transport.sent) <= MAX_PAGES
