from __future__ import annotations

import json
from typing import Any

import pytest

from portal.simulator.decisions import TemplateChange, decide_template
from portal.simulator.nodes import Template
from portal.simulator.signup import BusinessWish, WabaWish
from tests.simulator.harness import DAY, HOUR, Machine, Refused, Signed

BODY = {"type": "BODY", "text": "Ciao {{1}}, il tuo ordine numero {{2}} è pronto in negozio."}


@pytest.fixture
def signed(machine: Machine) -> Signed:
    return machine.signup()


def create(machine: Machine, signed: Signed, **more: Any) -> dict[str, Any]:
    wish = {"name": "ordine_pronto", "language": "it", "category": "UTILITY", "components": [BODY], **more}
    return machine.post(f"/{signed.waba_id}/message_templates", signed.token, **wish)


def status(machine: Machine, template_id: str) -> str:
    return str(machine.get(f"/{template_id}", fields="status")["status"])


def test_a_review_takes_its_time(machine: Machine, signed: Signed) -> None:
    made = create(machine, signed)
    assert (made["status"], made["category"]) == ("PENDING", "UTILITY")
    machine.now += 1.9
    assert status(machine, made["id"]) == "PENDING"
    machine.now += 0.1
    assert status(machine, made["id"]) == "APPROVED"


def test_components_come_back_as_they_were_sent(machine: Machine, signed: Signed) -> None:
    create(machine, signed, components=json.dumps([BODY]))
    (row,) = machine.get(f"/{signed.waba_id}/message_templates", signed.token, status="PENDING")["data"]
    assert (row["name"], row["components"], row["parameter_format"]) == (
        "ordine_pronto",
        [BODY],
        "POSITIONAL",
    )


@pytest.mark.parametrize(
    ("change", "subcode"),
    [
        ({"name": "Ordine"}, None),
        ({"language": "italiano"}, None),
        ({"category": "SPAM"}, None),
        ({"components": []}, None),
        ({"components": "{"}, None),
        ({"components": [{"type": "BODY", "text": "x" * 1025}]}, 2388040),
        ({"components": [{"type": "BODY", "text": "{{1}} è pronto adesso qui"}]}, 2388299),
        ({"components": [{"type": "BODY", "text": "a {{1}} {{2}} {{3}} b"}]}, 2388293),
        ({"components": [BODY, {"type": "FOOTER", "text": "{{1}}"}]}, 2388073),
    ],
)
def test_a_template_of_the_wrong_form(
    machine: Machine, signed: Signed, change: dict[str, Any], subcode: int | None
) -> None:
    with pytest.raises(Refused) as caught:
        create(machine, signed, **change)
    assert (caught.value.code, caught.value.subcode) == (100, subcode)


def test_the_same_name_and_language_only_once(machine: Machine, signed: Signed) -> None:
    create(machine, signed)
    create(machine, signed, language="en")
    with pytest.raises(Refused) as caught:
        create(machine, signed)
    assert caught.value.subcode == 2388024


def test_low_quality_pauses_twice_then_disables(machine: Machine, signed: Signed) -> None:
    template_id = create(machine, signed)["id"]
    machine.now += 2
    for hours in (3, 6):
        assert status(machine, template_id) == "APPROVED"
        decide_template(
            machine.world, TemplateChange(template_id=template_id, quality="RED"), now=machine.now
        )
        machine.now += hours * HOUR - 1
        assert status(machine, template_id) == "PAUSED"
        machine.now += 1
    assert status(machine, template_id) == "APPROVED"
    decide_template(machine.world, TemplateChange(template_id=template_id, quality="RED"), now=machine.now)
    assert status(machine, template_id) == "DISABLED"


def test_an_approved_template_is_edited_once_a_day(machine: Machine, signed: Signed) -> None:
    template_id = create(machine, signed)["id"]
    machine.now += 2
    machine.post(f"/{template_id}", signed.token, components=[BODY])
    assert status(machine, template_id) == "PENDING"
    machine.now += 2
    with pytest.raises(Refused):
        machine.post(f"/{template_id}", signed.token, components=[BODY])
    machine.now += DAY
    machine.post(f"/{template_id}", signed.token, components=[BODY])


def test_what_a_message_may_use(machine: Machine) -> None:
    signed = machine.registered()
    waba = machine.world.nodes[signed.waba_id]
    waba.primary_funding_id = "255"  # type: ignore[union-attr]
    template_id = create(machine, signed)["id"]

    def send(*values: str) -> int:
        parameters = [{"type": "text", "text": value} for value in values]
        content = {"name": "ordine_pronto", "language": {"code": "it"}}
        content["components"] = [{"type": "body", "parameters": parameters}]  # type: ignore[assignment]
        wish = {
            "messaging_product": "whatsapp",
            "to": "+393475550101",
            "type": "template",
            "template": content,
        }
        try:
            machine.post(f"/{signed.phone_number_id}/messages", signed.token, **wish)
        except Refused as refused:
            return refused.code
        return 0

    assert send("Anna", "118") == 132001
    machine.now += 2
    assert send("Anna", "118") == 0
    assert send("Anna") == 132000
    for state, expected in (("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001)):
        machine.world.get(Template, template_id).status = state
        assert send("Anna", "118") == expected


def test_deleting_by_name_takes_all_languages(machine: Machine, signed: Signed) -> None:
    create(machine, signed)
    english = create(machine, signed, language="en")["id"]
    path = f"/{signed.waba_id}/message_templates"
    machine.call("DELETE", path, signed.token, name="ordine_pronto", hsm_id=english)
    assert len(machine.get(path, signed.token)["data"]) == 1
    machine.call("DELETE", path, signed.token, name="ordine_pronto")
    assert machine.get(path, signed.token)["data"] == []


def test_templates_move_to_another_account_of_the_same_business(machine: Machine, signed: Signed) -> None:
    good = create(machine, signed)["id"]
    machine.now += 2
    pending = create(machine, signed, name="altro")["id"]
    wish = {"business": BusinessWish(id=signed.business_id), "waba": WabaWish(name="Nuovo")}
    other = machine.signup("+39 333 765 4321", **wish)
    moved = machine.post(
        f"/{other.waba_id}/migrate_message_templates", other.token, source_waba_id=signed.waba_id, count=10
    )
    assert moved["migrated_templates"] == [good]
    assert list(moved["failed_templates"]) == [pending]
    (row,) = machine.get(f"/{other.waba_id}/message_templates", other.token)["data"]
    assert (row["name"], row["status"]) == ("ordine_pronto", "APPROVED")
    with pytest.raises(Refused):
        machine.post(
            f"/{machine.partner['waba_id']}/migrate_message_templates",
            source_waba_id=signed.waba_id,
            count=10,
        )
