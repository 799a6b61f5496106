"""The benches measure something that works, compare it, and never call work that failed fast."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portal.bench import load, run
from portal.bench.figures import BenchError, Figure, line
from portal.programs import CHECKOUT

# The others start programs, as tests of their own do.
BENCHES = {"inbound", "waves", "claims", "lists"}


class _Server(BaseHTTPRequestHandler):
    """Answers what the path says."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(int(self.path.strip("/")))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Threads(ThreadingHTTPServer):
    request_queue_size = load.CONNECTIONS
    block_on_close = False


@pytest.fixture
def port() -> Iterator[int]:
    with _Threads(("127.0.0.1", 0), _Server) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_every_request_is_answered_once_at_the_pace_that_was_asked_for(port: int) -> None:
    result = load.send(port, [load.request("/200", b"{}")] * 60, per_second=300)
    assert (len(result.latencies), result.statuses) == (60, {200: 60})
    # The last one falls due after 59 gaps, so a client in time can not be done before.
    assert result.seconds >= 59 / 300
    assert result.p(0.5) <= result.p(0.99)


def test_refusals_are_no_speed(port: int) -> None:
    requests = [load.request("/200", b"{}"), load.request("/503", b"{}")]
    with pytest.raises(BenchError, match="503"):
        load.send(port, requests)


def test_a_figure_shows_its_ratio_and_what_it_is_compared_with() -> None:
    figure = Figure(bench="lists", name="desk", value=46, unit="queries", baseline=23, against="100 rows")
    assert figure.document()["ratio"] == 2
    assert "2.00  100 rows (23)" in line(figure)


def test_an_unknown_bench_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.main(["inbuond"])
    assert "there is no bench inbuond" in capsys.readouterr().err


@pytest.mark.races
def test_the_benches_run_and_no_list_asks_more_for_more_rows() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "portal.bench.run", "--quick", "--json", *BENCHES],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert {figure["bench"] for figure in figures} == BENCHES
    assert all(figure["value"] > 0 for figure in figures)
    counted = {figure["name"]: figure["ratio"] for figure in figures if figure["unit"] == "queries"}
    assert counted
    assert {name: ratio for name, ratio in counted.items() if ratio > 1} == {}
