"""An account changes partner: what the month allows, and how long nothing is sent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from onboarding import services as onboardings
from onboarding.models import Path
from onboarding.plans.waves import why
from onboarding.plans.waves.month import MonthRule, first_of_next_month, midnight
from portal.graph.secret import Secret
from portal.kernel import clock
from tests.onboarding.plans.moving import PIN, Elsewhere, Moving, elsewhere
from tests.onboarding.stage import Stage

__all__ = ["elsewhere"]
SHARE = "/{extended_credit_id}/whatsapp_credit_sharing_and_attach"
REGISTER = "/{phone_number_id}/register"


def in_next_month(stage: Stage, day: int) -> datetime:
    """Let it be noon of this day of the next month; -1 is its last day."""
    month = first_of_next_month(clock.now().astimezone(UTC).date())
    start = month - timedelta(days=1) if day > 0 else first_of_next_month(month)
    at = midnight(start + timedelta(days=day)) + timedelta(hours=12)
    stage.move_clock(at - clock.now())
    return at


def switching(stage: Stage, elsewhere: Elsewhere, numbers: list[str]) -> Moving:
    lines = [{"display_phone_number": one, "source_waba_id": elsewhere.waba_id} for one in numbers]
    return Moving.start(stage, Path.WABA_PARTNER_SWITCH, lines)


def connect(moving: Moving, elsewhere: Elsewhere) -> None:
    """The customer chooses the account it has; Meta's window ends there, without a number."""
    same: dict[str, Any] = {"business": {"id": elsewhere.business_id}, "waba": {"id": elsewhere.waba_id}}
    moving.invited().sign_up(**same, phone={}, outcome="finish_only_waba")
    moving.stage.drain()


def test_an_account_changes_partner_late_in_a_month(stage: Stage, elsewhere: Elsewhere) -> None:
    numbers = [elsewhere.add_number(), elsewhere.add_number()]
    elsewhere.pays()
    left_at = in_next_month(stage, 20)
    moving = switching(stage, elsewhere, numbers)
    assert [moving.waits_for(1), moving.waits_for(2)] == ["sign_up_to_switch", "connected_once"]
    assert moving.check("month").evidence["days_without_messages"] <= 12

    connect(moving, elsewhere)
    assert moving.waits_for() == "old_partner_pays"
    assert moving.line().downtime_started_at is None
    elsewhere.leave()
    moving.travel(minutes=11)
    need = moving.journey().next_action
    assert need is not None
    first = midnight(first_of_next_month(left_at.date()))
    assert (need.reason, need.owner, need.deadline) == ("credit_line_starts", "META", first)
    assert moving.line().passed_no_return_at is not None
    moving.travel(minutes=11)
    assert moving.waits_for(2) == "credit_line_starts"

    stage.move_clock(first - clock.now() + timedelta(minutes=1))
    stage.drain()
    for position in (1, 2):
        assert moving.waits_for(position) == "first_message"
        moving.arrives(position)
        facts = moving.report(position).facts
        assert moving.report(position).proven
        assert facts["downtime_seconds"] >= (first - left_at - timedelta(minutes=30)).total_seconds()
    # The numbers were on the Cloud API and stay registered there.
    assert all(stage.meta.calls(REGISTER, id=number)[1:] == [] for number in elsewhere.numbers.values())


def test_nobody_is_asked_to_leave_at_the_turn_of_the_month(stage: Stage, elsewhere: Elsewhere) -> None:
    number = elsewhere.add_number()
    at = in_next_month(stage, -1)
    moving = switching(stage, elsewhere, [number])
    need = moving.journey().next_action
    opens_at = midnight(first_of_next_month(at.date()) + timedelta(days=4))
    assert need is not None
    assert (need.reason, need.deadline) == ("month_turns", opens_at)
    assert moving.line().state == "PENDING"
    with stage.tenant.scope():
        assert not moving.onboarding().links.exists()

    stage.move_clock(opens_at - clock.now() + timedelta(minutes=1))
    stage.drain()
    assert moving.waits_for() == "sign_up_to_switch"


def test_a_customer_who_connects_too_late_waits_for_the_month_after(
    stage: Stage, elsewhere: Elsewhere
) -> None:
    number = elsewhere.add_number()
    at = in_next_month(stage, -4)  # the last day on which Meta shares a credit line
    moving = switching(stage, elsewhere, [number])
    elsewhere.leave()
    moving.travel(days=1)
    connect(moving, elsewhere)
    turn = first_of_next_month(at.date())
    need = moving.journey().next_action
    assert need is not None
    assert (need.reason, need.deadline) == ("month_turns", midnight(turn + timedelta(days=4)))
    assert stage.meta.calls(SHARE, id=stage.made["extended_credit_id"]) == []
    assert moving.line().downtime_started_at is not None

    stage.move_clock(midnight(turn + timedelta(days=4)) - clock.now() + timedelta(minutes=1))
    stage.drain()
    need = moving.journey().next_action
    assert need is not None
    assert (need.reason, need.deadline) == ("credit_line_starts", midnight(first_of_next_month(turn)))


def test_another_account_than_the_planned_one_gets_no_credit_line(stage: Stage, elsewhere: Elsewhere) -> None:
    number = elsewhere.add_number()
    in_next_month(stage, 20)
    moving = switching(stage, elsewhere, [number])
    wish = {"business": {"id": elsewhere.business_id}, "waba": {"name": "Un altro"}}
    moving.invited().sign_up(**wish, phone={}, outcome="finish_only_waba")
    stage.drain()
    need = moving.journey().next_action
    assert need is not None
    assert (need.reason, need.owner) == ("other_account", "CUSTOMER")
    assert stage.meta.calls(SHARE, id=stage.made["extended_credit_id"]) == []
    connect(moving, elsewhere)
    assert moving.waits_for() == "credit_line_starts"


def test_a_number_on_premises_is_registered_again_and_never_with_a_guess(
    stage: Stage, elsewhere: Elsewhere
) -> None:
    number = elsewhere.add_number()
    number_id = elsewhere.numbers[number]
    stage.meta.ask("number", {"phone_number_id": number_id, "platform_type": "ON_PREMISE"})
    in_next_month(stage, 20)
    moving = switching(stage, elsewhere, [number])
    elsewhere.leave()
    connect(moving, elsewhere)
    need = moving.journey().next_action
    assert need is not None
    assert (need.reason, need.owner) == ("pin_needed", "CUSTOMER")
    assert len(stage.meta.calls(REGISTER, id=number_id)) == 1  # when it came to its old partner
    with stage.tenant.scope():
        onboardings.set_pin(onboarding=moving.onboarding(), pin=Secret(PIN), now=clock.now(), by="customer")
    stage.drain()
    assert moving.waits_for() == "credit_line_starts"
    assert len(stage.meta.calls(REGISTER, id=number_id)) == 2


@pytest.mark.parametrize(
    ("day", "closed", "opens", "best", "days"),
    [
        ("2026-11-04", True, "2026-11-05", "2026-11-26", 27),
        ("2026-11-05", False, "2026-11-05", "2026-11-26", 26),
        ("2026-11-26", False, "2026-11-26", "2026-11-26", 5),
        ("2026-11-27", False, "2026-11-27", "2026-11-27", 4),
        ("2026-11-28", True, "2026-12-05", "2026-12-27", 34),
        ("2026-11-30", True, "2026-12-05", "2026-12-27", 32),
        ("2026-12-31", True, "2027-01-05", "2027-01-27", 32),
        ("2028-02-26", False, "2028-02-26", "2028-02-26", 4),
        ("2028-02-27", True, "2028-03-05", "2028-03-27", 34),
    ],
)
def test_the_rule_of_the_month(day: str, closed: bool, opens: str, best: str, days: int) -> None:
    rule, asked = MonthRule(), date.fromisoformat(day)
    assert rule.is_closed(asked) is closed
    assert rule.next_open_day(asked) == date.fromisoformat(opens)
    assert rule.next_good_start(asked) == date.fromisoformat(best)
    assert rule.days_without_messages(asked) == days


@pytest.mark.django_db
def test_a_date_says_what_it_costs_and_which_one_would_cost_least() -> None:
    early, late = (list(why.without_messages(date(2026, 11, day))) for day in (9, 26))
    assert [sentence.split(":")[0] for sentence in early] == [
        "A change of partner on this day leaves the customer without messages for 22 days.",
        "On Thursday 26 November 2026 it would be 5 days",
    ]
    assert late == ["A change of partner on this day leaves the customer without messages for 5 days."]
