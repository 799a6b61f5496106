"""Bad input is a refusal and never an error of ours, whatever is sent to any address."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.api import MessageFilter
from onboarding.api import OnboardingFilter
from onboarding.plans.api.numbers import NumberFilter
from onboarding.plans.api.plans import PlanFilter
from tenants.api import CustomerFilter, PhoneNumberFilter, WabaFilter
from tests.architecture.test_routes import ROUTES, Route, make_rows
from tests.conftest import Tenant
from tests.portal.api_client import make_api

# Half of what is tried is odd by nature: NUL, surrogates, bidirectional text, numbers that overflow.
odd = st.sampled_from(
    ["", " ", "\x00", "\u202e", "٣", "a" * 5000, "-1", "1e400", "' OR 1=1 --", "%00", "null"]
)
text = odd | st.text(max_size=40)
number = st.integers() | st.integers(min_value=10**17, max_value=10**40) | st.floats(allow_nan=False)
leaf = st.none() | st.booleans() | number.filter(lambda n: n == n and abs(n) != float("inf")) | text
anything = st.recursive(
    leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
)


def _has_fields(route: Route) -> bool:
    return isinstance(route.body, dict) and bool(route.body)


FILTERS = {
    "customers": CustomerFilter,
    "onboardings": OnboardingFilter,
    "phone-numbers": PhoneNumberFilter,
    "wabas": WabaFilter,
    "messages": MessageFilter,
    "plans": PlanFilter,
    "plan-numbers": NumberFilter,
}
tried = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if isinstance(route.body, dict) and route.body], ids=str
)
@tried
@given(data=st.data())
def test_no_body_is_an_error_of_ours(tenant: Tenant, route: Route, data: st.DataObject) -> None:
    rows, api = _made(tenant)
    body: Any = rows.body(route)
    for name in data.draw(st.sets(st.sampled_from(sorted(body)), min_size=1)):
        body[name] = data.draw(anything)
    sent = json.dumps(body, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass")
    answer = api.call(route.method, rows.fill(route.path), sent)
    assert answer.status_code < 500, answer.content
    assert json.loads(answer.content)


@pytest.mark.parametrize("resource", FILTERS)
@tried
@given(data=st.data())
def test_no_parameter_is_an_error_of_ours(tenant: Tenant, resource: str, data: st.DataObject) -> None:
    _rows, api = _made(tenant)
    names = [*FILTERS[resource].base_filters, "limit", "cursor"]
    asked = data.draw(st.dictionaries(st.sampled_from(names), text, min_size=1))
    answer = api.get(f"{resource}?{urlencode(asked, errors='surrogatepass')}")
    assert answer.status_code in (200, 400), answer.content


@tried
@given(path=text, key=text)
def test_no_path_and_no_header_is_an_error_of_ours(tenant: Tenant, path: str, key: str) -> None:
    _rows, api = _made(tenant)
    header = key.encode("utf-8", "surrogatepass").decode("latin-1")
    for resource in FILTERS:
        answer = api.get(f"{resource}/{quote(path.encode('utf-8', 'surrogatepass'))}", Accept=header)
        assert answer.status_code < 500, answer.content
    answer = api.post("customers", {}, Idempotency_Key=header, Accept_Language=header)
    assert answer.status_code in (400, 406), answer.content


_worlds: dict[Any, Any] = {}


def _made(tenant: Tenant) -> Any:
    """The rows and the caller of a test, made once for all its examples."""
    if tenant.partner_id not in _worlds:
        _worlds.clear()
        _worlds[tenant.partner_id] = make_rows(tenant), make_api(tenant)
    return _worlds[tenant.partner_id]
