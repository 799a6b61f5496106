from __future__ import annotations

import logging
import traceback
from urllib.parse import quote_plus

import msgspec
import pytest
from aiohttp import web

from portal.graph import oauth, phone_number, waba
from portal.graph.client import MAX_PAGES, CallRecord
from portal.graph.errors import GraphError, NotSent, OutcomeUnknown, TokenInvalid
from portal.graph.secret import Secret
from portal.graph.signature import appsecret_proof
from portal.graph.transport import Reply
from tests.graph.call import PHONE, SECRETS, WABA
from tests.graph.calls import CALLS
from tests.graph.canned import Canned, graph_over, sample

TOKEN, APP_SECRET = Secret("EAAc4narytoken"), Secret("c4narysecret")


def test_a_request_over_the_wire(server, graph_for):
    graph = graph_for(token=TOKEN, app_secret=APP_SECRET)
    answer = graph.request(
        "POST",
        "/{phone_number_id}/register",
        ids={"phone_number_id": PHONE},
        query={"q": "a b&c=d/+|%2B"},
        body={"pin": Secret("924613"), "backup": {"data": Secret("x")}, "name": "Caffè"},
    )
    [arrival] = server.arrivals
    assert (arrival.method, arrival.path) == ("POST", f"/v26.0/{PHONE}/register")
    assert arrival.headers["authorization"] == "Bearer EAAc4narytoken"
    assert arrival.headers["content-type"] == "application/json"
    assert arrival.headers["accept-encoding"]
    assert arrival.query == {
        "q": "a b&c=d/+|%2B",
        "appsecret_proof": appsecret_proof(TOKEN, APP_SECRET).reveal(),
    }
    assert "EAA" not in arrival.raw_path
    assert msgspec.json.decode(arrival.body) == {
        "pin": "924613",
        "backup": {"data": "x"},
        "name": "Caffè",
    }
    assert (answer.status, answer.json) == (200, {"success": True})
    assert answer.headers["content-type"].startswith("application/json")


def test_a_request_without_body_and_token(server, graph_for):
    graph_for(token=None, app_secret=APP_SECRET).request("GET", "/x")
    [arrival] = server.arrivals
    assert (arrival.body, arrival.query) == (b"", {})
    assert "authorization" not in arrival.headers
    assert "content-type" not in arrival.headers


def test_secrets_in_a_query_arrive_as_they_are(server, graph_for):
    query = {"client_id": 1, "client_secret": Secret("a|b+c"), "code": Secret("AQ%2F è#")}
    graph_for(base_url=server.url + "/").request("GET", "/oauth/access_token", query=query)
    assert server.arrivals[0].path == "/v26.0/oauth/access_token"
    assert server.arrivals[0].query == {"client_id": "1", "client_secret": "a|b+c", "code": "AQ%2F è#"}


@pytest.mark.parametrize("id_", ["", "12/../13", "12?x", "abc", " 1", "1\n", "١٢", "1" * 33, None, 12])
def test_an_id_is_digits_and_nothing_else(id_):
    transport = Canned(b"{}")
    with pytest.raises(ValueError, match="phone_number_id is not an id"):
        graph_over(transport).request("GET", "/{phone_number_id}", ids={"phone_number_id": id_})
    assert transport.sent == []


def test_a_missing_id_is_no_empty_one():
    with pytest.raises(ValueError, match="waba_id"):
        graph_over(Canned(b"{}")).request("GET", "/{waba_id}/x", ids={"phone_number_id": "1"})


@pytest.mark.parametrize("token", ["a b", "a\r\nX-Evil: 1", "é", ""])
def test_a_token_that_is_no_header_value_is_not_sent(token):
    transport = Canned(b"{}")
    with pytest.raises(ValueError, match="header"):
        graph_over(transport, token=Secret(token)).request("GET", "/x")
    assert transport.sent == []


@pytest.mark.parametrize("value", [True, None, 1.5, ["x"], {"a": 1}, object()])
def test_a_query_takes_texts_numbers_and_secrets_only(value):
    with pytest.raises(TypeError):
        graph_over(Canned(b"{}")).request("GET", "/x", query={"q": value})


def test_before_send_can_refuse():
    class InTransaction(Exception):
        pass

    def refuse():
        raise InTransaction

    transport, records = Canned(b"{}"), []
    with pytest.raises(InTransaction):
        graph_over(transport, before_send=refuse, on_call=records.append).request("POST", "/x")
    assert (transport.sent, records) == ([], [])


def test_before_send_comes_before_and_on_call_after():
    events = []

    class Noting(Canned):
        def send(self, outgoing):
            events.append("sent")
            return super().send(outgoing)

    graph_over(
        Noting(b"{}"),
        before_send=lambda: events.append("before"),
        on_call=lambda record: events.append(record.status),
    ).request("GET", "/x")
    assert events == ["before", "sent", 200]


def test_before_send_is_asked_for_every_page():
    asked = []
    transport = Canned(sample("phone_numbers.list_with_next"), sample("phone_numbers.list_empty"))
    waba.phone_numbers(graph_over(transport, before_send=lambda: asked.append(1)), waba_id=WABA)
    assert len(asked) == 2


def test_every_call_is_logged_in_one_line(caplog):
    caplog.set_level(logging.INFO, "portal.graph")
    records = []
    bad = Reply(401, {}, sample("error.190_expired_463"))
    with pytest.raises(TokenInvalid):
        phone_number.deregister(graph_over(Canned(bad), on_call=records.append), phone_number_id=PHONE)
    [record] = records
    assert record == CallRecord(
        method="POST",
        path_template="/{phone_number_id}/deregister",
        status=401,
        code=190,
        subcode=463,
        fbtrace_id="ApeD2hbldUNmiXt-1b19IjQ",
        duration_ms=record.duration_ms,
        error="TokenInvalid",
    )
    line = (
        f"POST /{{phone_number_id}}/deregister duration_ms={record.duration_ms} status=401 "
        f"code=190 subcode=463 fbtrace_id={record.fbtrace_id} error=TokenInvalid"
    )
    assert caplog.messages == [line]


def test_a_good_call_is_logged_without_error(caplog):
    caplog.set_level(logging.INFO, "portal.graph")
    answer = graph_over(Canned(Reply(200, {"x-fb-trace-id": "Abc"}, b"{}"))).request("GET", "/x")
    assert caplog.messages == [f"GET /x duration_ms={answer.duration_ms} status=200 fbtrace_id=Abc"]


def test_a_failure_of_transport_is_logged_with_its_reason(graph_for, caplog):
    caplog.set_level(logging.INFO, "portal.graph")
    with pytest.raises(NotSent):
        graph_for(base_url="http://127.0.0.1:1").request("GET", "/x")
    assert caplog.messages[0].endswith("error=NotSent:ConnectionRefusedError")


def test_all_pages_are_read_by_cursor_and_the_next_url_is_never_followed():
    def page(number, last):
        paging = {"cursors": {"after": f"c{number}"}, "next": "https://evil.example/?access_token=x"}
        return msgspec.json.encode(
            {"data": [{"id": str(number)}], "paging": {"cursors": {"after": "c3"}} if last else paging}
        )

    transport = Canned(page(1, False), page(2, False), page(3, True))
    numbers = waba.phone_numbers(graph_over(transport), waba_id=WABA)
    assert [number.id for number in numbers] == ["1", "2", "3"]
    assert len(transport.sent) == 3
    assert all(sent.url.reveal().startswith("https://graph.example/v26.0/") for sent in transport.sent)
    assert transport.query["after"] == "c2"
    assert transport.query["limit"] == "100"


def test_pages_that_do_not_end_are_given_up():
    class Endless(Canned):
        def send(self, outgoing):
            self.sent.append(outgoing)
            cursor = f"c{len(self.sent)}"
            return Reply(
                200,
                {},
                msgspec.json.encode({"data": [], "paging": {"next": "n", "cursors": {"after": cursor}}}),
            )

    transport = Endless()
    with pytest.raises(OutcomeUnknown, match="do not end"):
        waba.phone_numbers(graph_over(transport), waba_id=WABA)
    assert len(transport.sent) == MAX_PAGES


@pytest.mark.parametrize("cursors", [{}, {"after": "same"}], ids=["no cursor", "the same cursor"])
def test_pages_that_lead_nowhere_are_given_up(cursors):
    transport = Canned(msgspec.json.encode({"data": [], "paging": {"next": "n", "cursors": cursors}}))
    with pytest.raises(OutcomeUnknown, match="do not end"):
        waba.phone_numbers(graph_over(transport), waba_id=WABA)
    assert len(transport.sent) <= 2


CANARIES = [TOKEN.reveal(), APP_SECRET.reveal(), *SECRETS, *map(quote_plus, SECRETS)]


async def quote_everything(request):
    """The most talkative Meta: an error that repeats the token, the query and the body."""
    heard = f"{request.headers.get('Authorization')} {request.raw_path} {dict(request.query)} "
    heard += (await request.read()).decode()
    fields = {"message": heard, "error_user_title": heard, "error_data": {"details": heard}}
    return web.json_response({"error": {"code": 100, "fbtrace_id": heard, **fields}}, status=400)


async def drop(request):
    request.transport.abort()
    return web.Response()


async def garbage(request):
    return web.Response(body=await request.read() + request.raw_path.encode(), status=500)


@pytest.mark.parametrize("handler", [quote_everything, drop, garbage, None], ids=lambda h: h and h.__name__)
@pytest.mark.parametrize("name", CALLS)
def test_no_failure_gives_a_secret_away(server, graph_for, caplog, name, handler):
    caplog.set_level(logging.DEBUG)
    records = []
    given = {"token": TOKEN, "app_secret": APP_SECRET, "on_call": records.append}
    if handler is None:
        given["base_url"] = "http://127.0.0.1:1"
    else:
        server.handler = handler
    with pytest.raises(GraphError) as caught:
        CALLS[name].run(graph_for(**given))
    error = caught.value
    shown = "\n".join(
        [
            caplog.text,
            str(records),
            repr(error),
            str(vars(error)),
            *traceback.TracebackException.from_exception(error, capture_locals=True).format(),
        ]
    )
    assert not [canary for canary in CANARIES if canary in shown]
    assert "evil" not in shown


def test_a_good_answer_shows_no_token(caplog):
    caplog.set_level(logging.DEBUG)
    token = oauth.exchange_code(
        graph_over(Canned(sample("oauth_access_token.code_exchange"))),
        app_id="1",
        app_secret=APP_SECRET,
        code=Secret("c4narycode"),
    )
    assert "EAAexample" not in repr(token) + caplog.text
    answer = graph_over(Canned(b'{"access_token": "EAAc4nary"}')).request("GET", "/x")
    assert "c4nary" not in repr(answer)
