from __future__ import annotations

from collections.abc import Callable

import pytest
from aiohttp import web

from portal.graph import media
from portal.graph.client import CallRecord, Graph
from portal.graph.errors import GraphError, InvalidRequest, NotVisible, OutcomeUnknown, RateLimited
from portal.graph.multipart import File, encode
from portal.graph.transport import MAX_ANSWER_BYTES
from tests.graph.call import PHONE
from tests.graph.canned import Canned, form_of, graph_over
from tests.graph.server import Server

Clients = Callable[..., Graph]

PICTURE = bytes(range(256)) * 8192  # 2 MiB, more than any other answer may have


def media_at(url: str) -> media.Media:
    return media.Media(id="1", url=url)


def test_a_file_arrives_byte_for_byte(server: Server, graph_for: Clients) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"id": "17"})

    server.handler = answer
    file = File("è.png", "image/png", PICTURE)
    assert media.upload(graph_for(), phone_number_id=PHONE, file=file) == "17"
    [arrival] = server.arrivals
    assert arrival.headers["authorization"] == "Bearer EAAtoken"
    boundary = arrival.headers["content-type"].removeprefix("multipart/form-data; boundary=")
    head, _, tail = arrival.body.partition(PICTURE)
    assert head.endswith('filename="è.png"\r\nContent-Type: image/png\r\n\r\n'.encode())
    assert tail == f"\r\n--{boundary}--\r\n".encode()


def test_a_file_name_can_not_add_a_header_or_a_field() -> None:
    hostile = 'a"; name="type"\r\nX-Evil: 1\r\n\r\nb'
    content_type, body = encode({"type": "image/png"}, File(hostile, "image/png", b"x"))
    assert form_of(content_type, body.reveal_bytes()) == {"type": "image/png", "file": "x"}
    assert b"\r\nX-Evil" not in body.reveal_bytes()


@pytest.mark.parametrize("mime_type", ["", "png", "image/png\r\nX-Evil: 1", 'image/"png"'])
def test_what_is_no_mime_type_is_not_sent(mime_type: str) -> None:
    with pytest.raises(ValueError, match="MIME"):
        File("a", mime_type, b"x")


def test_a_file_is_not_shown() -> None:
    assert "pixels" not in repr(File("a.png", "image/png", b"pixels"))


def test_a_download_gives_the_bytes_and_takes_the_token_along(server: Server, graph_for: Clients) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=PICTURE, content_type="image/png")

    server.handler = answer
    records: list[CallRecord] = []
    url = f"{server.url}/whatsapp_business/attachments/?mid=1&hash=secret"
    graph = graph_for(on_call=records.append)
    assert len(PICTURE) > MAX_ANSWER_BYTES
    assert media.download(graph, media=media_at(url)) == PICTURE
    assert server.arrivals[0].headers["authorization"] == "Bearer EAAtoken"
    assert server.arrivals[0].query == {"mid": "1", "hash": "secret"}
    assert "secret" not in str(records[0])
    assert records[0].path_template == "{url}"


def test_a_download_ends_at_its_size(server: Server, graph_for: Clients) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=PICTURE)

    server.handler = answer
    file = media_at(f"{server.url}/a")
    assert media.download(graph_for(), media=file, max_bytes=len(PICTURE)) == PICTURE
    with pytest.raises(OutcomeUnknown, match="AnswerTooLarge"):
        media.download(graph_for(), media=file, max_bytes=len(PICTURE) - 1)


def test_a_download_follows_nobody_elsewhere(server: Server, graph_for: Clients) -> None:
    async def answer(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/elsewhere")

    server.handler = answer
    with pytest.raises(OutcomeUnknown):
        media.download(graph_for(), media=media_at(f"{server.url}/a"))
    assert [arrival.path for arrival in server.arrivals] == ["/a"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, b"", NotVisible),
        (429, b"", RateLimited),
        (400, b'{"error": {"code": 100, "message": "no"}}', InvalidRequest),
        (500, b"<html>", OutcomeUnknown),
        (206, b'{"half": "of it"}', OutcomeUnknown),
    ],
)
def test_what_is_no_file_is_an_error(
    server: Server, graph_for: Clients, status: int, body: bytes, error: type[GraphError]
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, body=body)

    server.handler = answer
    with pytest.raises(error):
        media.download(graph_for(), media=media_at(f"{server.url}/a"))


@pytest.mark.parametrize(
    "url",
    [
        "http://lookaside.fbsbx.com/a",
        "https://evil.example/a",
        "https://evilfbsbx.com/a",
        "https://lookaside.fbsbx.com.evil.example/a",
        "https://lookaside.fbsbx.com@evil.example/a",
        "https://evil.example\\.fbsbx.com/a",
        "https://evil.example/https://lookaside.fbsbx.com/a",
        "https://lookaside.fbsbx.com:8443/a",
        "https://lookaside.fbsbx.com",
        "https://graph.example.evil.example/a",
        "https://lookaside.fbsbx.com/a\r\nX-Evil: 1",
        "",
    ],
)
def test_the_token_goes_to_no_stranger(url: str) -> None:
    transport = Canned(b"x")
    with pytest.raises(ValueError, match="none of Meta's"):
        media.download(graph_over(transport), media=media_at(url))
    assert transport.sent == []


@pytest.mark.parametrize(
    "url", ["https://lookaside.fbsbx.com/whatsapp_business/a/?mid=1", "https://graph.example/a"]
)
def test_the_hosts_of_meta_are_known(url: str) -> None:
    assert media.download(graph_over(Canned(b"x")), media=media_at(url)) == b"x"
