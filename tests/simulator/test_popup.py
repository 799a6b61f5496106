"""A person clicks through embedded signup, in a page that uses the SDK as Meta's own example does."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.simulator.harness import Program

HOST_PAGE = """<!doctype html><html lang="{lang}"><title>Partner</title><button id="go">Connect</button>
<script>
window.messages = []; window.responses = [];
window.fbAsyncInit = () => FB.init({{appId: "{app_id}", autoLogAppEvents: true, version: "v26.0"}});
window.addEventListener("message", (event) => {{
  if (event.origin !== "{origin}" || typeof event.data !== "string") return;
  window.messages.push(JSON.parse(event.data));
}});
const options = {{
  config_id: "{config_id}", response_type: "code", override_default_response_type: true,
  extras: {extras},
}};
const keep = (response) => window.responses.push(response);
document.getElementById("go").addEventListener("click", () => FB.login(keep, options));
</script><script async src="{origin}/sdk.js"></script></html>"""


class Person:
    """Someone in front of the partner's page."""

    def __init__(
        self, browser: Browser, program: Program, *, lang: str = "it", width: int = 360, **extras: Any
    ) -> None:
        self.program, self.partner = program, program.sim("provision")
        setup = {"business": {"name": "Panificio Aurora"}, "phone": {"displayName": "Panificio Aurora"}}
        extras["setup"] = setup | extras.pop("setup", {})
        origin = f"http://127.0.0.1:{program.port}"
        ids = {"app_id": self.partner["app_id"], "config_id": self.partner["config_id"]}
        program.pages["/start"] = HOST_PAGE.format(lang=lang, origin=origin, extras=json.dumps(extras), **ids)
        self.context = browser.new_context(viewport={"width": width, "height": 740})
        self.page = self.context.new_page()
        self.page.goto(f"http://127.0.0.1:{program.hook_port}/start")
        self.page.wait_for_function("window.FB")
        with self.page.expect_popup() as opened:
            self.page.click("#go")
        self.popup: Page = opened.value
        self.popup.set_viewport_size({"width": width, "height": 740})
        self.popup.wait_for_selector("[data-screen=login]:visible")

    def press(self) -> None:
        # The last button closes the window, perhaps before its click is confirmed.
        with suppress(Error):
            self.popup.click("#next")

    def screen(self, name: str) -> None:
        self.popup.wait_for_selector(f"[data-screen={name}]:visible")

    def to_number(self) -> None:
        for name in ("portfolio", "waba", "profile", "number"):
            self.press()
            self.screen(name)

    def to_done(self) -> None:
        self.to_number()
        self.popup.fill("[name=number]", "+39 333 123 4567")
        self.press()
        self.screen("code")
        text = self.popup.inner_text("#code-text")
        self.popup.fill("[name=code]", text.rsplit(" ", 1)[1])
        self.press()
        self.screen("permissions")
        self.press()
        self.screen("done")

    def response(self) -> dict[str, Any]:
        self.page.wait_for_function("window.responses.length")
        return dict(self.page.evaluate("window.responses[0]"))

    def messages(self) -> list[dict[str, Any]]:
        return list(self.page.evaluate("window.messages"))

    def token(self) -> dict[str, Any]:
        secret = {"client_id": self.partner["app_id"], "client_secret": self.partner["app_secret"]}
        code = self.response()["authResponse"]["code"]
        return dict(self.program.ask("GET", "/oauth/access_token", code=code, **secret))


@pytest.mark.parametrize(("lang", "title"), [("it", "Accedi per continuare"), ("en", "Log in to continue")])
def test_a_person_finishes_and_the_page_gets_both_results(
    browser: Browser, program: Program, lang: str, title: str
) -> None:
    person = Person(browser, program, lang=lang)
    assert person.popup.inner_text("[data-screen=login] h1") == title
    assert person.popup.evaluate("document.documentElement.scrollWidth") <= 360
    person.to_done()
    person.press()
    assert person.response()["status"] == "connected"
    (message,) = person.messages()
    assert (message["type"], message["event"]) == ("WA_EMBEDDED_SIGNUP", "FINISH")
    number = program.ask("GET", f"/{message['data']['phone_number_id']}", person.token()["access_token"])
    assert (number["code_verification_status"], number["verified_name"]) == ("VERIFIED", "Panificio Aurora")
    person.context.close()


def test_closing_on_the_last_screen_counts_as_finished(browser: Browser, program: Program) -> None:
    person = Person(browser, program)
    person.to_done()
    person.popup.close(run_before_unload=True)
    assert "access_token" in person.token()
    assert [message["event"] for message in person.messages()] == ["FINISH"]
    person.context.close()


def test_cancelling_says_at_which_step(browser: Browser, program: Program) -> None:
    person = Person(browser, program)
    person.to_number()
    person.popup.click("#cancel")
    assert person.response() == {"authResponse": None, "status": "unknown"}
    (message,) = person.messages()
    assert (message["event"], message["data"]) == ("CANCEL", {"current_step": "PHONE_NUMBER_SETUP"})
    person.context.close()


def test_a_lost_message_and_a_late_code(browser: Browser, program: Program) -> None:
    person = Person(browser, program, lang="en", width=1280)
    person.to_number()
    person.popup.click("#ending summary")
    person.popup.check("#message-lost")
    person.popup.check("#code-late")
    person.popup.check("[name=with_number][value=no]")
    person.press()
    person.screen("permissions")
    person.press()
    person.screen("done")
    person.press()
    assert person.token()["error"]["error_subcode"] == 36007
    assert person.messages() == []
    person.context.close()


def test_a_wrong_code_is_told_and_can_be_corrected(browser: Browser, program: Program) -> None:
    person = Person(browser, program)
    person.to_number()
    person.popup.fill("[name=number]", "12")
    person.press()
    person.popup.wait_for_selector("#error:visible")
    person.popup.fill("[name=number]", "+39 333 123 4567")
    person.press()
    person.screen("code")
    person.popup.fill("[name=code]", "abc")
    person.press()
    person.popup.wait_for_selector("#error:visible")
    assert "codice" in person.popup.inner_text("#error")
    person.context.close()


def test_the_dialog_of_an_unknown_app_is_refused(program: Program) -> None:
    response = program.raw("GET", "/v26.0/dialog/oauth?client_id=1&locale=it")
    assert (response.status, response.text) == (400, "Questa app o questa configurazione non esiste.")  # type: ignore[attr-defined]


def test_prefilled_data_cannot_break_out_of_the_page(program: Program) -> None:
    partner = program.sim("provision", partner_name="<script>alert(1)</script>")
    extras = json.dumps({"setup": {"business": {"name": "</script><script>alert(2)</script>"}}})
    query = f"client_id={partner['app_id']}&extras={extras.replace(' ', '%20')}"
    text = program.raw("GET", f"/v26.0/dialog/oauth?{query}").text  # type: ignore[attr-defined]
    assert "<script>alert" not in text


def test_the_number_of_the_business_app_is_connected_by_coexistence(
    browser: Browser, program: Program
) -> None:
    person = Person(browser, program, featureType="whatsapp_business_app_onboarding")
    person.to_done()
    person.press()
    assert person.response()["status"] == "connected"
    (message,) = person.messages()
    assert message["event"] == "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING"
    (row,) = program.ask("GET", "/_sim/state")["phone_numbers"]
    assert row["platform_type"] == "CLOUD_API"
    person.context.close()


def test_a_number_verified_by_the_partner_can_be_chosen(browser: Browser, program: Program) -> None:
    partner = program.sim("provision")
    admin, business = partner["system_users"][0]["token"], partner["business_id"]
    made = program.ask("POST", f"/{business}/add_phone_numbers", admin, phone_number="+390212345678")["id"]
    program.ask("POST", f"/{made}/request_code", admin, code_method="SMS", language="it")
    code = program.ask("GET", "/_sim/sms")["data"][0]["text"][-7:].replace("-", "")
    program.ask("POST", f"/{made}/verify_code", admin, code=code)
    person = Person(browser, program, setup={"preVerifiedPhone": {"ids": [made]}})
    person.to_number()
    person.popup.check(f"[name=with_number][value='{made}']")
    person.press()
    person.screen("permissions")
    person.press()
    person.screen("done")
    person.press()
    (message,) = (person.response(), person.messages())[1]
    token = person.token()["access_token"]
    number = program.ask("GET", f"/{message['data']['phone_number_id']}", token)
    assert (number["display_phone_number"], number["code_verification_status"]) == (
        "+39 02 1234 5678",
        "VERIFIED",
    )
    person.context.close()


def test_a_person_chooses_among_several_accounts(browser: Browser, program: Program) -> None:
    partner = program.sim("provision")
    first = program.sim("signup", app_id=partner["app_id"], business={"name": "Panificio Aurora"})
    wish = {
        "business": {"id": first["business_id"]},
        "waba": {"name": "Eventi"},
        "outcome": "finish_only_waba",
    }
    second = program.sim("signup", app_id=partner["app_id"], **wish)
    person = Person(browser, program)
    person.press()
    person.screen("portfolio")
    person.popup.select_option("[name=portfolio]", first["business_id"])
    person.press()
    person.screen("waba")
    assert person.popup.locator("[name=waba] option").count() == 3
    person.popup.select_option("[name=waba]", second["waba_id"])
    for name in ("profile", "number"):
        person.press()
        person.screen(name)
    person.popup.check("[name=with_number][value=no]")
    person.press()
    person.screen("permissions")
    person.press()
    person.screen("done")
    person.press()
    assert person.response()["status"] == "connected"
    assert person.messages()[0]["data"]["waba_id"] == second["waba_id"]
    person.context.close()
