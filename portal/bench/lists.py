"""The pages that people and integrators open all day, with few and with many onboardings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.test import Client
from django.urls import reverse

from portal.bench.estate import onboard
from portal.bench.figures import BenchError, Figure, median
from portal.bench.place import Place
from portal.programs import HOST
from tenants.models import User

FEW, MANY = 100, 2000
TIMES = 5
PAGE = 100


@dataclass(frozen=True)
class Seen:
    """What one page cost."""

    queries: int
    milliseconds: float


def measure(place: Place) -> Iterator[Figure]:
    """The number of queries must not grow with the number of rows."""
    few, many = place.some(FEW), place.some(MANY)
    pages = _pages(place)
    onboard(range(few))
    before = {name: _look(page) for name, page in pages.items()}
    onboard(range(few, many))
    place.execute("ANALYZE")
    after = {name: _look(page) for name, page in pages.items()}
    for name in pages:
        yield Figure(
            bench="lists",
            name=f"{name}, {many} onboardings",
            value=after[name].queries,
            unit="queries",
            baseline=before[name].queries,
            against=f"{few} onboardings",
            promise="not more",
        )
        yield Figure(
            bench="lists",
            name=f"{name}, {many} onboardings",
            value=after[name].milliseconds,
            unit="ms",
            baseline=before[name].milliseconds,
            against=f"{few} onboardings",
        )


def _pages(place: Place) -> dict[str, Callable[[], Any]]:
    seeded, client = place.stack.seeded, Client(SERVER_NAME=HOST)
    client.force_login(User.objects.get(email=seeded["staff"]["email"]))
    api = {"Authorization": f"Bearer {seeded['api_key']}"}
    queue = reverse("admin:onboarding_onboarding_changelist")
    return {
        "desk home": lambda: client.get(reverse("admin:index")),
        "desk queue": lambda: client.get(queue),
        "desk customers": lambda: client.get(reverse("admin:tenants_customer_changelist")),
        f"API onboardings, {PAGE} a page": lambda: client.get(
            "/api/v1/onboardings", {"limit": PAGE}, headers=api
        ),
        "customer page": lambda: client.get(urlsplit(seeded["customer_link"]).path),
    }


def _look(page: Callable[[], Any]) -> Seen:
    page()  # the first of a kind loads templates
    took, counted = [], 0
    for _time in range(TIMES):
        begun = time.perf_counter()
        with _counting() as seen:
            answer = page()
        took.append((time.perf_counter() - begun) * 1000)
        counted = len(seen)
        if answer.status_code != 200:
            raise BenchError(f"{answer.request['PATH_INFO']} answered {answer.status_code}")
    return Seen(counted, median(took))


@contextmanager
def _counting() -> Iterator[list[str]]:
    statements: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        yield statements
