"""Plans at work: whose turn it is, and what people may do at any moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from onboarding.models import MigrationPlan, PlanLine, Step
from onboarding.plans.moving import execution, lines, no_return
from onboarding.plans.refusals import PlanClosed
from onboarding.services import Refused
from onboarding.states import PlanState
from portal.kernel import clock, work
from portal.kernel.models import GraphCall
from tenants.models import PhoneNumber
from tests.onboarding.plans.onprem import HOUR, REGISTER, Move, on_premises
from tests.onboarding.stage import Stage
from tests.onboarding.test_locks import beside


@pytest.fixture(autouse=True)
def clients_here(settings: Settings) -> None:
    settings.ON_PREMISES_ALLOWED_NETWORKS = ["127.0.0.0/8"]


def opened(move: Move) -> int:
    with move.stage.tenant.scope():
        return PlanLine.objects.filter(plan=move.plan_id).exclude(onboarding=None).count()


def set_lines(move: Move, position: int, **values: object) -> None:
    with move.stage.tenant.scope():
        PlanLine.objects.filter(plan=move.plan_id, position=position).update(**values)


def test_journeys_are_opened_three_days_before_and_a_moved_date_holds_them(stage: Stage) -> None:
    move = on_premises(stage, planned_start_at=clock.now() + timedelta(days=5))
    stage.drain()
    assert opened(move) == 0
    stage.move_clock(timedelta(days=2, minutes=1))
    stage.drain()
    assert opened(move) == 1
    move.is_ready()
    later = clock.now() + timedelta(days=9)
    with stage.tenant.scope():
        plan = move.plan()
        plan.planned_start_at = later
        plan.save(update_fields=["planned_start_at"])
        work.schedule(plan, due_at=clock.now(), now=clock.now())
    stage.move_clock(timedelta(days=4))
    stage.drain()
    assert move.waits_for() == "appointment"
    need = move.journey().next_action
    assert need is not None
    assert need.deadline == later


def test_the_test_number_goes_first_and_the_others_one_by_one_but_for_who_waits_for_people(
    stage: Stage,
) -> None:
    move = on_premises(stage, numbers=4)
    set_lines(move, 3, is_test_number=True)
    with stage.tenant.scope():
        PhoneNumber.objects.filter(plan_lines=move.line(2)).update(pin=None)
    move.is_ready(4)
    stage.move_clock(HOUR)
    move.until("first_message", 3)
    stage.drain()
    assert [move.waits_for(position) for position in (1, 2, 4)] == [
        "test_number_first",
        "pin_needed",
        "test_number_first",
    ]
    stage.meta.fault(REGISTER, "cut_after", id=move.phone_number_ids[0])
    move.write(3)
    move.until("settling", 1)
    assert move.line(3).state == "MOVED"
    assert (move.waits_for(4), len(move.registrations(4))) == ("earlier_number", 0)
    stage.move_clock(timedelta(seconds=61))
    move.until("first_message", 1)
    stage.move_clock(timedelta(seconds=31))
    move.until("first_message", 4)
    assert [len(move.registrations(position)) for position in (1, 2, 3, 4)] == [1, 0, 1, 1]
    assert move.plan().state == "IN_PROGRESS"


def test_what_the_checks_saw_long_ago_is_looked_at_again_on_the_day(stage: Stage) -> None:
    move = on_premises(stage, planned_start_at=clock.now() + timedelta(days=2))
    move.is_ready()
    number = {"phone_number_id": move.phone_number_ids[0], "name_decision": "REJECTED"}
    stage.meta.ask("number", number)
    stage.move_clock(timedelta(days=2))
    move.until("name_not_approved")
    assert not move.registrations()


def test_a_paused_plan_does_nothing_and_goes_on_where_it_was(stage: Stage) -> None:
    move = on_premises(stage)
    move.is_ready()
    move.do(execution.pause)
    stage.move_clock(HOUR * 3)
    stage.drain()
    assert (move.line().state, move.registrations()) == ("PENDING", [])
    move.do(execution.resume)
    move.until("first_message")
    with pytest.raises(execution.NotPaused):
        move.do(execution.resume)


@pytest.mark.parametrize("act", ["pause", "abandon"])
def test_a_call_on_its_way_is_finished_and_nothing_more_begins(
    stage: Stage, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person stops the plan between the intent and the answer."""
    move = on_premises(stage)
    move.is_ready()
    from onboarding.steps import register as step

    send = step.phone_number.register

    def stopped_meanwhile(*args: object, **values: object) -> None:
        send(*args, **values)
        move.do(getattr(execution, act), **({"reason": "not today"} if act == "abandon" else {}))

    monkeypatch.setattr(step.phone_number, "register", stopped_meanwhile)
    stage.move_clock(HOUR)
    stage.until(lambda: bool(move.registrations()))
    stage.move_clock(HOUR)
    stage.drain()
    line = move.line()
    with stage.tenant.scope():
        steps = dict(Step.objects.filter(onboarding=line.onboarding).values_list("key", "state"))
        assert GraphCall.objects.get(operation="register").succeeded
    assert (steps["register"], steps["client_shutdown"]) == ("DONE", "PENDING")
    assert line.phone_number.platform_type == "CLOUD_API"
    assert line.passed_no_return_at
    assert len(move.registrations()) == 1
    if act == "pause":
        move.do(execution.resume)
        move.arrives()
    else:
        assert (line.state, move.plan().state) == ("ABANDONED", "ABANDONED")


def test_a_stop_after_the_look_keeps_the_call_from_being_made(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = on_premises(stage)
    move.is_ready()
    from onboarding.steps import register as step

    ready = step.RegisterStep._ready

    def stopped_meanwhile(self: step.RegisterStep) -> object:
        found = ready(self)
        move.do(execution.pause)
        return found

    monkeypatch.setattr(step.RegisterStep, "_ready", stopped_meanwhile)
    stage.move_clock(HOUR)
    stage.until(lambda: move.plan().paused_at is not None)
    stage.drain()
    assert not move.registrations()
    monkeypatch.undo()
    move.do(execution.resume)
    move.until("first_message")


def test_a_plan_without_its_last_number_ends_and_says_how(stage: Stage) -> None:
    move = on_premises(stage, numbers=2)
    move.is_ready()
    with pytest.raises(execution.ReasonMissing):
        move.do(execution.abandon_line, position=2, reason=" ")
    move.do(execution.abandon_line, position=2, reason="the shop closed")
    stage.move_clock(HOUR)
    move.arrives()
    stage.drain()
    assert move.plan().state == "COMPLETED"
    with pytest.raises(execution.LineEnded):
        move.do(execution.abandon_line, position=2, reason="again")
    with pytest.raises(PlanClosed):
        move.do(execution.pause)

    none = on_premises(stage, client=False)
    stage.drain()
    none.do(execution.abandon_line, position=1, reason="the shop closed")
    stage.drain()
    assert none.plan().state == "ABANDONED"
    assert none.journey().state == "CANCELLED"


def test_staff_may_start_before_the_day_but_not_before_the_assessment(stage: Stage) -> None:
    move = on_premises(stage, state=PlanState.DRAFT, planned_start_at=None)
    with pytest.raises(execution.NotAssessed) as refused:
        move.do(execution.start)
    assert isinstance(refused.value, Refused)
    early = on_premises(stage, state=PlanState.ASSESSED, planned_start_at=None)
    early.do(execution.start)
    early.until("first_message")
    assert early.plan().started_at


@pytest.mark.parametrize("act", ["run", "pause"])
def test_a_plan_and_a_turn_of_its_journey_do_not_wait_in_a_circle(stage: Stage, act: str) -> None:
    move = on_premises(stage, told=())
    move.until("pin_needed")
    with stage.tenant.scope():
        work.schedule(move.plan(), due_at=clock.now(), now=clock.now())
    (lease,) = work.claim(MigrationPlan, now=clock.now(), ids=[move.plan_id])
    acts = {"run": lambda: execution.run_plan(lease), "pause": lambda: move.do(execution.pause)}
    line = move.line()
    beside(stage, line.onboarding, acts[act], lambda: lines.wake_plan(line, now=clock.now()))
    assert (move.plan().paused_at is not None) is (act == "pause")


@pytest.mark.parametrize(("available", "steps"), [(False, ["register"]), (True, [])])
def test_what_cannot_be_undone_depends_on_whether_on_premises_exists(
    stage: Stage, settings: Settings, available: bool, steps: list[str]
) -> None:
    settings.ON_PREMISES_AVAILABLE = available
    assert no_return.points_of_no_return(on_premises(stage).line()) == steps
