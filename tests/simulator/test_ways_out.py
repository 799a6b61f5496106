"""How a person leaves the signup window otherwise than by finishing with a verified number."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.simulator.harness import Program
from tests.simulator.test_popup import Person


def test_cancelling_on_each_screen_says_which(browser: Browser, program: Program) -> None:
    steps = {
        "portfolio": "BUSINESS_ACCOUNT_SELECTION",
        "waba": "WABA_PHONE_PROFILE_PICKER",
        "profile": "WHATSAPP_BUSINESS_PROFILE_SETUP",
        "number": "PHONE_NUMBER_SETUP",
        "code": "PHONE_NUMBER_VERIFICATION",
    }
    for wanted, step in steps.items():
        person = Person(browser, program)
        for name in steps:
            if name == "code":
                person.popup.fill("[name=number]", "+39 333 123 4567")
            person.press()
            person.screen(name)
            if name == wanted:
                break
        person.popup.click("#cancel")
        assert person.response() == {"authResponse": None, "status": "unknown"}
        assert [message["data"] for message in person.messages()] == [{"current_step": step}]
        person.context.close()


def test_closing_early_reporting_an_error_and_skipping_the_code(browser: Browser, program: Program) -> None:
    closed = Person(browser, program)
    closed.to_number()
    closed.popup.close(run_before_unload=True)
    assert closed.response()["authResponse"] is None
    assert [message["event"] for message in closed.messages()] == ["CANCEL"]
    closed.context.close()

    broken = Person(browser, program)
    broken.to_number()
    broken.popup.click("#ending summary")
    broken.popup.click("#report")
    assert broken.response()["authResponse"] is None
    (message,) = broken.messages()
    assert message["event"] == "ERROR"
    assert {"error_code", "session_id"} <= message["data"].keys()
    broken.context.close()

    skipping = Person(browser, program)
    skipping.to_number()
    skipping.popup.fill("[name=number]", "+39 333 123 4567")
    skipping.press()
    skipping.screen("code")
    skipping.popup.click("#skip")
    for name in ("permissions", "done"):
        skipping.screen(name)
        skipping.press()
    (message,) = (skipping.response(), skipping.messages())[1]
    number = program.ask("GET", f"/{message['data']['phone_number_id']}", skipping.token()["access_token"])
    assert number["code_verification_status"] == "NOT_VERIFIED"
    skipping.context.close()


def test_installing_the_app_only_in_the_v4_window(browser: Browser, program: Program) -> None:
    partner = program.sim("provision")
    first = program.sim("signup", app_id=partner["app_id"], business={"name": "Panificio Aurora"})
    person = Person(browser, program, version="v4-public-preview", features=[{"name": "app_only_install"}])
    person.press()
    person.screen("portfolio")
    person.popup.select_option("[name=portfolio]", first["business_id"])
    person.press()
    person.screen("waba")
    person.popup.select_option("[name=waba]", first["waba_id"])
    for name in ("permissions", "done"):
        person.press()
        person.screen(name)
    person.press()
    assert person.response()["status"] == "connected"
    (message,) = person.messages()
    assert message["event"] == "FINISH_GRANT_ONLY_API_ACCESS"
    assert message["data"]["waba_ids"] == [first["waba_id"]]
    person.context.close()
