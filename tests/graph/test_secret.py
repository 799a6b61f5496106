from __future__ import annotations

import copy
import json
import pickle
import traceback

import msgspec
import pytest

from portal.graph.secret import Secret

SECRET = Secret("c4nary")


@pytest.mark.parametrize(
    "text",
    [repr(SECRET), str(SECRET), f"{SECRET}", f"{SECRET!r:>5}", f"{SECRET:>5}", "%s" % SECRET, str([SECRET])],  # noqa: UP031
)
def test_a_secret_prints_as_stars(text):
    assert "***" in text
    assert "c4nary" not in text


@pytest.mark.parametrize(
    "dump", [pickle.dumps, json.dumps, msgspec.json.encode, msgspec.msgpack.encode, vars]
)
def test_a_secret_can_not_be_written_down(dump):
    with pytest.raises(TypeError) as caught:
        dump(SECRET)
    assert "c4nary" not in str(caught.value)


def test_a_secret_is_opened_on_purpose_only():
    assert SECRET.reveal() == "c4nary"
    assert Secret(b"\xff").reveal_bytes() == b"\xff"
    assert copy.deepcopy({"pin": SECRET})["pin"] is SECRET


def test_secrets_compare_by_value_and_have_no_hash():
    assert Secret("a") == Secret(b"a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert not Secret("")
    with pytest.raises(TypeError):
        hash(SECRET)


def test_a_traceback_with_local_variables_shows_no_secret():
    def fail(_pin):
        raise RuntimeError

    try:
        fail(SECRET)
    except RuntimeError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "_pin = ***" in shown
    assert "c4nary" not in shown
