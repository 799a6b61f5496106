"""One walk over everything the simulator offers, so that each of its answers can be judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.simulator.consumers import ConsumerMessage, write
from portal.simulator.graph import Call, Upload, perform, resolve
from portal.simulator.nodes import Waba
from portal.simulator.overview import NumberChange, change_number
from portal.simulator.routes.phone_number import READERS as NUMBER_FIELDS
from portal.simulator.routes.waba import READERS as WABA_FIELDS
from tests.simulator.harness import SUBSCRIPTION, Body, Machine, Signed

CONSUMER = "393475550101"


@dataclass(frozen=True)
class Answered:
    """An answer with the operation it belongs to."""

    operation: str
    body: Body


class Recorder(Machine):
    """A machine that keeps every answer."""

    def call(self, method: str, path: str, token: str = "", /, **params: Any) -> Body:
        template = resolve(self.world, Call(method, path)).template
        body = super().call(method, path, token, **params)
        self.__dict__.setdefault("answers", []).append(Answered(f"{method} {template}", body))
        return body

    def upload(self, signed: Signed) -> str:
        path = f"/{signed.phone_number_id}/media"
        file = Upload("a.png", "image/png", b"x")
        call = Call("POST", path, {"messaging_product": "whatsapp"}, signed.token, upload=file)
        body = perform(self.world, call, resolve(self.world, call), now=self.now)
        assert isinstance(body, dict)
        self.__dict__["answers"].append(Answered("POST /{phone_number_id}/media", body))
        return str(body["id"])


def walk() -> list[Answered]:
    machine = Recorder()
    signed = machine.signup()
    _app_and_tokens(machine, signed)
    _portfolio(machine, signed)
    _account(machine, signed)
    _own_number(machine)
    _number(machine, signed)
    _messages(machine, signed)
    _templates(machine, signed)
    _media(machine, signed)
    _every_field(machine, signed)
    _leaving(machine, signed)
    return list(machine.__dict__["answers"])


def _app_and_tokens(machine: Machine, signed: Signed) -> None:
    app_id = machine.partner["app_id"]
    machine.get("/debug_token", input_token=signed.token)
    machine.get(f"/{app_id}")
    machine.post(f"/{app_id}/subscriptions", machine.app_token, **SUBSCRIPTION)
    machine.get(f"/{app_id}/subscriptions", machine.app_token)


def _portfolio(machine: Machine, signed: Signed) -> None:
    business = machine.partner["business_id"]
    machine.get(f"/{business}")
    for edge in ("owned_whatsapp_business_accounts", "client_whatsapp_business_accounts", "system_users"):
        machine.get(f"/{business}/{edge}")
    machine.get(f"/{business}/extendedcredits", fields="id,legal_entity_name")
    number = machine.post(f"/{business}/add_phone_numbers", phone_number="+390212345678")["id"]
    machine.post(f"/{number}/request_code", code_method="SMS", language="it")
    machine.post(f"/{number}/verify_code", code=machine.world.sms[-1].text[-7:].replace("-", ""))
    machine.get(f"/{number}")
    machine.get(f"/{business}/preverified_numbers")
    machine.call("DELETE", f"/{number}")


def _account(machine: Machine, signed: Signed) -> None:
    waba, line = f"/{signed.waba_id}", machine.partner["extended_credit_id"]
    user = machine.partner["system_users"][0]["id"]
    machine.get(waba, signed.token)
    machine.post(waba, signed.token, name="Panificio Aurora S.r.l.", timezone_id="71")
    machine.post(f"{waba}/subscribed_apps", signed.token)
    machine.get(f"{waba}/subscribed_apps", signed.token)
    machine.post(f"{waba}/assigned_users", user=user, tasks=["MANAGE"])
    machine.get(f"{waba}/assigned_users", business=machine.partner["business_id"])
    share = {"waba_id": signed.waba_id, "waba_currency": "EUR"}
    allocation = machine.post(f"/{line}/whatsapp_credit_sharing_and_attach", **share)["allocation_config_id"]
    machine.post(f"/{line}/whatsapp_credit_sharing", receiving_business_id=signed.business_id)
    machine.post(f"/{line}/whatsapp_credit_attach", signed.token, **share)
    machine.get(f"/{line}/owning_credit_allocation_configs")
    machine.get(f"/{allocation}", fields="receiving_credential,receiving_business,request_status")
    machine.get(
        waba, signed.token, fields="id,name,currency,account_review_status,primary_funding_id,health_status"
    )
    machine.get(f"{waba}/phone_numbers", signed.token)
    machine.get(f"{waba}/activities", signed.token)


def _own_number(machine: Machine) -> None:
    path = f"/{machine.partner['waba_id']}/phone_numbers"
    number = machine.post(path, cc="39", phone_number="3471112233", verified_name="Nuvola")["id"]
    machine.post(f"/{number}/request_code", code_method="SMS", language="it")
    machine.post(f"/{number}/verify_code", code=machine.world.sms[-1].text[-7:].replace("-", ""))


def _number(machine: Machine, signed: Signed) -> None:
    number, token, product = f"/{signed.phone_number_id}", signed.token, {"messaging_product": "whatsapp"}
    machine.get(number, token)
    machine.post(f"{number}/register", token, pin="123456", **product)
    fields = "status,account_mode,name_status,is_pin_enabled,health_status,throughput,quality_score"
    machine.get(number, token, fields=fields)
    machine.post(number, token, pin="123456")
    machine.post(
        f"{number}/whatsapp_business_profile", token, about="Pane", websites=["https://a.test"], **product
    )
    machine.get(f"{number}/whatsapp_business_profile", token)
    machine.post(f"{number}/settings", token, user_identity_change={"enable_identity_key_check": True})
    machine.get(f"{number}/settings", token)
    machine.get(f"{number}/official_business_account", token)
    machine.post(f"{number}/official_business_account", token, action="SUBMIT_APPLICATION")
    write(
        machine.world,
        ConsumerMessage(from_=CONSUMER, phone_number_id=signed.phone_number_id),
        now=machine.now,
    )
    users = {**product, "block_users": [{"user": CONSUMER}]}
    machine.post(f"{number}/block_users", token, **users)
    machine.get(f"{number}/block_users", token)
    machine.call("DELETE", f"{number}/block_users", token, **users)


def _messages(machine: Machine, signed: Signed) -> None:
    path, product = f"/{signed.phone_number_id}/messages", {"messaging_product": "whatsapp"}
    heard = ConsumerMessage(from_=CONSUMER, phone_number_id=signed.phone_number_id)
    wamid = write(machine.world, heard, now=machine.now)["wamid"]
    machine.post(path, signed.token, to=CONSUMER, text={"body": "Ciao"}, **product)
    machine.post(path, signed.token, status="read", message_id=wamid, **product)


def _templates(machine: Machine, signed: Signed) -> None:
    path = f"/{signed.waba_id}/message_templates"
    body = [{"type": "BODY", "text": "Il tuo ordine è pronto."}]
    wish = {"name": "ordine", "language": "it", "category": "UTILITY", "components": body}
    template = machine.post(path, signed.token, **wish)["id"]
    machine.now += 2
    machine.get(path, signed.token)
    machine.get(f"/{template}", signed.token)
    content = {"name": "ordine", "language": {"code": "it"}}
    message = {"messaging_product": "whatsapp", "to": CONSUMER, "type": "template", "template": content}
    machine.post(f"/{signed.phone_number_id}/messages", signed.token, **message)
    machine.post(f"/{template}", signed.token, components=body)
    machine.call("DELETE", path, signed.token, name="ordine")


def _media(machine: Recorder, signed: Signed) -> None:
    media = machine.upload(signed)
    machine.get(f"/{media}", signed.token)
    machine.call("DELETE", f"/{media}", signed.token)


def _every_field(machine: Machine, signed: Signed) -> None:
    """The same reads with all that `fields` may ask for."""
    waba = {"fields": ",".join(WABA_FIELDS)}
    number = {"fields": ",".join(NUMBER_FIELDS)}
    machine.get(f"/{signed.waba_id}", signed.token, **waba)
    for edge in ("owned", "client"):
        machine.get(f"/{machine.partner['business_id']}/{edge}_whatsapp_business_accounts", **waba)
    machine.get(f"/{signed.phone_number_id}", signed.token, **number)
    machine.get(f"/{signed.waba_id}/phone_numbers", signed.token, **number)


def _leaving(machine: Machine, signed: Signed) -> None:
    machine.post(f"/{signed.phone_number_id}/deregister", signed.token)
    machine.call("DELETE", f"/{signed.waba_id}/subscribed_apps", signed.token)
    user = machine.partner["system_users"][0]["id"]
    machine.call("DELETE", f"/{signed.waba_id}/assigned_users", user=user)
    machine.world.get(Waba, signed.waba_id).primary_funding_id = ""
    wish = NumberChange(phone_number_id=signed.phone_number_id, is_on_biz_app=True)
    change_number(machine.world, wish, now=machine.now)
    machine.post(
        f"/{signed.phone_number_id}/smb_app_data",
        signed.token,
        messaging_product="whatsapp",
        sync_type="smb_app_state_sync",
    )
