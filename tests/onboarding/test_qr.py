"""The QR code: a picture known to be read right by a reader, and its bounds."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding import qr

# Read back by an independent decoder when it was made.
KNOWN = (
    "https://wa.me/393331234567?text=Ciao",
    "1f5c9b6f1e53a5f3003bb57ab9f1082714ca75a409f774af6641bd7cba28ae83",
)


def _packed(rows: list[list[bool]]) -> bytes:
    return bytes(module for row in rows for module in row)


def test_a_known_address_gives_the_known_picture() -> None:
    text, digest = KNOWN
    assert hashlib.sha256(_packed(qr.matrix(text))).hexdigest() == digest


@given(st.binary(max_size=qr.CAPACITY).map(lambda data: data.decode("latin-1")).filter(str.isascii))
def test_every_code_has_the_patterns_by_which_a_phone_finds_it(text: str) -> None:
    rows = qr.matrix(text)
    finder = [0b1111111, 0b1000001, 0b1011101, 0b1011101, 0b1011101, 0b1000001, 0b1111111]
    for top, left in ((0, 0), (0, qr.SIZE - 7), (qr.SIZE - 7, 0)):
        found = [int("".join(str(int(dark)) for dark in rows[top + y][left : left + 7]), 2) for y in range(7)]
        assert found == finder


def test_what_does_not_fit_is_refused() -> None:
    qr.matrix("x" * qr.CAPACITY)
    with pytest.raises(qr.TooLong):
        qr.matrix("x" * (qr.CAPACITY + 1))


def test_the_picture_has_its_quiet_zone() -> None:
    picture = qr.svg("https://wa.me/393331234567")
    assert picture.startswith('<svg viewBox="0 0 41 41"')
    assert 'd="M4 4h1v1h-1z' in picture
