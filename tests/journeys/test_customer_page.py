"""A customer comes from the link to a delivered message, with every process real and only Meta simulated."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.journeys.stack import World

pytestmark = pytest.mark.browser

_numbers = count(3331234560)
PATIENCE = 30_000
FORGED = """([origin, event]) => window.dispatchEvent(new MessageEvent("message", {
  origin, data: JSON.stringify({type: "WA_EMBEDDED_SIGNUP", event, data: {}})
}))"""


@dataclass(frozen=True)
class Words:
    """What a person reads and presses."""

    connect: str
    setting_up: str
    test: str
    live: str
    stopped: str
    window_open: str
    blocked: str
    checking: str
    repeat: str
    somebody_else: str
    copied: str
    replaced: str


WORDS = {
    "en": Words(
        connect="Connect with Meta",
        setting_up="We are setting up your number",
        test="Send yourself a test message",
        live="Your number is live on WhatsApp",
        stopped="You stopped at the choice of the phone number.",
        window_open="Meta's window is open",
        blocked="The browser has blocked Meta's window",
        checking="We are checking with Meta",
        repeat="Repeat one step",
        somebody_else="Somebody else has to do this",
        copied="Copied",
        replaced="This link was replaced by a newer one",
    ),
    "it": Words(
        connect="Collega con Meta",
        setting_up="Stiamo configurando il tuo numero",
        test="Invia un messaggio di prova",
        live="Il tuo numero è attivo su WhatsApp",
        stopped="Ti sei fermato alla scelta del numero.",
        window_open="La finestra di Meta è aperta",
        blocked="Il browser ha bloccato la finestra di Meta",
        checking="Stiamo controllando con Meta",
        repeat="Ripeti un passo",
        somebody_else="Deve farlo un'altra persona",
        copied="Copiato",
        replaced="Questo link è stato sostituito da uno più recente",
    ),
}


class Visitor:
    """The customer's person in front of the page, and in Meta's window."""

    def __init__(self, chromium: Browser, world: World, *, language: str, width: int) -> None:
        self.world, self.words, self.width = world, WORDS[language], width
        self.number = f"+39 {next(_numbers)}"
        self.link = world.invite("Panificio Aurora", language=language)
        self.context = chromium.new_context(viewport={"width": width, "height": 800})
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.goto(self.link)

    def _listen(self, message: object) -> None:
        if getattr(message, "type", "") == "error":
            self.problems.append(str(message))

    def connect(self) -> Page:
        button = self.page.get_by_role("button", name=self.words.connect)
        expect(button).not_to_have_attribute("aria-disabled", "true")
        with self.page.expect_popup() as opened:
            button.click()
        window = opened.value
        window.set_viewport_size({"width": self.width, "height": 800})
        window.wait_for_selector("[data-screen=login]:visible")
        return window

    def reads(self, title: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title, timeout=PATIENCE)

    def registered_once(self) -> None:
        """Meta was asked to register each number once, whatever windows, reloads and colleagues did."""
        counters = self.world.sim("log")["counters"]
        found = [counts.values() for path, counts in counters.items() if path.endswith("/register")]
        assert {count for counts in found for count in counts} == {1}

    def keep(self, name: str) -> None:
        overflow = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert overflow <= 0, f"{name} is {overflow} px too wide"
        if folder := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(path=Path(folder) / f"journey-{name}-{self.width}.png", full_page=True)


def press(window: Page, *screens: str) -> None:
    """Continue until each of these screens was shown."""
    for screen in screens:
        window.click("#next")
        window.wait_for_selector(f"[data-screen={screen}]:visible")


def to_number(window: Page) -> None:
    press(window, "portfolio", "waba", "profile", "number")


def to_done(window: Page, number: str) -> None:
    to_number(window)
    window.fill("[name=number]", number)
    press(window, "code")
    window.fill("[name=code]", re.sub(r"\D", "", window.inner_text("#code-text"))[-6:])
    press(window, "permissions", "done")


def finish(window: Page) -> None:
    """Press the last button: the window closes, perhaps before the click is confirmed."""
    with window.expect_event("close"), suppress(Error):
        window.click("#next")


@pytest.fixture
def visitor(request: pytest.FixtureRequest, chromium: Browser, world: World) -> Iterator[Visitor]:
    language, width = getattr(request, "param", ("it", 360))
    visitor = Visitor(chromium, world, language=language, width=width)
    yield visitor
    visitor.context.close()


@pytest.mark.parametrize("visitor", [("en", 1280), ("it", 360)], indirect=True, ids=["en-1280", "it-360"])
def test_from_the_link_to_a_delivered_message(visitor: Visitor, world: World) -> None:
    page, words = visitor.page, visitor.words
    visitor.keep("1-connect")
    window = visitor.connect()
    expect(page.get_by_text(words.window_open).first).to_be_visible()
    assert window.input_value("[name=business_name]") == "Panificio Aurora"
    to_done(window, visitor.number)
    finish(window)
    visitor.reads(words.test)
    visitor.keep("2-test")
    assert visitor.number.replace(" ", "")[3:] in re.sub(r"\D", "", page.inner_text(".number"))

    page.reload()
    visitor.reads(words.test)
    world.write_to(visitor.number, "Ciao!")
    visitor.reads(words.live)
    expect(page.locator(".bubble.ours")).to_be_visible()
    visitor.keep("3-live")

    page.reload()
    visitor.reads(words.live)
    assert page.locator("#journey").get_attribute("hx-get") is None
    assert visitor.problems == []
    visitor.registered_once()


def test_a_window_left_early_says_where_and_gives_the_focus_back(visitor: Visitor) -> None:
    page = visitor.page
    window = visitor.connect()
    to_number(window)
    window.click("#cancel")
    expect(page.locator("#journey")).to_contain_text(visitor.words.stopped, timeout=PATIENCE)
    expect(page.get_by_role("button", name=visitor.words.connect)).to_be_focused()


def test_a_window_that_says_nothing_is_checked_with_meta(visitor: Visitor) -> None:
    page = visitor.page
    window = visitor.connect()
    window.click("#ending summary")
    window.check("#message-lost")
    window.click("#cancel")
    expect(page.locator("#live")).to_contain_text(visitor.words.checking)
    expect(page.locator("[data-when-closed]")).to_be_visible()
    expect(page.get_by_role("button", name=visitor.words.connect)).to_be_enabled()


def test_a_lost_message_changes_nothing_for_the_customer(visitor: Visitor) -> None:
    window = visitor.connect()
    window.click("#ending summary")
    window.check("#message-lost")
    to_done(window, visitor.number)
    finish(window)
    visitor.reads(visitor.words.test)


@pytest.mark.parametrize("visitor", [("en", 1280)], indirect=True, ids=["en-1280"])
def test_a_code_that_comes_too_late_is_repeated_once(visitor: Visitor) -> None:
    window = visitor.connect()
    window.click("#ending summary")
    window.check("#code-late")
    to_done(window, visitor.number)
    finish(window)
    visitor.reads(visitor.words.repeat)
    visitor.keep("late")
    window = visitor.connect()
    to_done(window, visitor.number)
    finish(window)
    visitor.reads(visitor.words.test)
    visitor.registered_once()


def test_a_blocked_window_is_explained_and_can_be_tried_again(visitor: Visitor) -> None:
    page = visitor.page
    page.evaluate("window.open = () => null")
    button = page.get_by_role("button", name=visitor.words.connect)
    expect(button).not_to_have_attribute("aria-disabled", "true")
    button.click()
    expect(page.locator("#signup-note")).to_contain_text(visitor.words.blocked)
    expect(page.locator("#live")).to_contain_text(visitor.words.blocked)
    expect(button).not_to_have_attribute("aria-disabled", "true")


def test_only_meta_is_believed(visitor: Visitor) -> None:
    page, sent = visitor.page, []
    page.on("request", lambda request: sent.append(request.post_data) if "/message" in request.url else None)
    visitor.connect()
    for origin in (
        "https://evilfacebook.com",
        "http://www.facebook.com",
        "https://facebook.com.evil.example",
    ):
        page.evaluate(FORGED, [origin, "forged"])
    page.evaluate(FORGED, ["null", "forged"])
    with page.expect_request("**/message"):
        page.evaluate(FORGED, ["https://www.facebook.com", "from-meta"])
    assert [body for body in sent if "forged" in body] == []


def test_the_link_can_be_handed_to_a_colleague(visitor: Visitor) -> None:
    visitor.page.get_by_text(visitor.words.somebody_else).click()
    field = visitor.page.locator("#colleague-link")
    expect(field).to_have_value(visitor.link)
    visitor.page.locator("[data-copy=colleague-link]").click()
    expect(visitor.page.locator("#live")).to_have_text(visitor.words.copied)


def test_a_link_that_is_replaced_under_the_reader_says_so(visitor: Visitor, world: World) -> None:
    newest = world.api("onboardings?limit=1")["data"][0]
    world.api(f"onboardings/{newest['id']}/link", {"send_email": False})
    visitor.page.evaluate("htmx.trigger(document.body, 'signup')")
    visitor.reads(visitor.words.replaced)


def test_a_colleague_with_the_same_link_sees_the_result(visitor: Visitor, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    colleague = context.new_page()
    colleague.goto(visitor.link)
    window = visitor.connect()
    colleague.reload()
    expect(colleague.locator("#journey")).to_contain_text(visitor.words.checking)
    to_done(window, visitor.number)
    finish(window)
    heading = colleague.get_by_role("heading", level=1)
    expect(heading).to_have_text(visitor.words.test, timeout=PATIENCE)
    visitor.registered_once()
    context.close()
