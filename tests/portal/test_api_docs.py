"""docs/api.md is true: each of its curl examples runs against a live server and answers as it shows."""

from __future__ import annotations

import json
import re
import shlex
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_django.live_server_helper import LiveServer

from onboarding import services
from onboarding.services import Refused
from tests.architecture.test_routes import make_rows
from tests.conftest import Tenant
from tests.portal.api_client import make_api

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
# Refusals of what the API does not offer, or of what its fields already refuse.
ONLY_FOR_STAFF = {"bad_pin", "bad_code", "bad_code_request", "number_unknown"}
EXAMPLE = re.compile(r"```sh\n(curl .*?)\n```\n\n```json (\d+)\n(.*?)\n```", re.DOTALL)


@dataclass(frozen=True)
class Curl:
    """What a curl command line would send."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None

    @classmethod
    def parsed(cls, command: str, values: dict[str, str]) -> Curl:
        for name, value in values.items():
            command = command.replace(f"'${name}'", value).replace(f"${name}", value)
        words = iter(shlex.split(command.replace("\\\n", " "))[1:])
        method, url, headers, body = "GET", "", {}, None
        for word in words:
            if word == "-X":
                method = next(words)
            elif word == "-H":
                name, _colon, value = next(words).partition(": ")
                headers[name] = value
            elif word == "-d":
                method, body = "POST", next(words).encode()
            else:
                url = word
        return cls(method, url, headers, body)

    def run(self) -> tuple[int, Any]:
        request = urllib.request.Request(self.url, self.body, self.headers, method=self.method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)


def fits(shown: Any, got: Any) -> bool:
    """Whether an answer has all that the page shows: the same names, and words of the same kind."""
    if isinstance(shown, dict):
        return isinstance(got, dict) and all(key in got and fits(shown[key], got[key]) for key in shown)
    if isinstance(shown, list):
        return isinstance(got, list) and all(fits(one, got[0]) for one in shown if got)
    if isinstance(shown, str) and re.fullmatch(r"[A-Z_]+|[a-z_]+", shown):
        return bool(shown == got)
    return isinstance(got, type(shown))


def test_every_example_of_the_page_answers_as_shown(live_server: LiveServer, tenant: Tenant) -> None:
    rows = make_rows(tenant).ids
    values = {
        "PORTAL": live_server.url,
        "KEY": make_api(tenant).key,
        "CUSTOMER": rows["customer"],
        "ONBOARDING": rows["onboarding"],
        "PHONE_NUMBER": rows["phone_number"],
        "OWN_NUMBER": rows["free_number"],
        "OWN_ONBOARDING": rows["own_number"],
        "PLAN": rows["plan"],
    }
    examples = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(examples) >= 10
    for command, status, shown in examples:
        curl = Curl.parsed(command, dict(sorted(values.items(), reverse=True)))
        got_status, got = curl.run()
        assert got_status == int(status), (command, got)
        assert fits(json.loads(shown), got), (command, got)


def test_every_code_of_a_refusal_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    refusals = [one for one in Refused.__subclasses__() if one.__module__ == services.__name__]
    said = {refusal.code for refusal in refusals} - ONLY_FOR_STAFF
    for code in said | {"internal_error", "unavailable", "not_found"}:
        assert f"`{code}`" in page, code
