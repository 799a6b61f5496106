"""600 calls a minute for each key, with Redis and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.kernel.pacing import Pacer, Rate, pacer
from tenants import endpoint
from tests.conftest import Tenant
from tests.portal.api_client import make_api, problem

NOBODY = "redis://127.0.0.1:1"


@pytest.fixture(params=["with Redis", "without Redis"])
def narrow(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, settings: object
) -> Iterator[None]:
    """Three calls an hour, so that the fourth is one too many."""
    monkeypatch.setattr(endpoint, "PACE", Rate(3, 3600.0))
    if request.param == "without Redis":
        alone = Pacer(NOBODY)
        monkeypatch.setattr(endpoint, "pacer", lambda: alone)
    yield
    pacer.cache_clear()


def test_the_call_too_many_is_refused_with_the_time_to_wait(tenant: Tenant, narrow: None) -> None:
    api = make_api(tenant)
    left = [api.get("me")["RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = api.get("me")
    assert problem(refused) == (429, "throttled")
    assert refused.json()["retryable"] is True
    assert 1100 < int(refused["Retry-After"]) <= 1200
    assert refused["RateLimit-Remaining"] == "0"


def test_each_key_has_a_pace_of_its_own(tenant: Tenant, other_tenant: Tenant, narrow: None) -> None:
    busy, second, stranger = make_api(tenant), make_api(tenant), make_api(other_tenant)
    for _ in range(4):
        busy.get("me")
    assert problem(busy.get("me"))[0] == 429
    assert second.get("me").status_code == 200
    assert stranger.get("me").status_code == 200
