from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from portal.graph.errors import NotSent, Outcome, OutcomeUnknown
from portal.graph.transport import MAX_ANSWER_BYTES

CHANGING = ["POST", "PUT", "DELETE", "GET"]


async def drip(request):
    """One byte after another, for ever, so that no read time-out strikes."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.02)


async def hang(_request):
    await asyncio.Event().wait()


async def drop(request):
    request.transport.abort()
    return web.Response()


async def cut(request):
    """Half of an answer that announced to be whole."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"success": tr')
    request.transport.abort()
    return response


@pytest.mark.parametrize("handler", [drip, hang])
def test_a_call_ends_at_its_wall_clock_limit(server, graph_for, handler):
    server.handler = handler
    with pytest.raises(OutcomeUnknown, match="TimeoutError"):
        graph_for(timeout=0.3).request("POST", "/x")
    assert server.gone.wait(10), "the connection stays open"


@pytest.mark.parametrize("handler", [drop, cut])
@pytest.mark.parametrize("method", CHANGING)
@pytest.mark.parametrize("warm", [True, False], ids=["kept connection", "new connection"])
def test_a_dropped_connection_leaves_the_outcome_unknown_and_nothing_is_sent_again(
    server, graph_for, handler, method, warm
):
    if warm:
        graph_for().request("GET", "/warm")
    server.arrivals.clear()
    server.handler = handler
    with pytest.raises(OutcomeUnknown) as caught:
        graph_for().request(method, "/x")
    assert caught.value.outcome is Outcome.UNKNOWN
    assert len(server.arrivals) == 1


def test_an_answer_is_read_up_to_one_megabyte(server, graph_for):
    fits = b'{"a": "' + b"x" * (MAX_ANSWER_BYTES - 9) + b'"}'

    async def answer(request):
        return web.Response(body=fits + b" " * int(request.query["more"]))

    server.handler = answer
    assert graph_for().request("GET", "/x", query={"more": 0}).status == 200
    with pytest.raises(OutcomeUnknown, match="AnswerTooLarge"):
        graph_for().request("GET", "/x", query={"more": 1})


def test_a_compressed_answer_is_measured_unpacked(server, graph_for):
    async def bomb(_request):
        response = web.Response(body=b" " * 20 * MAX_ANSWER_BYTES)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    server.handler = bomb
    with pytest.raises(OutcomeUnknown):
        graph_for().request("GET", "/x")


def test_an_endless_answer_is_given_up(server, graph_for):
    async def flood(request):
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 65536)

    server.handler = flood
    with pytest.raises(OutcomeUnknown, match="AnswerTooLarge"):
        graph_for().request("GET", "/x")
    assert server.gone.wait(10)


def test_redirects_are_not_followed(server, graph_for):
    async def elsewhere(_request):
        raise web.HTTPFound("/elsewhere")

    server.handler = elsewhere
    with pytest.raises(OutcomeUnknown) as caught:
        graph_for().request("POST", "/x")
    assert caught.value.http_status == 302
    assert [arrival.path for arrival in server.arrivals] == ["/v26.0/x"]


def test_cookies_are_not_kept(server, graph_for):
    async def cookie(_request):
        response = web.json_response({})
        response.set_cookie("tenant", "one")
        return response

    server.handler = cookie
    graph = graph_for(base_url=f"http://localhost:{server.port}")  # a jar takes none from a bare address
    graph.request("GET", "/x")
    graph.request("GET", "/x")
    assert "cookie" not in server.arrivals[1].headers


def test_proxies_of_the_environment_are_ignored(server, graph_for, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert graph_for().request("GET", "/x").status == 200


def test_connections_are_reused(server, graph_for):
    for _ in range(5):
        graph_for().request("POST", "/x", body={})
    assert len({arrival.peer for arrival in server.arrivals}) == 1


@pytest.mark.parametrize(
    "base_url",
    ["http://127.0.0.1:1", "http://name.invalid", "https://127.0.0.1:{port}", "not a url", "ftp://127.0.0.1"],
    ids=["refused", "unknown name", "no TLS", "no URL", "no HTTP"],
)
def test_what_never_left_is_certainly_not_done(server, graph_for, base_url):
    with pytest.raises(NotSent) as caught:
        graph_for(base_url=base_url.format(port=server.port)).request("POST", "/x")
    assert caught.value.outcome is Outcome.NOT_DONE
    assert caught.value.retry == "yes"
    assert server.arrivals == []


def test_a_connection_that_is_never_accepted_is_certainly_not_done(graph_for, monkeypatch):
    async def never(*_args, **_kwargs):
        await asyncio.Event().wait()

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_connection", never)
    with pytest.raises(NotSent, match="TimeoutError"):
        graph_for(timeout=0.2, base_url="http://127.0.0.1:1").request("POST", "/x")


def test_many_threads_share_the_session(server, graph_for):
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(graph_for().request("GET", "/x").status))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [200] * 20


def test_an_interrupted_caller_ends_its_call(server, graph_for, monkeypatch):
    server.handler = hang
    records = []

    class Interrupt(BaseException):
        pass

    def interrupted(_future, _timeout=None):
        assert server.arrived.wait(10)
        raise Interrupt

    monkeypatch.setattr("concurrent.futures.Future.result", interrupted)
    with pytest.raises(Interrupt):
        graph_for(on_call=records.append).request("POST", "/x")
    monkeypatch.undo()
    assert server.gone.wait(10), "the call goes on with nobody waiting for it"
    assert [record.error for record in records] == ["OutcomeUnknown:Interrupt"]


FORKING = """
import os, sys
from portal.graph.client import Graph

graph = Graph(base_url=sys.argv[1], version="v26.0", token=None)
graph.request("GET", "/parent-before")
child = os.fork()
graph.request("GET", "/child" if child == 0 else "/parent-beside")
if child == 0:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
graph.request("GET", "/parent-after")
"""


def test_a_fork_has_a_session_of_its_own_and_leaves_the_parents_alone(server):
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKING, server.url],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    peers = {arrival.path.removeprefix("/v26.0/"): arrival.peer for arrival in server.arrivals}
    assert len(server.arrivals) == 4
    assert peers.keys() == {"parent-before", "parent-beside", "parent-after", "child"}
    assert peers["child"] not in [peers[path] for path in peers if path != "child"]
