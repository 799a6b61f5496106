"""The On-Premises client's API, and where it may be called."""

from __future__ import annotations

import base64
import json
import socket
from ipaddress import ip_network

import pytest
from aiohttp import web

from portal.graph.addresses import AddressRefused, GuardedResolver, check_url, is_allowed
from portal.graph.errors import NotSent, OutcomeUnknown
from portal.graph.onprem import ClientRefused, OnPremises, SignInRefused
from portal.graph.secret import Secret
from portal.graph.transport import MAX_ANSWER_BYTES, HttpTransport, Outgoing, Reply
from tests.graph.canned import Canned
from tests.graph.server import Server

SIGNED_IN = b'{"users": [{"token": "abc.def", "expires_after": "2099-01-01"}], "meta": {}}'
LOOPBACK = [ip_network("127.0.0.0/8")]


def client_over(transport: object, **given: object) -> OnPremises:
    fixed = {
        "base_url": "https://wa.example:9090",
        "username": "admin",
        "password": Secret("hunter22"),
        "transport": transport,
    }
    return OnPremises(**{**fixed, **given})


def test_it_signs_in_and_asks_with_the_token() -> None:
    canned = Canned(SIGNED_IN, b'{"health": {"gateway_status": "connected"}}')
    assert client_over(canned).health() == "connected"
    login, health = canned.sent
    assert (login.method, login.url.reveal(), login.scheme) == (
        "POST",
        "https://wa.example:9090/v1/users/login",
        "Basic",
    )
    assert login.token is not None
    assert base64.b64decode(login.token.reveal()) == b"admin:hunter22"
    assert (health.method, health.scheme, health.token) == ("GET", "Bearer", Secret("abc.def"))


@pytest.mark.parametrize(
    ("health", "status"),
    [
        ({"gateway_status": "disconnected"}, "disconnected"),
        ({"a:1": {"gateway_status": "connecting"}, "b:2": {"gateway_status": "connected"}}, "connected"),
    ],
)
def test_health_of_one_node_or_several(health: object, status: str) -> None:
    canned = Canned(SIGNED_IN, json.dumps({"health": health}).encode())
    assert client_over(canned).health() == status


def test_a_backup_comes_and_goes_as_secrets() -> None:
    canned = Canned(SIGNED_IN, b'{"settings": {"data": "c2VhbGVk"}}', SIGNED_IN, b"null")
    client = client_over(canned)
    data = client.backup(password=Secret("chosen"))
    assert data == Secret("c2VhbGVk")
    client.restore(data=data, password=Secret("chosen"))
    assert canned.body == {"password": "chosen", "data": "c2VhbGVk"}
    assert "hunter22" not in repr(client)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(401, {}, b"{}"), SignInRefused),
        (Reply(400, {}, b'{"errors": [{"code": 1008, "title": "hunter22"}]}'), ClientRefused),
        (Reply(500, {}, b'{"errors": [{"code": 1014}]}'), OutcomeUnknown),
        (Reply(302, {"location": "https://elsewhere.example"}, b"{}"), ClientRefused),
        (Reply(200, {}, b"<html>"), OutcomeUnknown),
        (Reply(200, {}, b'{"users": []}'), OutcomeUnknown),
    ],
)
def test_what_goes_wrong_is_of_the_tree_and_quotes_nothing(reply: Reply, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        client_over(Canned(reply)).health()
    assert "hunter22" not in f"{raised.value!r} {raised.value}"


def test_its_calls_have_the_limits_of_all_calls(server: Server, transport: HttpTransport) -> None:
    async def flood(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=b" " * (MAX_ANSWER_BYTES + 1))

    server.handler = flood
    with pytest.raises(OutcomeUnknown):
        client_over(transport, base_url=server.url).health()


@pytest.mark.parametrize(
    "url",
    [
        "http://wa.example",
        "https://127.0.0.1:9090",
        "https://10.1.2.3",
        "https://[::1]",
        "https://[::ffff:10.0.0.1]",
        "https://[64:ff9b::a00:1]",
        "https://100.64.0.1",
        "https://169.254.169.254",
        "https://localhost",
        "https://wa.example/?a=1",
        "https://a:b@wa.example",
        "file:///etc/passwd",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, [])


def test_addresses_that_are_allowed() -> None:
    check_url("https://wa.example:9090/path", [])
    check_url("https://9.9.9.9", [])
    check_url("http://127.0.0.1:8001/onprem/1", LOOPBACK)
    with pytest.raises(AddressRefused):
        check_url("http://wa.example", LOOPBACK)


def test_a_name_that_leads_inside_is_not_called(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    outgoing = Outgoing(
        method="GET",
        url=Secret(f"http://wa.example:{server.port}/v1/health"),
        token=None,
        body=None,
        timeout=5,
    )
    for networks, reached in (([], False), (LOOPBACK, True)):
        guarded = HttpTransport(lambda networks=networks: GuardedResolver(networks))
        client = client_over(guarded, base_url=f"http://wa.example:{server.port}")
        try:
            if reached:
                assert guarded.send(outgoing).status == 200
            else:
                with pytest.raises(NotSent):
                    client.health()
        finally:
            guarded.close()
        assert bool(server.arrivals) is reached


def test_shared_and_translated_ranges_are_inside() -> None:
    from ipaddress import ip_address

    inside = ("100.100.0.1", "2002:a00:1::", "fd00::1", "::", "192.0.0.8", "240.0.0.1")
    assert not [text for text in inside if is_allowed(ip_address(text), [])]
    assert is_allowed(ip_address("2606:4700::1"), [])
