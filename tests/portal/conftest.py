from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.kernel.pacing import pacer
from tests.conftest import Tenant
from tests.portal.api_client import Api, make_api


@pytest.fixture(autouse=True)
def quiet_pace() -> Iterator[None]:
    """Keys of a test are new, so nobody else has used up their pace."""
    yield
    pacer.cache_clear()


@pytest.fixture
def api(tenant: Tenant) -> Api:
    """An integrator of Alice's partner, with every scope."""
    return make_api(tenant)


@pytest.fixture
def stranger(other_tenant: Tenant) -> Api:
    """An integrator of the other partner, with every scope."""
    return make_api(other_tenant)
