"""A worker killed at each point around a register call: one registration, none lost, none twice."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from onboarding.models import Onboarding
from portal.graph import phone_number
from portal.kernel import clock
from portal.kernel.models import GraphCall
from portal.kernel.secrets import open_sealed
from tenants import credentials
from tenants.models import BusinessToken, PhoneNumber
from tests.onboarding.stage import Invited, Stage
from tests.onboarding.test_register import REGISTER, at_the_gate
from tests.races.crashing_worker import DIED

ROOT = Path(__file__).parents[2]
POINTS = ("before the intent", "after the intent", "after Meta acted", "before the result is stored")

pytestmark = pytest.mark.races


def run_worker(point: str) -> int:
    """The worker as a process of its own, on this test's database and simulator."""
    url, _slash, _name = os.environ["DATABASE_URL"].partition("?")[0].rpartition("/")
    query = os.environ["DATABASE_URL"].partition("?")[2]
    name = os.environ["TEST_DATABASE_NAME"]
    environment = os.environ | {
        "DATABASE_URL": f"{url}/{name}" + (f"?{query}" if query else ""),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "GRAPH_BASE_URL": settings.GRAPH_BASE_URL,
        "INTAKE_PUBLIC_URL": settings.INTAKE_PUBLIC_URL,
        "SANDBOX": "true",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.races.crashing_worker", point],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, DIED), done.stderr[-3000:]
    return done.returncode


def lease_runs_out(customer: Invited) -> None:
    """What two minutes do to the lease of a dead worker."""
    with customer.stage.tenant.scope():
        row = Onboarding.objects.filter(pk=customer.onboarding.pk)
        assert row.get().leased_until is not None
        row.update(leased_until=None)


def ready(stage: Stage) -> Invited:
    """A journey whose next turn calls register."""
    from onboarding import services
    from tenants.services import accept_terms

    customer = at_the_gate(stage)
    with stage.tenant.scope():
        accept_terms(
            partner_id=stage.tenant.partner_id, accepted_by="Anna", version="1", now=clock.now(), by="anna"
        )
        services.retry(onboarding=customer.onboarding, now=clock.now(), by="anna")
    return customer


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_around_register_leaves_exactly_one_registration(stage: Stage, point: str) -> None:
    customer = ready(stage)
    assert run_worker(point) == DIED
    acted = point in ("after Meta acted", "before the result is stored")
    assert len(stage.meta.calls(REGISTER, id=customer.phone_number_id)) == acted

    stage.drain()
    assert customer.state == "SIGNED_UP", "the lease of the dead worker still holds"
    lease_runs_out(customer)
    stage.drain()
    if point != "before the intent":
        assert customer.waits_for == "settling"
        assert len(stage.meta.calls(REGISTER, id=customer.phone_number_id)) == acted
        stage.move_clock(timedelta(seconds=61))
    stage.until(lambda: customer.waits_for == "first_message")

    assert customer.state == "REGISTERED"
    assert len(stage.meta.calls(REGISTER, id=customer.phone_number_id)) == 1
    with stage.tenant.scope():
        outcomes = list(
            GraphCall.objects.filter(operation="register")
            .order_by("started_at")
            .values_list("outcome", flat=True)
        )
    assert outcomes == {
        "before the intent": ["DEFINITE"],
        "after the intent": ["UNKNOWN", "DEFINITE"],
    }.get(point, ["UNKNOWN"])
    assert_pin_is_metas(customer)


def assert_pin_is_metas(customer: Invited) -> None:
    """The PIN we keep is the one that Meta knows: it opens a second registration."""
    with customer.stage.tenant.scope():
        number = PhoneNumber.objects.get()
        pin = open_sealed(row=number, column="pin")
        assert number.pending_pin is None
        graph = credentials.customer_graph(BusinessToken.objects.select_related("app").get())
    phone_number.register(graph, phone_number_id=number.phone_number_id, pin=pin)


def test_a_second_worker_does_not_take_a_journey_that_is_being_worked_on(stage: Stage) -> None:
    customer = ready(stage)
    assert run_worker("before the intent") == DIED
    assert run_worker("none") == 0
    assert not stage.meta.calls(REGISTER, id=customer.phone_number_id)
    lease_runs_out(customer)
    assert run_worker("none") == 0
    assert len(stage.meta.calls(REGISTER, id=customer.phone_number_id)) == 1
