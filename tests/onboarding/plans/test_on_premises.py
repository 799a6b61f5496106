"""From the On-Premises client to the Cloud API, against a simulator that has both."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from onboarding.models import OnPremisesClient, PlanBackup
from onboarding.plans.moving import checks, clients
from onboarding.plans.moving.backups import upload_backup
from onboarding.plans.refusals import LineClosed
from portal.graph.onprem import OnPremises
from portal.graph.secret import Secret
from portal.graph.transport import HttpTransport
from portal.kernel import clock
from tenants.services import accept_terms
from tests.conftest import NOW, Tenant
from tests.factories.plans import PlanLineFactory
from tests.onboarding.plans.onprem import HOUR, REGISTER, Move, on_premises, store_client
from tests.onboarding.stage import Stage


@pytest.fixture(autouse=True)
def clients_here(settings: Settings) -> None:
    settings.ON_PREMISES_ALLOWED_NETWORKS = ["127.0.0.0/8"]


def backups(move: Move, position: int = 1) -> list[PlanBackup]:
    line = move.line(position)
    with move.stage.tenant.scope():
        return list(PlanBackup.objects.filter(line=line))


def upload(move: Move, data: str, password: str) -> None:
    move.do(upload_backup, position=1, data=Secret(data), password=Secret(password))


def taken_by_hand(move: Move) -> tuple[str, str]:
    """What the customer's people get when they ask their client for a backup."""
    transport = HttpTransport()
    client = OnPremises(
        base_url=f"{move.stage.meta.url}/onprem/{move.phone_number_ids[0]}",
        username="admin",
        password=Secret("secret"),
        transport=transport,
    )
    try:
        return client.backup(password=Secret("choose-one")).reveal(), "choose-one"
    finally:
        transport.close()


def test_a_number_moves_on_its_day_and_everybody_can_read_how(stage: Stage) -> None:
    move = on_premises(stage, told=())
    move.until("pin_needed")
    move.enter_pin()
    move.until("test_number_to_confirm")
    move.confirm("test_number")
    move.until("media_to_confirm")
    move.confirm("media")
    move.is_ready()
    assert move.plan().state == "SCHEDULED"
    assert not move.registrations()
    assert {key: check.result for key, check in move.checks().items()} == {
        "terms": "OK",
        "webhook": "OK",
        "locked": "OK",
        "subscribed": "OK",
        "name": "OK",
        "payment": "OK",
        "pin": "OK",
        "register_budget": "OK",
        "token": "OK",
        "templates": "OK",
        "test_number": "OK",
        "platform": "OK",
        "client": "OK",
        "backup": "OK",
        "media": "OK",
    }
    assert move.checks()["client"].evidence == {"gateway_status": "connected"}
    assert move.checks()["media"].checked_by == "anna@nuvola.example"

    stage.move_clock(HOUR)
    move.until("first_message")
    assert (move.plan().state, move.line().state) == ("IN_PROGRESS", "MOVING")
    move.arrives()
    line, plan = move.line(), move.plan()
    assert plan.state == "COMPLETED"
    assert plan.started_at
    assert plan.ended_at
    assert line.passed_no_return_at
    assert len(move.registrations()) == 1

    (report,) = move.reports()
    assert report.proven
    assert [check["key"] for check in report.facts["checks"] if check["ok"]] == [
        "platform",
        "status",
        "subscribed_apps",
        "callbacks",
        "inbound",
        "outbound",
        "client",
    ]
    assert line.downtime_started_at
    assert line.downtime_ended_at
    assert line.downtime_started_at < line.downtime_ended_at < line.moved_at
    measured = (line.downtime_ended_at - line.downtime_started_at).total_seconds()
    assert report.facts["downtime_seconds"] == round(measured)
    (backup,) = backups(move)
    assert (backup.source, backup.data, backup.password) == ("CLIENT", None, None)
    assert backup.used_at
    assert backup.wiped_at
    with stage.tenant.scope():
        assert OnPremisesClient.objects.get(line=line).password is None
        with pytest.raises(LineClosed):
            store_client(stage, line, move.phone_number_ids[0])
    with pytest.raises(LineClosed):
        move.confirm("media")


def test_a_wrong_pin_stops_at_once_and_warns_that_the_number_may_be_offline(stage: Stage) -> None:
    move = on_premises(stage, pin="314159")
    move.is_ready()
    stage.move_clock(HOUR)
    move.until("onprem_wrong_pin")
    need = move.journey().next_action
    assert need is not None
    assert (need.owner, need.code) == ("STAFF", 133005)
    assert "offline" in str(need.title)
    asked_at = move.line().downtime_started_at
    assert asked_at
    assert move.line().downtime_ended_at is None
    stage.move_clock(timedelta(hours=5))
    stage.drain()
    assert len(move.registrations()) == 1, "nobody guesses"

    move.enter_pin("314159")
    move.arrives()
    line = move.line()
    assert line.downtime_started_at == asked_at
    assert line.downtime_ended_at
    assert line.downtime_ended_at - asked_at >= timedelta(hours=5)
    assert move.reports()[0].facts["downtime_seconds"] >= 5 * 3600


def test_a_registration_whose_answer_is_lost_is_looked_up_and_not_repeated(stage: Stage) -> None:
    stage.meta.fault(REGISTER, "cut_after", method="POST")
    move = on_premises(stage)
    move.is_ready()
    stage.move_clock(HOUR)
    move.until("settling")
    stage.move_clock(timedelta(seconds=61))
    move.arrives()
    assert len(move.registrations()) == 1
    line = move.line()
    assert line.downtime_started_at
    assert line.downtime_ended_at
    assert line.downtime_ended_at - line.downtime_started_at >= timedelta(seconds=60), "as long as unseen"


def test_a_backup_that_meta_refuses_is_wiped_and_another_one_moves_the_number(stage: Stage) -> None:
    move = on_premises(stage, client=False)
    move.until("client_unknown")
    upload(move, "bm90LWEtYmFja3Vw", "wrong")
    move.is_ready()
    stage.move_clock(HOUR)
    move.until("backup_refused")
    (refused,) = backups(move)
    assert refused.refused_at
    stage.drain()
    assert backups(move)[0].data is None
    assert move.line().downtime_started_at is None, "Meta refused before anything changed"

    move.retry()
    move.until("backup_missing")
    upload(move, *taken_by_hand(move))
    move.until("client_to_shut_down")
    move.confirm("client_shutdown")
    move.arrives()
    assert [call.get("code") for call in move.registrations()] == [131009, None]
    assert {backup.data for backup in backups(move)} == {None}


def test_terms_that_meta_misses_are_one_task_and_stop_the_other_numbers(stage: Stage) -> None:
    world = stage.tenant.world
    moves = [on_premises(stage), on_premises(stage)]
    for move in moves:
        move.is_ready()
    stage.meta.ask("terms", {"app_id": world.app.app_id, "accepted": False})
    stage.move_clock(HOUR)
    for move in moves:
        move.until("accept_terms")
    assert sum(len(move.registrations()) for move in moves) == 1, "one refusal is enough"
    stage.meta.ask("terms", {"app_id": world.app.app_id, "accepted": True})
    with stage.tenant.scope():
        accept_terms(
            partner_id=stage.tenant.partner_id, accepted_by="Anna", version="2", now=clock.now(), by="anna"
        )
    stage.move_clock(timedelta(seconds=31))
    for move in moves:
        move.arrives()


@pytest.mark.parametrize(
    ("password", "allowed", "reason"),
    [("not-this", ["127.0.0.0/8"], "client_password"), ("secret", [], "client_unknown")],
)
def test_a_client_that_cannot_be_asked_holds_the_number_before_its_day(
    stage: Stage, settings: Settings, password: str, allowed: list[str], reason: str
) -> None:
    move = on_premises(stage)
    with stage.tenant.scope():
        store_client(stage, move.line(), move.phone_number_ids[0], password)
    settings.ON_PREMISES_ALLOWED_NETWORKS = allowed
    move.until(reason)
    assert move.checks()["client"].result == "FAIL"
    stage.move_clock(HOUR)
    stage.drain()
    assert move.waits_for() == reason
    assert move.line().state == "PENDING"


def test_an_unused_backup_is_wiped_when_its_time_is_over(stage: Stage) -> None:
    move = on_premises(stage, client=False, planned_start_at=None)
    upload(move, *taken_by_hand(move))
    stage.move_clock(timedelta(days=6, hours=23))
    stage.drain()
    assert backups(move)[0].data
    stage.move_clock(timedelta(hours=2))
    stage.drain()
    (backup,) = backups(move)
    assert (backup.data, backup.password) == (None, None)
    assert backup.sha256


def test_a_person_may_not_confirm_what_meta_tells(stage: Stage) -> None:
    move = on_premises(stage, told=())
    move.until("pin_needed")
    with pytest.raises(checks.NotToConfirm):
        move.confirm("pin")
    with pytest.raises(checks.CheckUnknown):
        move.confirm("no_such_check")
    with pytest.raises(checks.NoteMissing):
        move.do(checks.confirm_check, position=1, key="media", note=" ")


@pytest.mark.parametrize(
    "address",
    ["http://10.0.0.7:9090", "https://10.0.0.7", "https://u:x@wa.example", "ftp://wa.example", ""],
)
def test_an_address_that_leads_inside_is_not_stored(tenant: Tenant, address: str) -> None:
    with tenant.scope():
        line = PlanLineFactory()
        with pytest.raises(clients.BadAddress):
            clients.store_client(
                line=line, base_url=address, username="admin", password=Secret("x"), now=NOW, by="anna"
            )
