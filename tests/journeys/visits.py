"""A customer in front of its page and a person at the desk, both by plain HTTP."""

from __future__ import annotations

import html
import http.cookiejar
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.journeys.stack import World

PATIENCE = 60.0
POLL = 0.2
CONSUMER = "+393470000001"
Journey = dict[str, Any]

_numbers = count(393_332_000_000)


@dataclass(frozen=True)
class Answer:
    """Status and text of a page."""

    status: int
    text: str

    @property
    def words(self) -> str:
        """What a person reads: no markup, single spaces."""
        plain = re.sub(r"<(script|style|template)\b.*?</\1>|<[^>]+>", " ", self.text, flags=re.DOTALL)
        return " ".join(html.unescape(plain).split())

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Browser:
    """Cookies and forms."""

    def __init__(self, language: str = "en") -> None:
        self.jar = http.cookiejar.CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
        self.opener.addheaders = [("Accept-Language", language)]

    def get(self, url: str) -> Answer:
        return self._open(urllib.request.Request(url))

    def post(self, url: str, form: Mapping[str, str]) -> Answer:
        token = next((cookie.value for cookie in self.jar if "csrf" in cookie.name), "") or ""
        headers = {"X-CSRFToken": token, "Referer": url}
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **form}).encode()
        return self._open(urllib.request.Request(url, body, headers))

    def _open(self, request: urllib.request.Request) -> Answer:
        try:
            with self.opener.open(request, timeout=30) as response:
                return Answer(response.status, response.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode())


def eventually(look: Callable[[], Any], what: str, patience: float | None = None) -> Any:
    """Look until it is so; through public doors, so by asking again."""
    deadline = time.monotonic() + (patience or PATIENCE)
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not come about in time"
        time.sleep(POLL)
    return found


def new_number() -> str:
    """A number that nobody has yet."""
    return f"+{next(_numbers)}"


class Visit:
    """One invited customer with a number of its own, from its link on."""

    def __init__(self, world: World, name: str = "Panificio Aurora", *, language: str = "it") -> None:
        self.world, self.name, self.language = world, name, language
        self.number = new_number()
        self.email = f"c{self.number.lstrip('+')}@example.com"
        customer = {"name": name, "contact_email": self.email, "language": language}
        self.customer_id = str(world.api("customers", customer)["id"])
        invited = world.api("onboardings", {"customer": self.customer_id, "send_email": False})
        self.id, self.link = str(invited["id"]), str(invited["link"])
        self.browser = Browser(language)
        self.ids: dict[str, str] = {}

    # --- what the customer does ---

    def open(self) -> Answer:
        return self.browser.get(self.link)

    def start(self) -> str:
        """Press Connect: the nonce with which the results of Meta's window come back."""
        assert self.open().status == 200
        answer = self.browser.post(f"{self.link}/session", {})
        assert answer.status == 200, answer.text
        return str(answer.json["nonce"])

    def at_meta(self, **wish: Any) -> Any:
        """Go through Meta's window."""
        seeded = self.world.stack.seeded
        signup = {
            "app_id": seeded["app_id"],
            "config_id": seeded["config_id"],
            "business": {"name": f"{self.name} {self.number}"},
            "phone": {"number": self.number, "display_name": self.name},
        }
        result = self.world.sim("signup", signup | wish)
        self.ids |= {
            name: result[name] for name in ("waba_id", "phone_number_id", "business_id") if name in result
        }
        return result

    def send_code(self, nonce: str, result: Any) -> Answer:
        return self.browser.post(f"{self.link}/code", {"nonce": nonce, "code": result["code"]})

    def send_message(self, nonce: str, result: Any) -> Answer:
        form = {"nonce": nonce, "message": json.dumps(result["message"])}
        return self.browser.post(f"{self.link}/message", form)

    def hand_over(self, nonce: str, result: Any) -> None:
        """What the page does with what the window gave."""
        assert self.send_code(nonce, result).status == 204
        if result["message"] is not None:
            assert self.send_message(nonce, result).status == 204

    def connect(self, **wish: Any) -> None:
        """The whole of embedded signup."""
        nonce = self.start()
        self.hand_over(nonce, self.at_meta(**wish))

    def write(self) -> None:
        """A consumer's first message."""
        hello = {"from": CONSUMER, "phone_number_id": self.ids["phone_number_id"], "text": "Ciao!"}
        self.world.sim("messages", hello)

    # --- what the people see ---

    def journey(self, language: str = "en") -> Journey:
        found: Journey = self.world.api(f"onboardings/{self.id}", language=language)
        return found

    def until(self, is_so: Callable[[Journey], Any], what: str, patience: float | None = None) -> Journey:
        last: Journey = {}

        def look() -> Journey | None:
            nonlocal last
            last = self.journey()
            return last if is_so(last) else None

        try:
            found: Journey = eventually(look, what, patience)
        except AssertionError as error:
            raise AssertionError(
                f"{self.number}: {error}; {last.get('state')}: {last.get('next_action')}"
            ) from None
        return found

    def waits_for(self, reason: str, patience: float | None = None, **more: Any) -> Journey:
        wanted = {"reason": reason, **more}.items()
        return self.until(lambda told: wanted <= _flat(told["next_action"]).items(), reason, patience)

    def is_in(self, state: str, patience: float | None = None) -> Journey:
        return self.until(lambda told: told["state"] == state, state, patience)

    def goes_live(self, patience: float | None = None) -> Journey:
        """From wherever it is: registered, written to, answered."""
        self.until(lambda told: told["state"] in ("REGISTERED", "LIVE"), "REGISTERED", patience)
        if self.journey()["inbound_message"] is None:
            self.write()
        return self.is_in("LIVE", patience)

    # --- what Meta saw ---

    def calls(self, path: str, *, id: str = "phone_number_id", **match: str) -> list[Journey]:
        """Calls that arrived for one of its ids, in their order."""
        query = urllib.parse.urlencode({"path": path, "id": self.ids[id], **match})
        return list(self.world.sim(f"log?{query}")["calls"])

    def registrations(self) -> list[Journey]:
        return self.calls("/{phone_number_id}/register")

    def answers(self) -> list[Journey]:
        return self.calls("/{phone_number_id}/messages")


def _flat(requirement: Journey | None) -> Journey:
    return {name: requirement[name] for name in ("reason", "code", "subcode")} if requirement else {}


class Desk:
    """Anna of the partner's staff, signed in; she reads Italian."""

    def __init__(self, world: World) -> None:
        self.base, self.browser = f"{world.stack.portal_url}/admin", Browser("it")
        staff = world.stack.seeded["staff"]
        self.browser.get(f"{self.base}/login/")
        form = {"username": staff["email"], "password": staff["password"], "next": "/admin/"}
        answer = self.browser.post(f"{self.base}/login/", form)
        assert answer.status == 200, answer.text[:2000]
        assert "login-form" not in answer.text

    def reads(self, path: str) -> str:
        answer = self.browser.get(f"{self.base}/{path}")
        assert answer.status == 200, f"{path}: {answer.status}"
        return answer.words

    def rows(self, path: str) -> int:
        """How many rows a list shows."""
        return len(set(re.findall(r"[0-9a-f-]{36}/change/", self.browser.get(f"{self.base}/{path}").text)))

    def journey(self, visit: Visit) -> str:
        return self.reads(f"onboarding/onboarding/{visit.id}/change/")

    def queue(self) -> str:
        return self.reads("onboarding/onboarding/")

    def press(self, visit: Visit, button: str, **form: str) -> None:
        self._post(f"onboarding/onboarding/{visit.id}/do/{button}/", form)

    def withdraw_terms(self) -> None:
        found = re.search(r"termsacceptance/([0-9a-f-]{36})/change/", self._terms("").text)
        assert found
        self._post(f"tenants/termsacceptance/{found[1]}/do/withdraw/", {"reason": "Prova"})

    def accept_terms(self) -> None:
        self._post("tenants/termsacceptance/add/", {"accepted_by": "Anna Neri", "version": "2026-11"})

    def _terms(self, path: str) -> Answer:
        return self.browser.get(f"{self.base}/tenants/termsacceptance/{path}")

    def _post(self, path: str, form: Mapping[str, str]) -> None:
        answer = self.browser.post(f"{self.base}/{path}", form)
        assert answer.status == 200, f"{path}: {answer.status}"


def speaks_italian(reason: str, titles: Mapping[str, str]) -> None:
    assert titles["en"] != titles["it"], f"{reason} is not translated"


def everybody_reads(
    visit: Visit,
    desk: Desk,
    *,
    reason: str,
    owner: str,
    code: int | None = None,
    patience: float | None = None,
) -> Journey:
    """API, customer's page and desk tell the same, each in its reader's language: what, who, by when."""
    told = visit.waits_for(reason, patience, code=code)["next_action"]
    assert told["owner"] == owner
    titles = {language: visit.journey(language)["next_action"]["title"] for language in ("en", "it")}
    speaks_italian(reason, titles)
    page = visit.open().words
    assert titles[visit.language] in page, page
    for_staff = desk.journey(visit)
    assert titles["it"] in for_staff, for_staff
    assert visit.name in desk.queue()
    if code is not None:
        assert str(code) in for_staff
    if visit.journey()["window"]["seconds_left"] and owner in ("CUSTOMER", "STAFF"):
        assert told["deadline"]
    return told
