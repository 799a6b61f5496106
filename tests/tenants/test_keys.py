"""API keys: what they look like, what refuses them, and what is kept of them."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.kernel.models import Audit
from tenants.keys import (
    ALPHABET,
    SCOPES,
    SHAPE,
    KeyRefused,
    ScopesInvalid,
    check_key,
    create_key,
    revoke_key,
)
from tenants.models import ApiKey
from tests.conftest import NOW, Tenant

LATER = NOW + timedelta(hours=1)
characters = st.sampled_from(ALPHABET)


def new_key(tenant: Tenant, *, expires_at: datetime | None = None) -> tuple[ApiKey, str]:
    with tenant.scope():
        return create_key(name="CRM", scopes=["customers:read"], expires_at=expires_at, now=NOW, by="Anna")


def why_refused(clear: str, *, now: datetime = LATER) -> str:
    with pytest.raises(KeyRefused) as refused:
        check_key(clear=clear, now=now)
    return refused.value.code


def test_a_key_opens_its_partner_with_its_scopes(tenant: Tenant) -> None:
    key, clear = new_key(tenant)
    principal = check_key(clear=clear, now=LATER)
    assert principal.partner_id == tenant.partner_id
    assert principal.scopes == {"customers:read"}
    assert principal.by == f"key:{key.key_id}"


def test_only_a_digest_is_kept(tenant: Tenant) -> None:
    _key, clear = new_key(tenant)
    with connection.cursor() as cursor, tenant.scope():
        cursor.execute("SELECT row_to_json(k)::text FROM tenants_apikey k")
        stored = cursor.fetchone()
        assert stored is not None
        assert clear not in stored[0]
        assert clear.split("_")[2] not in stored[0]
        audited = [str(row.data) for row in Audit.objects.all()]
    assert not any(clear.split("_")[2] in line for line in audited)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_wrong_character_is_seen_without_a_query(tenant: Tenant, data: st.DataObject) -> None:
    _key, clear = new_key(tenant)
    place = data.draw(st.integers(4, len(clear) - 1).filter(lambda n: clear[n] != "_"))
    wrong = data.draw(characters.filter(lambda one: one != clear[place]))
    with connection.execute_wrapper(no_query):
        assert why_refused(clear[:place] + wrong + clear[place + 1 :]) == "key_malformed"
        assert why_refused(clear[:place]) == "key_malformed"


def no_query(*args: object) -> None:
    raise AssertionError("a typo must not cost a query")


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=80) | st.from_regex(SHAPE, fullmatch=True))
def test_no_text_at_all_is_an_error_of_ours(text: str) -> None:
    with connection.execute_wrapper(no_query):
        assert why_refused(text) == "key_malformed"


def test_a_well_formed_key_that_nobody_made_is_unknown(tenant: Tenant) -> None:
    with tenant.scope():
        key, clear = create_key(name="x", scopes=["customers:read"], expires_at=None, now=NOW, by="Anna")
        ApiKey.objects.filter(pk=key.pk).delete()
    assert why_refused(clear) == "key_unknown"


def test_an_id_alone_opens_nothing(tenant: Tenant) -> None:
    key, clear = new_key(tenant)
    with tenant.scope():
        ApiKey.objects.filter(pk=key.pk).update(key_hash="0" * 64)
    assert why_refused(clear) == "key_unknown"


def test_a_key_ends_with_its_last_second(tenant: Tenant) -> None:
    _key, clear = new_key(tenant, expires_at=LATER)
    check_key(clear=clear, now=LATER - timedelta(microseconds=1))
    assert why_refused(clear, now=LATER) == "key_expired"


def test_a_revoked_key_is_refused_at_once_and_revoking_again_changes_nothing(tenant: Tenant) -> None:
    key, clear = new_key(tenant)
    check_key(clear=clear, now=NOW)
    with tenant.scope():
        revoke_key(key=key, now=NOW, by="Anna")
        revoke_key(key=key, now=LATER, by="Anna")
        assert ApiKey.objects.get().revoked_at == NOW
        assert Audit.objects.filter(action="api_key.revoked").count() == 1
    assert why_refused(clear, now=NOW) == "key_revoked"


def test_two_keys_live_side_by_side(tenant: Tenant) -> None:
    (first, old), (_second, new) = new_key(tenant), new_key(tenant)
    with tenant.scope():
        revoke_key(key=first, now=NOW, by="Anna")
    assert why_refused(old) == "key_revoked"
    assert check_key(clear=new, now=LATER)


def test_use_is_noted_once_a_minute(tenant: Tenant) -> None:
    _key, clear = new_key(tenant)
    noted = []
    for seconds in (0, 59, 60, 61, 180):
        check_key(clear=clear, now=NOW + timedelta(seconds=seconds))
        with tenant.scope():
            noted.append(ApiKey.objects.get().last_used_at - NOW)  # type: ignore[operator]
    assert [gap.total_seconds() for gap in noted] == [0, 0, 60, 60, 180]


@pytest.mark.parametrize("scopes", [[], ["customers:delete"], ["customers:read", ""]])
def test_scopes_must_exist(tenant: Tenant, scopes: list[str]) -> None:
    with tenant.scope(), pytest.raises(ScopesInvalid):
        create_key(name="CRM", scopes=scopes, expires_at=None, now=NOW, by="Anna")


def test_every_scope_has_words_for_people() -> None:
    assert all(str(words) for words in SCOPES.values())


@pytest.mark.races
def test_many_first_uses_at_once_all_pass(tenant: Tenant) -> None:
    _key, clear = new_key(tenant)
    seen: list[object] = []

    def use() -> None:
        try:
            seen.append(check_key(clear=clear, now=LATER).partner_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [tenant.partner_id] * 8
