"""The overview: what will expire, what waits for us, what broke, what is missing."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.kernel import clock
from tests.conftest import Tenant
from tests.factories import queue
from tests.factories.desk import read, sign_in
from tests.factories.journeys import Journey


@pytest.fixture
def urgent(tenant: Tenant) -> Journey:
    with tenant.scope():
        return queue.fill(tenant.world, now=clock.now())


def test_the_overview_answers_the_three_questions(tenant: Tenant, urgent: Journey) -> None:
    page = read(sign_in(tenant), "/admin/")
    tiles = re.findall(r'<span class="desk-count">(\d+)</span>', page)
    assert tiles == ["1", "1", "1", "2"]
    for words in ("Panificio Aurora", "Our move", "calls refused by Meta", "registration windows over"):
        assert words in page, words
    assert "business_management" in page[page.index("Resources at Meta") :]


def test_the_overview_asks_as_often_for_many_as_for_few(tenant: Tenant) -> None:
    client = sign_in(tenant)
    counts = []
    for wanted in (3, 30):
        with tenant.scope():
            queue.many(tenant.world, count=wanted, now=clock.now())
        read(client, "/admin/")
        with CaptureQueriesContext(connection) as asked:
            read(client, "/admin/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_an_empty_desk_says_so(tenant: Tenant) -> None:
    page = read(sign_in(tenant), "/admin/")
    assert "No number is waiting to be registered." in page
    assert "Nothing waits for us." in page
