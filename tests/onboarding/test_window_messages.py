"""Window messages: what Meta's window says is read, and nothing else that a browser may send."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding import messages
from onboarding.models import SignupSession

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.mark.parametrize(
    "path", sorted(SAMPLES.glob("event.embedded_signup.[CEF]*.json")), ids=lambda path: path.stem
)
def test_every_sample_of_metas_window_messages_is_read(path: Path) -> None:
    text = path.read_text()
    told = messages.read(text)
    assert told is not None
    raw = json.loads(text)
    assert told.event == raw["event"]
    assert told.waba_id == raw["data"].get("waba_id", "")


@given(st.text() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_anything_else_that_is_posted_is_no_message(raw: str) -> None:
    assert messages.read(raw) is None


@given(
    st.dictionaries(st.sampled_from(["waba_id", "phone_number_id", "error_message", "session_id"]), st.text())
)
def test_what_a_message_claims_fits_its_columns(data: dict[str, str]) -> None:
    told = messages.read(json.dumps({"type": "WA_EMBEDDED_SIGNUP", "event": "FINISH", "data": data}))
    if told is None:
        return
    for name, value in told.columns().items():
        column = SignupSession._meta.get_field(name)
        assert len(value) <= column.max_length
        assert "\x00" not in value
    assert told.waba_id == "" or told.waba_id.isdigit()
