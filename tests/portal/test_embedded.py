"""The embedded servers: real roles, no leftovers, nobody else's processes touched."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from portal.embedded import EmbeddedError, Home, binaries, owned, running, start_servers
from portal.embedded.orphans import started_at, stop_orphans
from portal.stack import as_owner

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def home() -> Iterator[Home]:
    """A folder that nobody may pass, as pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
    folder.chmod(0o711)
    yield Home(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
    folder.chmod(0o711)
    with running(Home(folder), fsync=False) as (_, environment):
        yield environment
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("variable", "role"),
    [
        ("DATABASE_URL", "portal_app"),
        ("WORKER_DATABASE_URL", "portal_worker"),
        ("INTAKE_DATABASE_URL", "portal_intake"),
        ("STAFF_DATABASE_URL", "portal_staff_ro"),
        ("MIGRATOR_DATABASE_URL", "portal_migrator"),
    ],
)
def test_each_address_is_of_a_role_that_row_security_binds(
    servers: dict[str, str], variable: str, role: str
) -> None:
    with psycopg.connect(servers[variable]) as connection:
        found = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname = current_user"
        ).fetchone()
    assert found == (role, False, False, False, False)


def test_a_role_needs_its_own_password(servers: dict[str, str]) -> None:
    borrowed = servers["DATABASE_URL"].replace("portal_app", "portal_migrator")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(borrowed)


@pytest.mark.parametrize("variable", ["DATABASE_URL", "WORKER_DATABASE_URL", "INTAKE_DATABASE_URL"])
def test_programs_neither_own_nor_create(servers: dict[str, str], variable: str) -> None:
    with psycopg.connect(servers[variable], autocommit=True) as connection:
        for statement in ("CREATE TABLE mine (id int)", "SET ROLE portal_owner", "SET ROLE portal_migrator"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_queue_role_is_taken_on_and_never_inherited(servers: dict[str, str]) -> None:
    with _owner(servers) as owner:
        owner.execute("CREATE TABLE doorbell (id int); GRANT SELECT ON doorbell TO portal_queue")
    with psycopg.connect(servers["DATABASE_URL"]) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM doorbell")
        connection.rollback()
        connection.execute("SET LOCAL ROLE portal_queue")
        assert connection.execute("SELECT count(*) FROM doorbell").fetchone() == (0,)


def test_staff_read_only_role_writes_nothing(servers: dict[str, str]) -> None:
    with psycopg.connect(servers["STAFF_DATABASE_URL"]) as connection:
        assert connection.execute("SHOW transaction_read_only").fetchone() == ("on",)


def test_order_does_not_depend_on_the_machine(servers: dict[str, str]) -> None:
    with psycopg.connect(servers["ADMIN_DATABASE_URL"]) as connection:
        found = connection.execute(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database"
            " WHERE datname = current_database()"
        ).fetchone()
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
    assert found == ("b", "C.UTF-8", "UTF8")


def test_valkey_answers_and_never_drops_a_doorbell_for_room(servers: dict[str, str]) -> None:
    client = redis.from_url(servers["REDIS_URL"])
    assert client.ping()
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    client.close()


def test_no_server_listens_on_a_port(servers: dict[str, str]) -> None:
    with psycopg.connect(servers["ADMIN_DATABASE_URL"]) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_data_and_keys_outlive_a_stop(home: Home) -> None:
    with running(home) as (_, first), _owner(first) as owner:
        assert owner.execute("SHOW fsync").fetchone() == ("on",)
        owner.execute("CREATE TABLE kept (id int)")
    with running(home) as (_, second), _owner(second) as owner:
        assert owner.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    assert second["SECRET_KEYS"] == first["SECRET_KEYS"]
    assert stat.S_IMODE((home.root / "credentials.json").stat().st_mode) == 0o600


def test_reset_forgets_data_and_keys(home: Home) -> None:
    with running(home, fsync=False) as (_, first):
        pass
    with running(home, fsync=False, reset=True) as (_, second):
        assert second["SECRET_KEY"] != first["SECRET_KEY"]


def test_lost_passwords_are_explained(home: Home) -> None:
    with running(home, fsync=False):
        pass
    (home.root / "credentials.json").unlink()
    with pytest.raises(EmbeddedError, match="--reset"), running(home, fsync=False):
        pass


def test_one_home_has_one_owner(home: Home) -> None:
    with owned(home), pytest.raises(EmbeddedError, match="PORTAL_HOME"), owned(home):
        pass


def test_a_killed_run_is_cleaned_up_by_the_next(home: Home) -> None:
    supervisor = _supervisor(home)
    record = json.loads(home.run_record.read_text())
    supervisor.kill()
    supervisor.wait()
    with running(home, fsync=False) as (processes, environment):
        assert not Path(record["socket_dir"]).exists()
        assert {process["name"] for process in record["processes"]} == {"postgres", "valkey"}
        ours = {child.pid for child in processes.children}
        left = [process for process in record["processes"] if process["pid"] not in ours]
        assert not [process for process in left if started_at(process["pid"]) == process["started"]]
        with psycopg.connect(environment["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_committed_data_outlive_a_crash_of_everything_at_once(home: Home) -> None:
    supervisor = _supervisor(home)
    record = json.loads(home.run_record.read_text())
    address = (
        f"host={record['socket_dir']} user=postgres dbname=portal password={home.credentials()['postgres']}"
    )
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    for pid in (supervisor.pid, *(process["pid"] for process in record["processes"])):
        os.kill(pid, signal.SIGKILL)
    supervisor.wait()
    with (
        running(home, fsync=False) as (_, environment),
        psycopg.connect(environment["ADMIN_DATABASE_URL"]) as again,
    ):
        assert again.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_sigterm_stops_both_servers_and_leaves_no_trace(home: Home) -> None:
    supervisor = _supervisor(home)
    record = json.loads(home.run_record.read_text())
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(30) == 0
    assert not home.run_record.exists()
    assert not Path(record["socket_dir"]).exists()
    assert not (home.postgres / "postmaster.pid").exists()


def test_an_orphan_is_stopped_but_not_a_stranger_with_its_number(home: Home) -> None:
    home.prepare()
    sleepers = [subprocess.Popen(["sleep", "600"], process_group=0) for _ in range(2)]
    orphan, stranger = (
        {"name": "postgres", "pid": one.pid, "started": started_at(one.pid), "stop_signals": [signal.SIGTERM]}
        for one in sleepers
    )
    stranger["started"] = "another life"
    home.run_record.write_text(json.dumps({"socket_dir": None, "processes": [orphan, stranger]}))
    try:
        assert stop_orphans(home, grace=10) == ["postgres"]
        assert sleepers[0].wait(10) == -signal.SIGTERM
        assert sleepers[1].poll() is None
    finally:
        for one in sleepers:
            one.kill()
            one.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="finds them by /proc")
def test_what_a_dead_leader_forked_is_ended_only_if_it_is_ours(home: Home) -> None:
    home.prepare()
    leader = "import subprocess, os; print(subprocess.Popen(['sleep', '600']).pid, flush=True)"
    forked = []
    for environment in ({"PORTAL_HOME": str(home.root)}, {"PORTAL_HOME": "somebody else's"}):
        command = [sys.executable, "-c", leader]
        with subprocess.Popen(command, process_group=0, env=environment, stdout=subprocess.PIPE) as dead:
            assert dead.stdout is not None
            forked.append((dead.pid, int(dead.stdout.readline())))
    record = [
        {"name": "web", "pid": pid, "started": "before", "stop_signals": [signal.SIGTERM]}
        for pid, _ in forked
    ]
    home.run_record.write_text(json.dumps({"socket_dir": None, "processes": record}))
    (_, ours), (_, theirs) = forked
    try:
        stop_orphans(home, grace=10)
        assert started_at(theirs) is not None
        while started_at(ours) is not None:
            os.sched_yield()
    finally:
        os.kill(theirs, signal.SIGKILL)


def test_a_folder_of_other_files_is_never_taken_for_a_home(home: Home) -> None:
    thesis = home.root / "thesis.txt"
    thesis.write_text("three years")
    with pytest.raises(EmbeddedError, match="holds other files"), owned(home, reset=True):
        pass
    assert [entry.name for entry in home.root.iterdir()] == ["thesis.txt"]


def test_a_cluster_half_made_is_made_again(home: Home) -> None:
    home.prepare()
    (home.root / "making" / "cluster").mkdir(parents=True)
    with running(home, fsync=False) as (_, environment), psycopg.connect(environment["DATABASE_URL"]):
        assert not (home.root / "making").exists()


def test_a_server_that_can_not_start_shows_its_last_words(home: Home) -> None:
    with running(home, fsync=False):
        pass
    (home.postgres / "postgresql.conf").write_text("port = nonsense\n")
    with pytest.raises(EmbeddedError, match="invalid value for parameter"), running(home, fsync=False):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as somebody else")
def test_root_below_a_private_folder_runs_copies(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    really = binaries.reachable_by_all
    monkeypatch.setattr(
        binaries, "reachable_by_all", lambda path: really(path) and path.is_relative_to(home.root)
    )
    with owned(home) as processes:
        environment = start_servers(processes, fsync=False)
        with psycopg.connect(environment["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        found = binaries.find_binaries(home)
    assert found.postgres.is_relative_to(home.root)
    assert found.valkey.is_relative_to(home.root)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as somebody else")
def test_root_is_told_when_nobody_can_not_pass(home: Home) -> None:
    home.root.chmod(0o700)
    with pytest.raises(EmbeddedError, match="user nobody may not enter"), running(home, fsync=False):
        pass


def _owner(environment: dict[str, str]) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(as_owner(environment["MIGRATOR_DATABASE_URL"]))


def _supervisor(home: Home) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "portal.embedded", "--home", str(home.root), "--no-fsync"]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("export SANDBOX_TOKEN="):
            break
    process.stdout.close()
    return process
