from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.graph.secret import Secret
from portal.graph.signature import appsecret_proof, sign, verify

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

CURRENT, PREVIOUS = Secret("current"), Secret("previous")


def test_the_signature_is_that_of_rfc_4231():
    expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert sign(b"what do ya want for nothing?", Secret("Jefe")) == expected
    assert appsecret_proof(Secret("what do ya want for nothing?"), Secret("Jefe")).reveal() == expected[7:]


@unhurried
@given(st.binary(), st.text(min_size=1), st.text(min_size=1))
def test_a_body_verifies_with_the_secret_that_signed_it_only(body, secret, other):
    header = sign(body, Secret(secret))
    assert verify(body, header, [Secret(secret)])
    assert verify(body, header, [Secret(other)]) == (secret == other)
    assert not verify(body + b" ", header, [Secret(secret)])


def test_current_and_previous_secret_both_verify():
    for secret in (CURRENT, PREVIOUS):
        assert verify(b"{}", sign(b"{}", secret), [CURRENT, PREVIOUS])
    assert not verify(b"{}", sign(b"{}", PREVIOUS), [CURRENT])


@pytest.mark.parametrize("header", [None, "", "sha256=", "sha1=00", "è", "\udcff", "sha256=" + "0" * 64])
def test_a_missing_or_malformed_header_does_not_verify(header):
    assert not verify(b"{}", header, [CURRENT])


def test_header_without_prefix_or_in_capitals_does_not_verify():
    header = sign(b"{}", CURRENT)
    assert not verify(b"{}", header.removeprefix("sha256="), [CURRENT])
    assert not verify(b"{}", header.upper(), [CURRENT])


def test_no_secret_and_an_empty_one_verify_nothing():
    assert not verify(b"{}", sign(b"{}", Secret("")), [Secret("")])
    assert not verify(b"{}", sign(b"{}", CURRENT), [])


@unhurried
@given(st.binary(), st.text() | st.characters(categories=["Cs"]))
def test_no_header_breaks_the_check(body, header):
    assert verify(body, header, [CURRENT]) == (header == sign(body, CURRENT))
