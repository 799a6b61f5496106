"""Requirements: everybody reads who acts and what to do, whatever Meta's code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.models import Owner
from onboarding.reasons import REASONS
from onboarding.remedies import REMEDIES, UNKNOWN, remedy
from onboarding.states import ONBOARDING_WAYS, STEP_WAYS, OnboardingState, StepState
from portal.graph import errors

PACKAGE = Path(__file__).parents[2] / "onboarding"
BLAME = re.compile(r"\b(your fault|you failed|you did not|you forgot)\b", re.IGNORECASE)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_says_who_acts_why_and_what_helps(reason: str) -> None:
    known = REASONS[reason]
    assert len(reason) <= 40
    assert str(known.title)
    assert str(known.explanation)
    if known.owner in (Owner.CUSTOMER, Owner.STAFF, Owner.CONSUMER):
        assert str(known.action)
    assert not BLAME.search(f"{known.title} {known.explanation} {known.action}")


def test_every_reason_that_a_step_gives_is_in_the_catalogue_and_none_is_dead() -> None:
    source = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py") if path.parent.name != "reasons")
    given_ones = set(re.findall(r'Waits\(\s*"(\w+)"', source))
    assert given_ones <= set(REASONS)
    assert {reason for reason in REASONS if f'"{reason}"' not in source} == set()


@given(st.integers(0, 3_000_000), st.none() | st.integers(0, 3_000_000))
def test_any_code_has_an_honest_text(code: int, subcode: int | None) -> None:
    told = remedy(code, subcode)
    assert str(told.title)
    assert str(told.explanation)
    assert str(told.action)
    if (code, subcode) not in REMEDIES and (code, None) not in REMEDIES and not 200 <= code <= 299:
        assert told is UNKNOWN


def test_codes_of_the_journeys_calls_have_texts_of_their_own() -> None:
    seen = re.compile(r"\b(register|oauth|subscribed_apps|credit|request_code|verify_code|any)\b")
    for row in errors.rows():
        if row.code.isdigit() and seen.search(row.seen_on) and int(row.code) not in OTHER_CALLS:
            subcode = int(row.subcode) if row.subcode else None
            assert remedy(int(row.code), subcode) is not UNKNOWN, row


# Codes that errors.csv notes for "any" call and that none of the journey's calls can meet.
OTHER_CALLS = {506, 613}


@pytest.mark.parametrize(("states", "ways"), [(OnboardingState, ONBOARDING_WAYS), (StepState, STEP_WAYS)])
def test_every_state_can_be_reached_and_the_tables_name_no_other(
    states: type, ways: dict[str, tuple[str, ...]]
) -> None:
    reachable, ahead = set(), [next(iter(states))]
    while ahead:
        state = ahead.pop()
        if state not in reachable:
            reachable.add(state)
            ahead.extend(ways.get(state, ()))
    assert reachable == set(states)
    assert set(ways) <= set(states)


def test_only_a_new_signup_leads_out_of_expired() -> None:
    assert set(ONBOARDING_WAYS[OnboardingState.EXPIRED]) == {
        OnboardingState.SIGNED_UP,
        OnboardingState.CANCELLED,
    }
    assert OnboardingState.LIVE not in ONBOARDING_WAYS
