"""A number of the WhatsApp Business app comes to the Cloud API too, and stays in the app."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from onboarding.models import Path
from onboarding.plans.moving import app_data
from portal.kernel.models import GraphCall
from tests.onboarding.plans.moving import Moving
from tests.onboarding.stage import Stage

SYNC, REGISTER = "/{phone_number_id}/smb_app_data", "/{phone_number_id}/register"
_places = itertools.count(1)


@pytest.fixture
def moving(stage: Stage) -> Moving:
    number = f"+39348{next(_places):07d}"
    return Moving.start(stage, Path.COEXISTENCE, [{"display_phone_number": number}])


def connect(moving: Moving, **wish: Any) -> str:
    """The customer confirms in the app on the phone; the id of the number is returned."""
    number = moving.line().display_phone_number
    phone = {"number": number, "display_name": "Panificio Aurora"}
    made = moving.invited().sign_up(phone=phone, **{"outcome": "finish_coexistence"} | wish)
    moving.stage.drain()
    return str(made["phone_number_id"])


def test_a_number_of_the_app_comes_too_and_is_never_registered_by_us(stage: Stage, moving: Moving) -> None:
    assert moving.waits_for() == "sign_up_with_app"
    assert moving.line().state == "MOVING"
    number_id = connect(moving)
    assert moving.waits_for() == "first_message"
    assert [call["ids"] for call in stage.meta.calls(SYNC, id=number_id)] != []
    with stage.tenant.scope():
        asked = GraphCall.objects.filter(operation__startswith="sync_").order_by("started_at")
        assert list(asked.values_list("operation", flat=True)) == ["sync_contacts", "sync_history"]
    moving.arrives()
    assert stage.meta.calls(REGISTER, id=number_id) == []
    report, line = moving.report(), moving.line()
    assert report.proven
    proofs = {check["key"]: check for check in report.facts["checks"]}
    assert proofs["app"]["evidence"] == {"is_on_biz_app": True}
    assert proofs["shared"]["evidence"]["sync_history"] == "asked"
    assert (line.passed_no_return_at, line.downtime_started_at) == (None, None)


def test_what_the_app_sends_reaches_us_and_is_counted(stage: Stage, moving: Moving) -> None:
    connect(moving)

    def has_come() -> bool:
        moving.stage.drain()
        return shared(moving)["history_progress"] == 100 and shared(moving)["contacts"] == 1

    stage.until(has_come)
    assert shared(moving)["history_declined"] is False


def shared(moving: Moving) -> dict[str, Any]:
    with moving.stage.tenant.scope():
        return app_data.shared(moving.onboarding())


def test_a_lost_answer_asks_again_and_meta_says_that_it_was_asked(stage: Stage, moving: Moving) -> None:
    stage.meta.fault(SYNC, "cut_after")
    number_id = connect(moving)
    assert moving.waits_for() == "settling"
    moving.travel(seconds=61)
    assert moving.waits_for() == "first_message"
    codes = [call.get("subcode") for call in stage.meta.calls(SYNC, id=number_id)]
    assert codes == [None, 2593107, None]
    assert shared(moving)["sync_contacts"] == "asked before"


def test_after_a_day_nothing_is_shared_and_the_number_works_all_the_same(
    stage: Stage, moving: Moving
) -> None:
    stage.meta.fault(SYNC, "cut_before", times=1)
    connect(moving)
    stage.move_clock(timedelta(hours=25))
    stage.drain()
    assert moving.waits_for() == "first_message"
    told = shared(moving)
    assert (told["sync_contacts"], told["sync_history"]) == ("too late", "too late")


def test_a_number_that_is_not_in_the_app_is_not_registered_either(stage: Stage, moving: Moving) -> None:
    number_id = connect(moving, outcome="finish")
    need = moving.journey().next_action
    assert need is not None
    assert (need.reason, need.owner) == ("not_in_app", "CUSTOMER")
    assert stage.meta.calls(REGISTER, id=number_id) == []
