from __future__ import annotations

import json

import pytest

from portal.simulator import messaging
from portal.simulator.consumers import ConsumerMessage, write
from portal.simulator.nodes import Business, Waba
from tests.simulator.harness import HOUR, Machine, Refused, Signed

CONSUMER = "393475550101"


def send(machine: Machine, signed: Signed, to: str = CONSUMER, **more: object) -> dict[str, object]:
    wish = {"messaging_product": "whatsapp", "to": to, "text": {"body": "Ciao"}, **more}
    return machine.post(f"/{signed.phone_number_id}/messages", signed.token, **wish)


def code(machine: Machine, signed: Signed, to: str = CONSUMER, **more: object) -> int:
    with pytest.raises(Refused) as caught:
        send(machine, signed, to, **more)
    return caught.value.code


def statuses(machine: Machine) -> list[str]:
    values = [json.loads(update.entry)["changes"][0]["value"] for update in sorted(machine.world.updates)]
    return [row["status"] for value in values for row in value.get("statuses", [])]


def hear(machine: Machine, signed: Signed) -> None:
    wish = ConsumerMessage(from_=CONSUMER, phone_number_id=signed.phone_number_id)
    write(machine.world, wish, now=machine.now)


def test_the_guides_minimal_call_works(machine: Machine) -> None:
    signed = machine.registered()
    hear(machine, signed)
    answer = send(machine, signed)
    assert answer["contacts"] == [{"input": CONSUMER, "wa_id": CONSUMER}]
    assert statuses(machine) == ["sent", "delivered"]


def test_the_guides_answer_can_be_chosen(machine: Machine) -> None:
    signed = machine.registered()
    machine.world.settings.seed_messages_answer = True
    assert list(send(machine, signed)) == ["id"]


@pytest.mark.parametrize(("wait", "result"), [(24 * HOUR - 1, "delivered"), (24 * HOUR, "failed")])
def test_the_window_is_24_hours_from_the_consumers_last_message(
    machine: Machine, wait: float, result: str
) -> None:
    signed = machine.registered()
    hear(machine, signed)
    machine.now += wait
    send(machine, signed)
    assert statuses(machine)[-1] == result


def test_131047_can_come_at_once(machine: Machine) -> None:
    signed = machine.registered()
    machine.world.settings.window_error_at_once = True
    assert code(machine, signed) == 131047


def test_what_is_refused_and_how(machine: Machine) -> None:
    signed = machine.registered()
    assert code(machine, signed, messaging_product="sms") == 131008
    assert code(machine, signed, to="") == 131008
    assert code(machine, signed, to="not a number") == 131009
    assert code(machine, signed, to="+393331234567") == 131021
    assert code(machine, signed, type="fax") == 131009
    assert code(machine, signed, text={"body": ""}) == 131008
    assert code(machine, signed, text={"body": "x" * 4097}) == 100
    assert code(machine, signed, biz_opaque_callback_data="x" * 513) == 131009


def test_an_unregistered_number_cannot_send(machine: Machine) -> None:
    assert code(machine, machine.signup()) == 133010


def test_a_local_number_takes_the_country_of_the_business(machine: Machine) -> None:
    signed = machine.registered()
    answer = send(machine, signed, to="347 555 0101")
    assert answer["contacts"] == [{"input": "347 555 0101", "wa_id": CONSUMER}]


def test_one_consumer_can_be_written_to_45_times_in_a_burst(machine: Machine) -> None:
    signed = machine.registered()
    for _ in range(45):
        send(machine, signed)
    assert code(machine, signed) == 131056
    send(machine, signed, to="+39 347 555 0102")
    machine.now += 6
    send(machine, signed)
    assert code(machine, signed) == 131056


def test_a_number_sends_80_messages_a_second(machine: Machine) -> None:
    signed = machine.registered()
    for index in range(80):
        send(machine, signed, to=f"+39 347 555 {index:04d}")
    assert code(machine, signed, to="+39 347 555 9999") == 130429
    machine.now += 1
    send(machine, signed, to="+39 347 555 9999")


def test_conversations_that_matter_no_more_are_forgotten(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messaging, "FORGET_EVERY", 10)
    monkeypatch.setattr(messaging, "CHATS_WITH_LINES", 0)
    signed = machine.registered()
    hear(machine, signed)
    for index in range(200):
        machine.now += 6
        send(machine, signed, to=f"+39 347 600 {index:04d}")
    assert len(machine.world.conversations) <= 10
    assert f"{signed.phone_number_id}:{CONSUMER}" in machine.world.conversations


def test_templates_need_a_way_to_pay_and_pass_the_window(machine: Machine) -> None:
    signed = machine.registered()
    approve(machine, signed)
    template = {"type": "template", "template": {"name": "hello", "language": {"code": "it"}}}
    assert code(machine, signed, **template) == 131042
    machine.world.get(Waba, signed.waba_id).primary_funding_id = "255"
    answer = send(machine, signed, **template)
    assert answer["messages"][0]["message_status"] == "accepted"  # type: ignore[index]
    assert statuses(machine)[-1] == "delivered"


def approve(machine: Machine, signed: Signed) -> None:
    components = [{"type": "BODY", "text": "Il tuo ordine è pronto."}]
    wish = {"name": "hello", "language": "it", "category": "UTILITY", "components": components}
    machine.post(f"/{signed.waba_id}/message_templates", signed.token, **wish)
    machine.now += 10


def test_a_portfolio_writes_first_to_so_many_people_a_day(machine: Machine) -> None:
    signed = machine.registered()
    approve(machine, signed)
    machine.world.get(Waba, signed.waba_id).primary_funding_id = "255"
    machine.world.get(Business, signed.business_id).messaging_limit = "TIER_250"
    template = {"type": "template", "template": {"name": "hello", "language": {"code": "it"}}}
    for index in range(251):
        machine.now += 0.1
        send(machine, signed, to=f"+39 347 555 {index:04d}", **template)
    assert statuses(machine).count("failed") == 1
    machine.now += 24 * HOUR
    send(machine, signed, to="+39 347 555 0250", **template)
    assert statuses(machine).count("failed") == 1


def test_the_thousand_and_first_service_message_of_a_month_is_charged(machine: Machine) -> None:
    signed = machine.registered()
    machine.world.settings.free_service_messages = 2
    send(machine, signed)
    send(machine, signed)
    assert code(machine, signed) == 131042
    machine.now += 31 * 24 * HOUR
    send(machine, signed)


def test_reading_a_message_marks_all_before_it(machine: Machine) -> None:
    signed = machine.registered()
    hear(machine, signed)
    first = write(
        machine.world,
        ConsumerMessage(from_=CONSUMER, phone_number_id=signed.phone_number_id),
        now=machine.now,
    )
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": first["wamid"]}
    assert machine.post(f"/{signed.phone_number_id}/messages", signed.token, **read) == {"success": True}
    chat = machine.world.conversations[f"{signed.phone_number_id}:{CONSUMER}"]
    assert [line.status for line in chat.lines] == ["read", "read"]


def test_a_consumer_without_a_number_is_written_to_by_user_id(machine: Machine) -> None:
    signed = machine.registered()
    answer = send(machine, signed, to="", recipient="US.48210733905561204417")
    assert answer["contacts"] == [{"input": "US.48210733905561204417", "user_id": "US.48210733905561204417"}]


def test_a_consumer_can_hide_the_number_and_is_still_in_the_window(machine: Machine) -> None:
    signed = machine.registered()
    wish = ConsumerMessage(
        from_=CONSUMER, phone_number_id=signed.phone_number_id, username="giulia.f", hide_number=True
    )
    write(machine.world, wish, now=machine.now)
    value = json.loads(machine.world.updates[-1].entry)["changes"][0]["value"]
    (contact,), (message,) = value["contacts"], value["messages"]
    assert "wa_id" not in contact
    assert "from" not in message
    assert contact["profile"]["username"] == "giulia.f"
    assert message["from_user_id"] == contact["user_id"]
    send(machine, signed, to="", recipient=contact["user_id"])
    assert statuses(machine) == ["sent", "delivered"]


BUTTONS = [{"type": "reply", "reply": {"id": "1", "title": "Sì"}}]
ROWS = [{"title": "Orari", "rows": [{"id": "1", "title": "Mattina"}]}]
GOOD: dict[str, object] = {
    "image": {"link": "https://example.test/a.jpg", "caption": "Pane"},
    "audio": {"id": "17"},
    "document": {"link": "https://example.test/a.pdf", "filename": "a.pdf"},
    "sticker": {"id": "17"},
    "location": {"latitude": 43.77, "longitude": "11.25", "name": "Firenze"},
    "contacts": [{"name": {"formatted_name": "Anna Rossi", "first_name": "Anna"}}],
    "reaction": {"message_id": "wamid.x", "emoji": "👍"},
    "interactive": {"type": "button", "body": {"text": "Vieni?"}, "action": {"buttons": BUTTONS}},
}
BAD: list[tuple[str, object, int]] = [
    ("image", {"caption": "x"}, 131008),
    ("image", {"id": "1", "caption": "x" * 1025}, 100),
    ("location", {"latitude": 43}, 131008),
    ("location", {"latitude": 91, "longitude": 0}, 131009),
    ("location", {"latitude": "north", "longitude": 0}, 131009),
    ("contacts", [{"name": {"formatted_name": "Anna"}}], 131008),
    ("contacts", {"name": "Anna"}, 131008),
    ("reaction", {"emoji": "👍"}, 131008),
    ("interactive", {"type": "button", "body": {"text": "x"}, "action": {"buttons": BUTTONS * 4}}, 131009),
    ("interactive", {"type": "button", "action": {"buttons": BUTTONS}}, 131008),
    (
        "interactive",
        {"type": "list", "body": {"text": "x"}, "action": {"button": "x", "sections": []}},
        131009,
    ),
    ("interactive", {"type": "dance", "action": {}}, 131009),
    ("template", {"name": "hello"}, 131008),
]


@pytest.mark.parametrize("kind", GOOD)
def test_every_kind_of_message_is_accepted(machine: Machine, kind: str) -> None:
    signed = machine.registered()
    assert send(machine, signed, type=kind, **{kind: GOOD[kind]})["messages"]


def test_a_list_is_accepted(machine: Machine) -> None:
    action = {"button": "Scegli", "sections": ROWS}
    content = {"type": "list", "body": {"text": "Quando?"}, "action": action}
    assert send(machine, machine.registered(), type="interactive", interactive=content)["messages"]


@pytest.mark.parametrize(("kind", "content", "expected"), BAD)
def test_a_message_of_the_wrong_form_is_refused(
    machine: Machine, kind: str, content: object, expected: int
) -> None:
    assert code(machine, machine.registered(), type=kind, **{kind: content}) == expected
