"""`manage.py story`: the main job without a person, through the public doors only.

The API creates and invites customers; each opens its page, goes through Meta's signup window, sends a message
and gets the answer. The story ends well when every customer is LIVE and Meta saw one register call a number.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from portal.embedded import EmbeddedError, Home
from portal.programs import Ports
from portal.stack import Stack, start_stack

LIMIT_SECONDS = 300.0
POLL_SECONDS = 0.5
AT_ONCE = 10
FIRST_NUMBER = 393_331_000_000
CONSUMER = "393470000001"


@dataclass
class Customer:
    """One customer of the story: seconds since its beginning at which each thing was so."""

    name: str
    number: str
    customer_id: str = ""
    onboarding_id: str = ""
    link: str = ""
    phone_number_id: str = ""
    state: str = ""
    times: dict[str, float] = field(default_factory=dict)
    problem: str = ""


@dataclass
class Report:
    """How the story ended."""

    customers: list[Customer]
    seconds: float
    stack_seconds: float
    register_calls: dict[str, int]

    @property
    def is_good(self) -> bool:
        once = [self.register_calls.get(one.phone_number_id, 0) == 1 for one in self.customers]
        return all(one.state == "LIVE" for one in self.customers) and all(once)


class Story:
    """The customers, and the three addresses at which everything happens."""

    def __init__(self, stack: Stack, customers: int, *, first: int = 0) -> None:
        self.portal, self.simulator = stack.portal_url, stack.simulator_url
        self.seeded = stack.seeded
        self.begun = time.monotonic()
        places = range(first, first + customers)
        self.customers = [Customer(f"Storia {n + 1}", f"+{FIRST_NUMBER + n}") for n in places]

    async def tell(self) -> Report:
        """Take all customers from an invitation to a delivered message, several at once."""
        self.begun = time.monotonic()
        key = {"Authorization": f"Bearer {self.seeded['api_key']}"}
        async with aiohttp.ClientSession(headers=key) as self.api, aiohttp.ClientSession() as self.meta:
            gate = asyncio.Semaphore(AT_ONCE)
            await asyncio.gather(*(self._sign_up(one, gate) for one in self.customers))
            await self._follow()
            calls = await self._register_calls()
        return Report(self.customers, time.monotonic() - self.begun, 0.0, calls)

    async def _sign_up(self, one: Customer, gate: asyncio.Semaphore) -> None:
        async with gate:
            await self._invite(one)
            # Browsers keep cookies of an address of digits; aiohttp does so when asked.
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
                await self._connect(one, browser)

    async def _invite(self, one: Customer) -> None:
        email = f"story{one.number.lstrip('+')}@example.com"
        customer = await self._post_api("customers", {"name": one.name, "contact_email": email})
        onboarding = await self._post_api("onboardings", {"customer": customer["id"]})
        one.customer_id, one.onboarding_id, one.link = customer["id"], onboarding["id"], onboarding["link"]
        self._mark(one, "invited")

    async def _connect(self, one: Customer, browser: aiohttp.ClientSession) -> None:
        """What the page does in a browser: open, ask for a nonce, and hand over what Meta's window gave."""
        async with browser.get(one.link) as page:
            page.raise_for_status()
        self._mark(one, "page opened")
        nonce = json.loads(await self._post_page(browser, f"{one.link}/session", {}))["nonce"]
        signup = {
            "app_id": self.seeded["app_id"],
            "config_id": self.seeded["config_id"],
            "business": {"name": one.name},
            "phone": {"number": one.number, "display_name": one.name},
        }
        async with self.meta.post(f"{self.simulator}/_sim/signup", json=signup) as answer:
            answer.raise_for_status()
            result = await answer.json()
        one.phone_number_id = result["phone_number_id"]
        await self._post_page(browser, f"{one.link}/code", {"nonce": nonce, "code": result["code"]})
        message = {"nonce": nonce, "message": json.dumps(result["message"])}
        await self._post_page(browser, f"{one.link}/message", message)
        self._mark(one, "signed up")

    async def _follow(self) -> None:
        """Watch all journeys; when a number is registered, its first consumer writes."""
        by_id = {one.onboarding_id: one for one in self.customers}
        while time.monotonic() - self.begun < LIMIT_SECONDS:
            for onboarding in await self._onboardings():
                if one := by_id.get(onboarding["id"]):
                    await self._notice(one, onboarding)
            if all(one.state in ("LIVE", "CANCELLED") for one in self.customers):
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _notice(self, one: Customer, onboarding: dict[str, Any]) -> None:
        one.state = onboarding["state"]
        for step in onboarding["steps"]:
            if step["state"] == "DONE" and step["key"] not in one.times:
                self._mark(one, step["key"])
        one.problem = "; ".join(item["reason"] for item in onboarding["requirements"])
        if one.state == "REGISTERED" and "consumer wrote" not in one.times:
            hello = {"from": CONSUMER, "phone_number_id": one.phone_number_id, "text": "Ciao!"}
            async with self.meta.post(f"{self.simulator}/_sim/messages", json=hello) as answer:
                answer.raise_for_status()
            self._mark(one, "consumer wrote")
        if one.state == "LIVE" and "live" not in one.times:
            self._mark(one, "live")

    async def _onboardings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        query: dict[str, str] | None = {"limit": "100"}
        while query:
            async with self.api.get(f"{self.portal}/api/v1/onboardings", params=query) as answer:
                answer.raise_for_status()
                page = await answer.json()
            found += page["data"]
            query = {"limit": "100", "cursor": page["next_cursor"]} if page["next_cursor"] else None
        return found

    async def _post_api(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self.api.post(f"{self.portal}/api/v1/{path}", json=body) as answer:
            if answer.status != 201:
                raise RuntimeError(f"POST {path}: {answer.status} {await answer.text()}")
            made: dict[str, Any] = await answer.json()
            return made

    async def _post_page(self, browser: aiohttp.ClientSession, url: str, form: dict[str, str]) -> str:
        token = next(cookie.value for cookie in browser.cookie_jar if "csrf" in cookie.key)
        headers = {"X-CSRFToken": token, "Referer": url}
        async with browser.post(url, data=form, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.text()

    async def _register_calls(self) -> dict[str, int]:
        """How often Meta's log has a register call, by phone number id."""
        async with self.meta.get(f"{self.simulator}/_sim/log", params={"limit": "1"}) as answer:
            counters = (await answer.json())["counters"]
        calls: dict[str, int] = counters.get("POST /{phone_number_id}/register", {})
        return calls

    def _mark(self, one: Customer, what: str) -> None:
        one.times[what] = round(time.monotonic() - self.begun, 2)


def main(words: Sequence[str]) -> int:
    """Run a stack of its own, tell the story on it, print how it went; non-zero unless it ended well."""
    parser = argparse.ArgumentParser(prog="manage.py story", description="The main job, without a person.")
    parser.add_argument(
        "--customers", type=_at_least_one, default=1, metavar="N", help="N customers at once (1)"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(words)
    say = (lambda text: None) if options.json else (lambda text: print(f"[story] {text}", flush=True))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portal-story-") as folder:
        Path(folder).chmod(0o711)
        try:
            with start_stack(Home(Path(folder)), Ports.free(), say=say) as stack:
                ready = time.monotonic() - started
                report = asyncio.run(Story(stack, options.customers).tell())
        except (EmbeddedError, aiohttp.ClientError, RuntimeError) as error:
            print(f"The story broke off: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("The story was stopped.", file=sys.stderr)
            return 130
    report.stack_seconds = ready
    print(json.dumps(asdict(report) | {"is_good": report.is_good}) if options.json else timeline(report))
    return 0 if report.is_good else 1


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a story needs a customer")
    return number


def timeline(report: Report) -> str:
    """The seconds of each step: of the one customer, or the fastest, the median and the slowest of many."""
    steps = list(dict.fromkeys(name for one in report.customers for name in one.times))
    lines = [f"{'seconds':>30}" if len(report.customers) == 1 else f"{'first':>30} {'median':>8} {'last':>8}"]
    for name in steps:
        times = sorted(one.times[name] for one in report.customers if name in one.times)
        chosen = times[:1] if len(report.customers) == 1 else (times[0], times[len(times) // 2], times[-1])
        lines.append(f"  {name:<20}" + "".join(f"{value:>8.2f} " for value in chosen))
    for one in report.customers:
        calls = report.register_calls.get(one.phone_number_id, 0)
        if one.state != "LIVE" or calls != 1:
            lines.append(
                f"  {one.name}: {one.state}, {calls} register calls; waits for: {one.problem or '-'}"
            )
    live, total = sum(one.state == "LIVE" for one in report.customers), sum(report.register_calls.values())
    lines.append(f"{live} of {len(report.customers)} LIVE in {report.seconds:.1f} s; register calls: {total}")
    lines.append(f"({report.stack_seconds:.1f} s before that to start everything)")
    return "\n".join(lines)
