"""The supervisor's small decisions: which lines are shown, which password goes where, which port is busy."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest

from portal import supervisor, testing
from portal.embedded import Home
from portal.embedded.home import default_home
from portal.programs import HOST, PROGRAMS, RESIDENT, Ports
from portal.stack import StackError, as_role, given_servers, refuse_busy, running_environment
from portal.supervisor import Tail, loud

URLS = {
    "DATABASE_URL": "app",
    "WORKER_DATABASE_URL": "worker",
    "INTAKE_DATABASE_URL": "intake",
    "MIGRATOR_DATABASE_URL": "migrator",
    "ADMIN_DATABASE_URL": "superuser",
}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{"level": "ERROR", "logger": "portal.work", "message": "boom"}', "ERROR portal.work: boom"),
        ('{"level": "INFO", "logger": "portal.graph", "message": "ERROR in a text"}', None),
        ("[WARNING] worker died", "[WARNING] worker died"),
        ("Traceback (most recent call last):", "Traceback (most recent call last):"),
        ("[INFO] Listening", None),
        ("SecurityWarning: superuser", None),
        ("null", None),
    ],
)
def test_only_warnings_and_worse_reach_the_terminal(line: str, shown: str | None) -> None:
    assert loud(line) == shown


def test_a_line_is_shown_once_and_only_when_whole(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("[ERROR] one\n[ERROR] tw")
    tail = Tail("web", log)
    assert list(tail.loud_lines()) == ["[ERROR] one"]
    with log.open("a") as file:
        file.write("o\n")
    assert list(tail.loud_lines()) == ["[ERROR] two"]
    tail.close()


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_a_program_holds_the_password_of_one_role(name: str) -> None:
    environment = as_role(URLS | {"SECRET_KEY": "key"}, PROGRAMS[name].database)
    addresses = {variable: value for variable, value in environment.items() if variable.endswith("_URL")}
    assert addresses == {"DATABASE_URL": URLS[PROGRAMS[name].database]}


def test_every_program_but_the_simulator_stays_for_good() -> None:
    assert set(PROGRAMS) - set(RESIDENT) == {"simulator"}


@pytest.mark.parametrize("name", ["web", "simulator", "intake"])
def test_a_busy_port_names_the_variable_to_set(name: str) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        free = Ports.free()
        busy = Ports(
            **{one: getattr(free, one) for one in Ports.variables()} | {name: taken.getsockname()[1]}
        )
        with pytest.raises(StackError, match=Ports.variables()[name]):
            refuse_busy(busy)


def test_servers_of_somebody_else_are_used_when_both_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*URLS, "REDIS_URL"):
        monkeypatch.delenv(variable, raising=False)
    assert given_servers() is None
    monkeypatch.setenv("DATABASE_URL", "postgres://one")
    assert given_servers() is None
    monkeypatch.setenv("REDIS_URL", "redis://two")
    monkeypatch.setenv("WORKER_DATABASE_URL", "postgres://three")
    assert given_servers() == {
        "DATABASE_URL": "postgres://one",
        "INTAKE_DATABASE_URL": "postgres://one",
        "MIGRATOR_DATABASE_URL": "postgres://one",
        "WORKER_DATABASE_URL": "postgres://three",
        "REDIS_URL": "redis://two",
    }


def test_reset_spares_servers_of_somebody_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://theirs")
    monkeypatch.setenv("REDIS_URL", "redis://theirs")
    with pytest.raises(SystemExit):
        supervisor.main(["--reset"])
    assert "wipes embedded servers only" in capsys.readouterr().err


def test_other_commands_join_the_stack_that_runs(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert running_environment(home) == {}
    (tmp_path / "environment.json").write_text(json.dumps({"SECRET_KEY": "key"}))
    assert running_environment(home) == {"SECRET_KEY": "key"}


def test_two_checkouts_have_two_homes(tmp_path: Path) -> None:
    assert default_home(tmp_path / "one") != default_home(tmp_path / "two")


def test_a_missing_browser_is_said_and_in_ci_required(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv("CI", raising=False)
    assert testing.browser_environment() == {}
    assert capsys.readouterr().out.count("\n") == 1
    monkeypatch.setenv("CI", "true")
    assert testing.browser_environment() == {"PORTAL_REQUIRE_BROWSER": "1"}


def test_a_browser_on_the_path_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name == "google-chrome" else None)
    assert testing.browser_environment() == {"CHROMIUM": "/bin/google-chrome"}
