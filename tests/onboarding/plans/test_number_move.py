"""A number moves from another partner's account to one that is shared with us."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from onboarding import services as onboardings
from onboarding.models import Path
from onboarding.plans import services
from onboarding.plans.moving import meta_refusals as move_refusals
from onboarding.reasons import REASONS
from portal.graph.errors import Refused
from portal.kernel import clock
from tenants.models import Waba
from tests.onboarding.plans.moving import ANNA, Elsewhere, Moving, elsewhere
from tests.onboarding.stage import Stage

__all__ = ["elsewhere"]
ADD, REGISTER = "/{waba_id}/phone_numbers", "/{phone_number_id}/register"
COPY = "/{waba_id}/migrate_message_templates"


@pytest.fixture
def destination(stage: Stage, elsewhere: Elsewhere) -> Waba:
    """The same business has shared an account with us before."""
    elsewhere.add_number()
    invited = stage.invite(send_email=False)
    made = invited.sign_up(
        business={"id": elsewhere.business_id}, waba={"name": "Aurora"}, phone={}, outcome="finish_only_waba"
    )
    stage.drain()
    assert invited.waits_for == "add_number"
    with stage.tenant.scope():
        onboardings.cancel(onboarding=invited.onboarding, now=clock.now(), by=ANNA, reason="only the account")
        return Waba.objects.get(waba_id=made["waba_id"])


def to(destination: Waba, elsewhere: Elsewhere, number: str, **line: Any) -> dict[str, Any]:
    return {
        "display_phone_number": number,
        "source_waba_id": elsewhere.waba_id,
        "destination_waba": destination,
        **line,
    }


def test_a_number_moves_by_the_api_and_its_templates_are_there_before(
    stage: Stage, elsewhere: Elsewhere, destination: Waba
) -> None:
    number = next(iter(elsewhere.numbers))
    good = elsewhere.add_template("ordine_pronto")
    poor = elsewhere.add_template("sconto", quality="RED")
    elsewhere.two_step_off(number)

    moving = Moving.start(stage, Path.NUMBER_WABA_TO_WABA, [to(destination, elsewhere, number)])

    assert moving.waits_for() == "test_number_to_confirm"
    assert moving.line().state == "PENDING"
    copied = moving.check("template_copy")
    assert copied.evidence["migrated"] == [good]
    assert copied.evidence["failed"] == {poor: "Template is not approved or its quality is low"}
    assert stage.meta.calls(ADD, id=destination.waba_id) == []
    moving.confirm("test_number")
    # The old account belongs to another partner: what Meta hides from us a person confirms.
    assert moving.waits_for() == "source_to_confirm"
    moving.confirm("source")

    need = moving.journey().next_action
    assert need is not None
    assert (need.reason, need.owner) == ("request_code", "CUSTOMER")
    assert stage.meta.calls(REGISTER, id=destination.waba_id) == []
    moving.type_code()
    assert moving.waits_for() == "first_message"
    moving.arrives()

    line, report = moving.line(), moving.report()
    assert report.proven
    assert report.facts["templates"]["migrated"] == [good]
    assert line.passed_no_return_at is not None
    assert report.facts["downtime_seconds"] is not None
    assert line.onboarding is not None
    assert line.onboarding.phone_number is not None
    assert line.onboarding.phone_number.waba_id == destination.pk
    assert len(stage.meta.calls(REGISTER, id=line.onboarding.phone_number.phone_number_id)) == 1
    there = {one["id"] for one in stage.meta.ask("state")["phone_numbers"]}
    assert elsewhere.numbers[number] not in there


def test_each_obstacle_is_told_to_who_can_remove_it_and_nothing_is_done_twice(
    stage: Stage, elsewhere: Elsewhere, destination: Waba
) -> None:
    number = next(iter(elsewhere.numbers))
    line = to(destination, elsewhere, number, source_waba_id="")
    moving = Moving.start(stage, Path.NUMBER_WABA_TO_WABA, [line])
    moving.confirm("test_number")
    moving.confirm("source")
    need = moving.journey().next_action
    assert need is not None
    assert (need.reason, need.owner, need.subcode) == ("two_step_on", "CUSTOMER", 2388001)

    elsewhere.two_step_off(number)
    stage.meta.fault(ADD, "cut_after", method="POST")
    moving.travel(minutes=16)
    assert moving.waits_for() == "settling"
    moving.travel(seconds=61)
    assert moving.waits_for() == "request_code"
    assert len(stage.meta.calls(ADD, id=destination.waba_id)) == 2

    stage.meta.fault("/{phone_number_id}/verify_code", "error", code=136025)
    moving.type_code()
    need = moving.journey().next_action
    assert need is not None
    assert (need.reason, need.owner, need.code) == ("wrong_code", "CUSTOMER", 136025)
    moving.type_code()
    assert moving.waits_for() == "first_message"


@pytest.mark.parametrize(
    ("code", "subcode", "text", "reason"),
    [
        (100, 2388001, "This number is registered to a WhatsApp account on a handset.", "number_on_phone"),
        (100, 2388001, "", "number_on_phone"),
        (100, 2388103, "Webhooks are not set up for the destination account.", "move_without_webhooks"),
        (100, 2388103, "Add the phone number directly instead.", "add_directly"),
        (100, 2388103, "The display name is not approved or pending.", "name_not_approved"),
        (100, 2388103, "The source account is not set up for this.", "source_not_ready"),
        (100, 2388103, "There is no payment account.", "move_without_payment"),
        (100, 2388103, "The number belongs to a different business.", "move_to_other_business"),
        (100, 2388103, "The destination account is not approved.", "destination_not_approved"),
        (100, 2388103, "A messaging-for request is pending.", "request_pending"),
        (100, 2388103, "Something went wrong. Try again later.", "move_put_off"),
        (100, 2494100, "", "number_in_maintenance"),
    ],
)
def test_each_refusal_of_meta_names_who_can_remove_it(
    code: int, subcode: int, text: str, reason: str
) -> None:
    error = Refused(
        "Invalid parameter",
        code=code,
        subcode=subcode,
        details=text or "This number is already registered to a WhatsApp account. Disconnect it there first.",
    )
    assert move_refusals.reason_of(error) == reason
    assert REASONS[reason].title


def test_templates_are_asked_for_in_smaller_pieces_when_meta_is_slow(
    stage: Stage, elsewhere: Elsewhere, destination: Waba
) -> None:
    number = next(iter(elsewhere.numbers))
    ids = [elsewhere.add_template(f"modello_{place}") for place in range(3)]
    stage.meta.fault(COPY, "cut_after", times=2)
    moving = Moving.start(stage, Path.NUMBER_WABA_TO_WABA, [to(destination, elsewhere, number)])
    for _ in range(2):
        assert moving.waits_for() == "settling"
        moving.travel(seconds=61)
    assert moving.waits_for() == "test_number_to_confirm"
    assert len(stage.meta.calls(COPY, id=destination.waba_id)) == 3
    evidence = moving.check("template_copy").evidence
    assert (evidence["size"], evidence["is_whole"]) == (20, True)
    assert sorted([*evidence["migrated"], *evidence["failed"]]) == sorted(ids)


def test_accounts_of_two_businesses_need_a_person_who_says_do_without(
    stage: Stage, elsewhere: Elsewhere, destination: Waba
) -> None:
    number = next(iter(elsewhere.numbers))
    line = to(destination, elsewhere, number, source_waba_id=stage.made["waba_id"])
    moving = Moving.start(stage, Path.NUMBER_WABA_TO_WABA, [line])
    assert moving.waits_for() == "templates_refused"
    moving.confirm("template_copy")
    assert moving.waits_for() == "test_number_to_confirm"


def test_the_customer_moves_the_first_number_in_metas_window_and_the_second_follows(
    stage: Stage, elsewhere: Elsewhere
) -> None:
    """Way A: nobody named the destination, so the customer makes it."""
    numbers = [elsewhere.add_number(), elsewhere.add_number()]
    for number in numbers:
        elsewhere.two_step_off(number)
    lines = [{"display_phone_number": one, "source_waba_id": elsewhere.waba_id} for one in numbers]
    moving = Moving.start(stage, Path.NUMBER_WABA_TO_WABA, lines)
    assert [moving.waits_for(1), moving.waits_for(2)] == ["sign_up_to_move", "connected_once"]

    invited = moving.invited()
    invited.sign_up(
        business={"id": elsewhere.business_id},
        waba={"id": f"9155{elsewhere.waba_id[-10:]}", "name": "Aurora da noi"},
        phone={"number": numbers[0], "display_name": "Panificio Aurora"},
    )
    stage.drain()
    stage.move_clock(timedelta(minutes=2))
    stage.drain()
    for position in (1, 2):
        moving.confirm("source", position)
        moving.confirm("test_number", position)
    # The window has verified the first one; the second is verified by a code.
    assert [moving.waits_for(1), moving.waits_for(2)] == ["first_message", "request_code"]
    moving.type_code(2)
    for position in (1, 2):
        moving.arrives(position)
    assert moving.line(1).onboarding.waba_id == moving.line(2).onboarding.waba_id


def test_an_old_account_that_we_see_is_checked_with_evidence(stage: Stage, elsewhere: Elsewhere) -> None:
    """Both accounts are shared with us: nobody has to confirm what Meta shows."""
    first = stage.invite(send_email=False)
    came = first.sign_up()
    stage.drain()
    assert first.waits_for == "first_message"
    second = stage.invite(send_email=False)
    made = second.sign_up(
        business={"id": came["business_id"]}, waba={"name": "Due"}, phone={}, outcome="finish_only_waba"
    )
    stage.drain()
    with stage.tenant.scope():
        for invited in (first, second):
            onboardings.cancel(onboarding=invited.onboarding, now=clock.now(), by=ANNA, reason="moves")
        destination = Waba.objects.get(waba_id=made["waba_id"])
    line = {
        "display_phone_number": f"+{first.phone}",
        "source_waba_id": came["waba_id"],
        "destination_waba": destination,
        "is_test_number": True,
    }
    moving = Moving.start(stage, Path.NUMBER_WABA_TO_WABA, [line])
    assert moving.waits_for() == "two_step_on"
    assert moving.check("two_step").evidence == {"is_pin_enabled": True}
    assert moving.check("source").evidence["platform_type"] == "CLOUD_API"
    assert moving.check("same_business").result == "OK"
    assert stage.meta.calls(ADD, id=destination.waba_id) == []

    stage.meta.ask("number", {"phone_number_id": came["phone_number_id"], "pin": None})
    moving.travel(minutes=31)
    assert moving.waits_for() == "request_code"


def test_a_destination_that_is_named_later_needs_no_connection(
    stage: Stage, elsewhere: Elsewhere, destination: Waba
) -> None:
    number = next(iter(elsewhere.numbers))
    elsewhere.two_step_off(number)
    moving = Moving.start(stage, Path.NUMBER_WABA_TO_WABA, [{"display_phone_number": number}])
    assert moving.waits_for() == "sign_up_to_move"
    with stage.tenant.scope():
        now = clock.now()
        services.update_line(line=moving.line(), destination_waba=destination, now=now, by=ANNA)
    stage.drain()
    moving.confirm("test_number")
    moving.confirm("source")
    moving.type_code()
    assert moving.waits_for() == "first_message"
    assert moving.journey().state == "REGISTERED"
