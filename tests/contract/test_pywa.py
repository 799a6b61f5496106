"""A library made for the real Meta, pywa, works against the simulator without a change to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pywa
from pywa import errors, handlers, types
from pywa.types import templates

from tests.simulator.harness import Program
from tests.simulator.test_webhooks import Customer

CONSUMER = "393475550101"


class ToSimulator(httpx.HTTPTransport):
    """The only thing between them: graph.facebook.com is on this machine."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def handle_request(self, request: Any) -> Any:
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        request.headers["Host"] = f"127.0.0.1:{self._port}"
        return super().handle_request(request)


@pytest.fixture
def customer(program: Program) -> Customer:
    made = Customer(program)
    made.writes()
    return made


@pytest.fixture
def wa(program: Program, customer: Customer) -> Iterator[Any]:
    with httpx.Client(transport=ToSimulator(program.port)) as session:
        yield library(customer, session, customer.token)


@pytest.fixture
def staff(program: Program, customer: Customer) -> Iterator[Any]:
    """The same library in the hands of the partner's ADMIN system user."""
    with httpx.Client(transport=ToSimulator(program.port)) as session:
        yield library(customer, session, customer.partner["system_users"][0]["token"])


def library(customer: Customer, session: httpx.Client, token: str) -> Any:
    return pywa.WhatsApp(
        phone_id=customer.signed["phone_number_id"],
        token=token,
        session=session,
        server=None,
        waba_id=customer.signed["waba_id"],
        app_id=customer.app_id,
        app_secret=customer.secret,
    )


def button_list() -> Any:
    rows = [types.SectionRow(title="Mattina", callback_data="1", description="8-12")]
    return types.SectionList(button_title="Scegli", sections=[types.Section(title="Orari", rows=rows)])


SENDS: dict[str, Callable[[Any, str], Any]] = {
    "text": lambda wa, wamid: wa.send_message(CONSUMER, "Ciao", preview_url=True),
    "reply": lambda wa, wamid: wa.send_message(CONSUMER, "Ciao", reply_to_message_id=wamid, tracker="t"),
    "buttons": lambda wa, _: wa.send_message(
        CONSUMER, "Vieni?", buttons=[types.Button("Sì", callback_data="1")]
    ),
    "url": lambda wa, _: wa.send_message(
        CONSUMER, "Vai", buttons=types.URLButton("Apri", url="https://a.test")
    ),
    "list": lambda wa, _: wa.send_message(CONSUMER, "Quando?", buttons=button_list()),
    "image": lambda wa, _: wa.send_image(
        CONSUMER, wa.upload_media(b"x", "image/png", "a.png").id, caption="Pane"
    ),
    "video": lambda wa, _: wa.send_video(CONSUMER, wa.upload_media(b"x", "video/mp4", "a.mp4").id),
    "audio": lambda wa, _: wa.send_audio(CONSUMER, wa.upload_media(b"x", "audio/mpeg", "a.mp3").id),
    "document": lambda wa, _: wa.send_document(
        CONSUMER, wa.upload_media(b"x", "application/pdf", "a.pdf").id, filename="a.pdf"
    ),
    "sticker": lambda wa, _: wa.send_sticker(CONSUMER, wa.upload_media(b"x", "image/webp", "a.webp").id),
    "location": lambda wa, _: wa.send_location(CONSUMER, latitude=43.77, longitude=11.25, name="Firenze"),
    "ask_location": lambda wa, _: wa.request_location(CONSUMER, "Dove sei?"),
    "contact": lambda wa, _: wa.send_contact(
        CONSUMER, types.Contact(name=types.Contact.Name(formatted_name="Anna Rossi", first_name="Anna"))
    ),
    "reaction": lambda wa, wamid: wa.send_reaction(CONSUMER, "👍", wamid),
    "no_reaction": lambda wa, wamid: wa.remove_reaction(CONSUMER, wamid),
    "catalog": lambda wa, _: wa.send_catalog(CONSUMER, "Guarda"),
    "product": lambda wa, _: wa.send_product(CONSUMER, catalog_id="1", sku="a"),
    "products": lambda wa, _: wa.send_products(
        CONSUMER, "1", [types.ProductsSection(title="Pane", skus=["a"])], title="Forno", body="Guarda"
    ),
    "voice": lambda wa, _: wa.send_voice(CONSUMER, b"x", mime_type="audio/ogg"),
    "media_by_link": lambda wa, _: wa.send_image(CONSUMER, "https://a.test/a.png"),
    "carousel": lambda wa, _: wa.send_carousel(CONSUMER, body="Pani", cards=cards()),
    "call": lambda wa, _: wa.send_message(CONSUMER, "Chiamaci", buttons=types.VoiceCallButton("Chiama")),
    "ask_to_call": lambda wa, _: wa.send_message(
        CONSUMER, "Possiamo?", buttons=types.CallPermissionRequestButton()
    ),
    "ask_contact": lambda wa, _: wa.request_contact_info(CONSUMER, "Chi sei?"),
    "flow": lambda wa, _: wa.send_message(CONSUMER, "Prenota", buttons=types.FlowButton("Apri", flow_id=1)),
}


def cards() -> list[Any]:
    button = types.URLButton("Apri", url="https://a.test")
    one = types.ImageCarouselCard(body="Rosetta", buttons=button, image="https://a.test/a.png")
    other = types.VideoCarouselCard(body="Ciabatta", buttons=button, video="https://a.test/a.mp4")
    return [one, other]


@pytest.mark.parametrize("kind", SENDS)
def test_every_kind_of_message_is_sent(wa: Any, customer: Customer, kind: str) -> None:
    wamid = customer.writes()["wamid"]
    assert SENDS[kind](wa, wamid).id.startswith("wamid.")


def test_reading_and_typing(wa: Any, customer: Customer) -> None:
    wamid = customer.writes()["wamid"]
    assert wa.mark_message_as_read(wamid)
    assert wa.indicate_typing(wamid)


def test_media_comes_and_goes(wa: Any, tmp_path: Path) -> None:
    media = wa.upload_media(b"abc", "image/png", "a.png")
    about = wa.get_media_url(media.id)
    assert (about.mime_type, about.file_size) == ("image/png", "3") or about.file_size == 3
    assert wa.get_media_bytes(about.url) == b"abc"
    assert b"".join(wa.stream_media(about.url)) == b"abc"
    assert wa.download_media(url=about.url, path=tmp_path, filename="a.png").read_bytes() == b"abc"
    assert wa.delete_media(media.id)
    with pytest.raises(errors.WhatsAppError):
        wa.get_media_url(media.id)


def test_templates_are_managed_and_sent(wa: Any, program: Program, customer: Customer) -> None:
    template = templates.Template(
        name="ordine",
        language=templates.TemplateLanguage.ITALIAN,
        category=templates.TemplateCategory.UTILITY,
        components=[templates.BodyText("Ciao {{1}}, il tuo ordine è pronto.", "Anna")],
    )
    created = wa.create_template(template)
    program.sim("template", template_id=created.id, status="APPROVED")
    assert [found.name for found in wa.get_templates()] == ["ordine"]
    assert wa.get_template(created.id).status == templates.TemplateStatus.APPROVED
    fund(program, customer)
    params = [templates.BodyText.params("Anna")]
    assert wa.send_template(CONSUMER, "ordine", templates.TemplateLanguage.ITALIAN, params).id
    with pytest.raises(errors.TemplateParamCountMismatch):
        wa.send_template(CONSUMER, "ordine", templates.TemplateLanguage.ITALIAN, [])
    with pytest.raises(errors.TemplateNotExists):
        wa.send_template(CONSUMER, "altro", templates.TemplateLanguage.ITALIAN, [])
    assert wa.delete_template("ordine")


def test_a_template_is_edited_and_taken_up_again(wa: Any, program: Program) -> None:
    created = wa.create_template(promotion())
    program.sim("template", template_id=created.id, status="APPROVED")
    body = templates.BodyText("Solo per domani lo sconto {{1}} ti aspetta in negozio.", "10")
    assert wa.update_template(created.id, new_components=[body])
    program.sim("template", template_id=created.id, status="PAUSED")
    assert wa.unpause_template(created.id)
    assert [one.name for one in wa.get_templates()] == ["promozione"]


def promotion() -> Any:
    buttons = [
        templates.QuickReplyButton(text="Basta"),
        templates.URLButton(text="Apri", url="https://a.test/{{1}}", example="x"),
        templates.PhoneNumberButton(text="Chiama", phone_number="+390212345678"),
    ]
    return templates.Template(
        name="promozione",
        language=templates.TemplateLanguage.ITALIAN,
        category=templates.TemplateCategory.MARKETING,
        components=[
            templates.HeaderText("Ciao {{1}}", "Anna"),
            templates.BodyText("Solo per oggi lo sconto {{1}} ti aspetta in negozio.", "10"),
            templates.FooterText(text="Forno"),
            templates.Buttons(buttons=buttons),
        ],
    )


def fund(program: Program, customer: Customer) -> None:
    admin, waba = customer.partner["system_users"][0], customer.signed["waba_id"]
    program.ask("POST", f"/{waba}/assigned_users", admin["token"], user=admin["id"], tasks=["MANAGE"])
    path = f"/{customer.partner['extended_credit_id']}/whatsapp_credit_sharing_and_attach"
    program.ask("POST", path, admin["token"], waba_id=waba, waba_currency="EUR")


def test_profile_settings_and_account(wa: Any, customer: Customer) -> None:
    assert wa.update_business_profile(about="Pane fresco", websites=["https://a.test"])
    assert wa.get_business_profile().about == "Pane fresco"
    assert wa.get_business_account().id == customer.signed["waba_id"]
    assert wa.get_business_phone_number().id == customer.signed["phone_number_id"]
    assert [number.id for number in wa.get_business_phone_numbers()] == [customer.signed["phone_number_id"]]


def test_a_number_is_registered_and_deregistered(wa: Any) -> None:
    assert wa.deregister_phone_number()
    with pytest.raises(errors.WhatsAppError) as caught:
        wa.send_message(CONSUMER, "Ciao")
    assert caught.value.code == 133010
    assert wa.register_phone_number(pin="123456")
    assert wa.send_message(CONSUMER, "Ciao").id


def test_a_new_number_is_verified_and_registered(wa: Any, program: Program) -> None:
    new = wa.create_phone_number(
        country_calling_code="39", phone_number="3471112233", verified_name="Forno Due"
    ).id
    assert wa.request_verification_code(code_method="SMS", language_code="it", phone_id=new)
    code = program.ask("GET", "/_sim/sms")["data"][0]["text"][-7:].replace("-", "")
    assert wa.verify_phone_number(code, phone_id=new)
    assert wa.register_phone_number(pin="123456", phone_id=new)
    assert wa.update_display_name("Forno Tre", phone_id=new)
    assert new in [number.id for number in wa.get_business_phone_numbers()]


def test_callbacks_are_set_at_every_level(wa: Any, program: Program, customer: Customer) -> None:
    hook = program.hook_url
    token = wa.get_app_access_token(customer.app_id, customer.secret)
    assert wa.set_app_callback_url(customer.app_id, token, hook, "segreto", ["messages"])
    assert wa.override_waba_callback_url(hook + "/waba", "segreto")
    assert wa.override_phone_callback_url(hook + "/number", "segreto")
    assert wa.get_business_phone_number().webhook_configuration is not None
    assert wa.delete_phone_callback_url()
    assert wa.delete_waba_callback_url()


def test_a_partner_lists_its_own_and_its_clients_accounts(staff: Any, customer: Customer) -> None:
    business = customer.partner["business_id"]
    owned = staff.get_owned_business_accounts(business_portfolio_id=business)
    shared = staff.get_shared_business_accounts(business_portfolio_id=business)
    assert [one.id for one in owned] == [customer.partner["waba_id"]]
    assert [one.id for one in shared] == [customer.signed["waba_id"]]


def test_consumers_are_blocked_and_let_in_again(wa: Any) -> None:
    assert wa.block_users([CONSUMER])
    assert len(list(wa.get_blocked_users())) == 1
    assert wa.unblock_users([CONSUMER])
    assert not list(wa.get_blocked_users())


def known_codes() -> dict[int, type[Exception]]:
    """Every code that pywa has a class for; of two classes with one code it takes the last."""
    kinds = [one for kind in errors.WhatsAppError.__subclasses__() for one in (kind, *kind.__subclasses__())]
    return {code: kind for kind in kinds for code in kind.__error_codes__ or ()}


def test_pywa_raises_its_class_for_each_injected_code(wa: Any, program: Program) -> None:
    raised: dict[int, type[Exception]] = {}
    for code in known_codes():
        program.sim("faults", kind="error", code=code, path="/{phone_number_id}/messages", times=1)
        with pytest.raises(errors.WhatsAppError) as caught:
            wa.send_message(CONSUMER, "Ciao")
        raised[caught.value.code] = type(caught.value)
    assert raised == known_codes()


def test_pywa_reads_the_webhooks_that_are_sent(wa: Any, program: Program, customer: Customer) -> None:
    got: list[Any] = []
    wa.add_handlers(
        handlers.MessageHandler(lambda _, message: got.append(message)),
        handlers.MessageStatusHandler(lambda _, status: got.append(status)),
    )
    sent = wa.send_message(CONSUMER, "Eccoci")
    received = program.wait_for(lambda one: b'"delivered"' in one.body)
    for one in [one for one in program.received if one.method == "POST"]:
        assert wa.webhook_update_validator(one.body, one.headers["X-Hub-Signature-256"]) is None
        assert wa.webhook_update_handler(one.body) == ("ok", 200)
    assert received
    texts = [update.text for update in got if isinstance(update, types.Message)]
    statuses = [update for update in got if isinstance(update, types.MessageStatus)]
    assert texts == ["Buongiorno, perché no? 😀"]
    assert [status.status.value for status in statuses] == ["sent", "delivered"]
    assert {status.id for status in statuses} == {sent.id}
