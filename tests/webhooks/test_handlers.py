"""What webhooks tell about accounts and numbers is shown at once, in whatever order it comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from portal.kernel import clock
from portal.kernel.models import Audit
from tenants.models import PhoneNumber, Waba
from tests.conftest import Tenant
from tests.factories import PhoneNumberFactory, WabaFactory
from tests.factories.webhooks import envelope, process_all, sample, store
from tests.webhooks.conftest import SAMPLE_WABA_ID
from webhooks.models import Change, ChangeState, Payload

Receive = Callable[..., None]


@pytest.fixture
def receive(tenant: Tenant, number: PhoneNumber) -> Receive:
    """Store payloads one after another and process each."""

    def go(*payloads: dict[str, Any]) -> None:
        for payload in payloads:
            with tenant.scope():
                store(tenant.world.app, payload, now=clock.now())
            process_all(now=clock.now())
        with tenant.scope():
            assert not Change.objects.filter(state=ChangeState.FAILED).values("field", "error")

    return go


def told(field: str, time: int, **value: Any) -> dict[str, Any]:
    """An event about the number of the fixture."""
    about = {"display_phone_number": "12025550171"} if field.startswith(("phone_number", "security")) else {}
    return envelope({"field": field, "value": about | value}, entry_id=SAMPLE_WABA_ID, time=time)


def look(tenant: Tenant, number: PhoneNumber) -> PhoneNumber:
    with tenant.scope():
        return PhoneNumber.objects.select_related("waba").get(pk=number.pk)


@pytest.mark.parametrize("decision", ["APPROVED", "REJECTED", "PENDING", "DEFERRED"])
def test_the_review_of_an_account(
    decision: str, tenant: Tenant, number: PhoneNumber, receive: Receive
) -> None:
    receive(sample(f"account_review_update.{decision}"))
    assert look(tenant, number).waba.account_review_status == decision


def test_an_older_decision_does_not_replace_a_newer_one(
    tenant: Tenant, number: PhoneNumber, receive: Receive
) -> None:
    for order in permutations([(10, "PENDING"), (20, "REJECTED"), (30, "APPROVED")]):
        with tenant.scope():
            Payload.objects.all().delete()
        receive(*(told("account_review_update", time, decision=decision) for time, decision in order))
        assert look(tenant, number).waba.account_review_status == "APPROVED"


def test_the_name_of_a_new_number(tenant: Tenant, number: PhoneNumber, receive: Receive) -> None:
    words = {"requested_verified_name": "Panificio Aurora", "rejection_reason": None}
    receive(told("phone_number_name_update", 1, decision="PENDING", **words))
    assert look(tenant, number).name_status == "PENDING_REVIEW"
    receive(told("phone_number_name_update", 2, decision="REJECTED", **words))
    assert look(tenant, number).name_status == "DECLINED"
    receive(told("phone_number_name_update", 3, decision="APPROVED", **words))
    assert look(tenant, number).name_status == "APPROVED"


def test_a_new_name_for_a_number_that_has_one(tenant: Tenant, number: PhoneNumber, receive: Receive) -> None:
    with tenant.scope():
        PhoneNumber.objects.filter(pk=number.pk).update(name_status="APPROVED", verified_name="Aurora")
    receive(told("phone_number_name_update", 1, decision="REJECTED", requested_verified_name="Offerte Super"))
    found = look(tenant, number)
    assert (found.verified_name, found.name_status, found.new_name_status) == (
        "Aurora",
        "APPROVED",
        "DECLINED",
    )
    receive(told("phone_number_name_update", 2, decision="APPROVED", requested_verified_name="Forno Aurora"))
    found = look(tenant, number)
    assert (found.verified_name, found.name_status, found.new_name_status) == ("Forno Aurora", "APPROVED", "")


def test_limits_flags_and_throughput(tenant: Tenant, number: PhoneNumber, receive: Receive) -> None:
    receive(sample("phone_number_quality_update.ONBOARDING"))
    found = look(tenant, number)
    assert (found.messaging_limit_tier, found.portfolio_messaging_limit) == ("TIER_NOT_SET", "TIER_250")
    receive(sample("phone_number_quality_update.THROUGHPUT_UPGRADE"))
    found = look(tenant, number)
    assert (found.throughput_level, found.portfolio_messaging_limit) == ("HIGH", "TIER_UNLIMITED")
    receive(sample("phone_number_quality_update.FLAGGED_legacy"))
    assert look(tenant, number).status == "FLAGGED"
    receive(told("phone_number_quality_update", 1795169060, event="UNFLAGGED", current_limit="TIER_10K"))
    assert look(tenant, number).status == "CONNECTED"


def test_the_limit_of_a_portfolio_is_a_number_or_a_word(
    tenant: Tenant, number: PhoneNumber, receive: Receive
) -> None:
    receive(sample("business_capability_update.raised"))
    assert look(tenant, number).portfolio_messaging_limit == "2000"
    receive(sample("business_capability_update.legacy_v23"))
    assert look(tenant, number).portfolio_messaging_limit == "2000"


def test_two_step_verification(tenant: Tenant, number: PhoneNumber, receive: Receive) -> None:
    receive(told("security", 1, event="PIN_CHANGED"))
    assert look(tenant, number).is_pin_enabled is True
    receive(told("security", 2, event="PIN_RESET_REQUEST", requester="61"))
    assert look(tenant, number).is_pin_enabled is True
    receive(told("security", 3, event="PIN_REQUEST_SUCCESS"))
    assert look(tenant, number).is_pin_enabled is False


def test_only_the_number_that_is_meant_changes(tenant: Tenant, number: PhoneNumber, receive: Receive) -> None:
    with tenant.scope():
        sibling = PhoneNumberFactory(waba=number.waba)
        namesake = PhoneNumberFactory(waba=WabaFactory(), display_phone_number=number.display_phone_number)
    receive(told("security", 1, event="PIN_CHANGED"))
    assert look(tenant, number).is_pin_enabled is True
    assert look(tenant, sibling).is_pin_enabled is None
    assert look(tenant, namesake).is_pin_enabled is None


def _sharing(event: str, time: int) -> dict[str, Any]:
    info = {"waba_id": SAMPLE_WABA_ID, "owner_business_id": "880011223344556"}
    value = {"event": event, "waba_info": info}
    return envelope({"field": "account_update", "value": value}, entry_id="771200345678901", time=time)


@pytest.mark.parametrize("last", ["PARTNER_ADDED", "PARTNER_REMOVED"])
def test_the_later_of_sharing_and_withdrawing_holds(
    last: str, tenant: Tenant, number: PhoneNumber, receive: Receive
) -> None:
    events = [("PARTNER_ADDED", 10), ("PARTNER_REMOVED", 20), ("PARTNER_ADDED", 30), ("PARTNER_REMOVED", 40)]
    events = events[: 4 if last == "PARTNER_REMOVED" else 3]
    for order in permutations(events):
        with tenant.scope():
            Payload.objects.all().delete()
            Waba.objects.update(shared_at=None, removed_at=None)
        receive(*(_sharing(event, time) for event, time in order))
        waba = look(tenant, number).waba
        assert (waba.removed_at is None) is (last == "PARTNER_ADDED")
        if last == "PARTNER_ADDED":
            assert waba.shared_at == datetime.fromtimestamp(30, UTC)


def test_withdrawing_is_audited_once(tenant: Tenant, number: PhoneNumber, receive: Receive) -> None:
    receive(_sharing("PARTNER_REMOVED", 10), _sharing("PARTNER_REMOVED", 10), _sharing("PARTNER_REMOVED", 11))
    with tenant.scope():
        assert Audit.objects.filter(action="waba.removed").count() == 1


def test_a_deleted_account_is_withdrawn(tenant: Tenant, number: PhoneNumber, receive: Receive) -> None:
    receive(sample("account_update.ACCOUNT_DELETED"))
    assert look(tenant, number).waba.removed_at is not None


def test_a_number_that_left_does_not_take_the_account_with_it(
    tenant: Tenant, number: PhoneNumber, receive: Receive
) -> None:
    receive(sample("account_update.PARTNER_REMOVED_coexistence_phone"))
    assert look(tenant, number).waba.removed_at is None


def test_senseless_values_fail_alone(tenant: Tenant, number: PhoneNumber) -> None:
    with tenant.scope():
        store(tenant.world.app, told("account_review_update", 1, decision=["x"]), now=clock.now())
        store(tenant.world.app, told("phone_number_name_update", 1, decision={}), now=clock.now())
        store(tenant.world.app, told("security", 1, display_phone_number=["x"]), now=clock.now())
        store(tenant.world.app, told("security", 2, event="PIN_CHANGED"), now=clock.now())
    process_all(now=clock.now())
    assert look(tenant, number).is_pin_enabled is True
