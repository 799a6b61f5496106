"""The parser reads what Meta sends and survives everything else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.webhooks import SAMPLES, body_of, envelope, sample
from webhooks import parsing

NAMES = sorted(path.stem.removeprefix("webhook.") for path in SAMPLES.glob("webhook.*.json"))

text = st.text(st.characters(), max_size=20)  # lone surrogates and NUL included
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=15,
)
item = st.dictionaries(
    st.sampled_from(["id", "status", "from", "timestamp", "type", "recipient_participant_id"]), anything
)
value = st.dictionaries(
    st.sampled_from(["metadata", "contacts", "messages", "statuses", "calls", "errors", "event"]),
    anything | st.lists(item, max_size=4),
)
change = (
    st.fixed_dictionaries({"field": st.sampled_from(["messages", "calls", "account_update"]) | anything})
    | anything
)
near_misses = st.fixed_dictionaries(
    {
        "object": st.just("whatsapp_business_account") | anything,
        "entry": st.lists(
            st.fixed_dictionaries(
                {
                    "id": text | anything,
                    "time": st.integers() | anything,
                    "changes": st.lists(
                        st.fixed_dictionaries({"field": st.just("messages") | text, "value": value}) | change,
                        max_size=3,
                    ),
                }
            )
            | anything,
            max_size=3,
        ),
    }
)


def storable(value: Any, depth: int = 0) -> bool:
    """Whether PostgreSQL takes it as jsonb."""
    assert depth < 100
    if isinstance(value, str):
        return "\0" not in value and not any(0xD800 <= ord(letter) <= 0xDFFF for letter in value)
    if isinstance(value, dict):
        return all(storable(name) and storable(inner, depth + 1) for name, inner in value.items())
    if isinstance(value, list):
        return all(storable(inner, depth + 1) for inner in value)
    return not isinstance(value, float) or json.dumps(value) not in ("NaN", "Infinity", "-Infinity")


def check(reading: parsing.Reading) -> None:
    for piece in reading.pieces:
        assert 0 < len(piece.key) <= 200
        assert storable(piece.key)
        assert storable(piece.entry_id)
        assert storable(piece.value)
        assert len(piece.field) <= 60
        assert len(piece.entry_id) <= 32


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_read_without_a_crash(body: bytes) -> None:
    check(parsing.read(body))


@given(anything)
def test_json_of_any_kind_is_read_without_a_crash(payload: Any) -> None:
    check(parsing.read(json.dumps(payload).encode()))


@given(near_misses)
def test_what_is_nearly_a_payload_is_read_without_a_crash(payload: Any) -> None:
    body = json.dumps(payload).encode()
    check(parsing.read(body))
    assert parsing.read(body) == parsing.read(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"object":"page","entry":[]}',
        b'{"object":"whatsapp_business_account"}',
        b'{"object":"whatsapp_business_account","entry":{}}',
        b'{"object":"whatsapp_business_account","entry":[1]}',
        b'{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages"}]}]}',
        b'{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":[]}]}]}',
        b'{"object":"whatsapp_business_account","entry":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"x","value":'
        + b'{"a":' * 500
        + b"1"
        + b"}" * 500
        + b"}]}]}",
        b'{"object":"whatsapp_business_account","entry":' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_payload_is_garbage(body: bytes) -> None:
    reading = parsing.read(body)
    assert reading.is_garbage
    assert not reading.pieces


def test_one_unreadable_part_does_not_take_the_others_with_it() -> None:
    payload = sample("messages.text")
    payload["entry"].insert(0, "garbage")
    payload["entry"][1]["changes"].insert(0, {"field": 7})
    reading = parsing.read(body_of(payload))
    assert reading.is_garbage
    assert [piece.field for piece in reading.pieces] == ["messages"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('"a\\u0000b"', "a\ufffdb"),
        ('"a\\ud83d"', "a\ufffd"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ("NaN", None),
        ("-Infinity", None),
        ("1e999", None),
        ("123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_what_postgresql_refuses_is_replaced(body: str, expected: object) -> None:
    payload = envelope({"field": "x", "value": {"it": "HERE"}}, entry_id="1")
    (piece,) = parsing.read(body_of(payload).replace(b'"HERE"', body.encode())).pieces
    assert piece.value == {"it": expected}


@pytest.fixture(scope="module")
def postgresql() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection of no particular database."""
    url = os.environ["ADMIN_DATABASE_URL"]
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        yield connection


@given(told=near_misses)
def test_postgresql_takes_whatever_was_read(
    postgresql: psycopg.Connection[tuple[Any, ...]], told: Any
) -> None:
    for piece in parsing.read(json.dumps(told).encode()).pieces:
        row = postgresql.execute(
            "SELECT %s::jsonb, %s::text, %s::timestamptz",
            [json.dumps(piece.value), piece.key + piece.field + piece.entry_id, piece.entry_time],
        ).fetchone()
        assert row is not None


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_readable(name: str) -> None:
    reading = parsing.read(body_of(sample(name)))
    assert reading.pieces
    assert not reading.is_garbage


def test_messages_and_statuses_are_split_and_keep_their_contact() -> None:
    people = [{"wa_id": f"39333000{number}", "profile": {"name": f"{number}"}} for number in range(3)]
    metadata = {"display_phone_number": "1", "phone_number_id": "2"}
    told = {
        "messaging_product": "whatsapp",
        "metadata": metadata,
        "contacts": people,
        "messages": [{"id": f"m{number}", "from": people[number]["wa_id"]} for number in range(3)],
        "statuses": [{"id": "s", "status": "sent", "recipient_id": people[0]["wa_id"]}],
        "errors": [{"code": 130429}],
    }
    pieces = parsing.read(body_of(envelope({"field": "messages", "value": told}, entry_id="1"))).pieces
    assert [piece.key for piece in pieces][:4] == ["message:m0", "message:m1", "message:m2", "status:s:sent"]
    for number, piece in enumerate(pieces[:3]):
        assert piece.value == {
            "messaging_product": "whatsapp",
            "metadata": metadata,
            "contacts": [people[number]],
            "messages": [told["messages"][number]],
        }
    assert pieces[3].value["contacts"] == [people[0]]
    assert pieces[4].value["errors"] == [{"code": 130429}]
    assert not pieces[4].value.keys() & {"messages", "statuses"}


def test_statuses_of_a_group_are_told_for_each_participant() -> None:
    told = [{"id": "s", "status": "read", "recipient_participant_id": f"{number}"} for number in range(2)]
    pieces = parsing.read(body_of(envelope({"field": "messages", "value": {"statuses": told}}))).pieces
    assert [piece.key for piece in pieces] == ["status:s:read:0", "status:s:read:1"]


def test_events_about_accounts_are_the_same_only_at_the_same_time() -> None:
    def key(time: int, **more: str) -> str:
        change = {"field": "account_update", "value": {"event": "PARTNER_REMOVED", **more}}
        (piece,) = parsing.read(body_of(envelope(change, entry_id="1", time=time))).pieces
        return piece.key

    assert key(1) == key(1)
    assert len({key(1), key(2), key(1, phone_number="3")}) == 3


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("1602139392", datetime(2020, 10, 8, 6, 43, 12, tzinfo=UTC)),
        (1602139392, datetime(2020, 10, 8, 6, 43, 12, tzinfo=UTC)),
        *[(nothing, None) for nothing in (None, "", "soon", True, [], {}, 1e30, "inf", float("nan"))],
    ],
)
def test_times_of_meta(told: object, expected: datetime | None) -> None:
    assert parsing.moment(told) == expected
