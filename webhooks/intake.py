"""Where Meta delivers: `/webhooks/meta/<app_id>`, an ASGI program of its own without Django's request stack.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint

A POST is checked by its signature, committed and only then answered with 200; everything else comes later.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import django
from django.apps import apps as django_apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
if not django_apps.ready:
    django.setup()

from portal.graph import signature
from portal.graph.secret import Secret
from portal.kernel import checks
from portal.kernel.secrets import CannotOpen
from webhooks.storing import App, Apps, Bell, Database, Store, Unavailable

MAX_BODY = 4 * 1024 * 1024
READ_WITHIN = 30.0
MOST_PARAMETERS = 20

PATH = re.compile(r"/webhooks/meta/([^/]{1,200})/?")
APP_ID = re.compile(r"[0-9]{1,32}")
SIGNATURE = signature.HEADER.lower().encode()

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[int, bytes]

STORED: Answer = (200, b"")
ALIVE: Answer = (200, b"ok")
REFUSED: Answer = (403, b"forbidden")
UNKNOWN_PATH: Answer = (404, b"not found")
WRONG_METHOD: Answer = (405, b"method not allowed")
TOO_SLOW: Answer = (408, b"request timeout")
TOO_LARGE: Answer = (413, b"payload too large")
TRY_LATER: Answer = (503, b"try again")

logger = logging.getLogger("portal.intake")


class TooLarge(ValueError):
    """More than Meta ever sends."""


class Gone(ConnectionError):
    """Whoever asked does not wait for an answer."""


class Intake:
    """The ASGI application."""

    def __init__(self, database_url: str) -> None:
        # Two connections: reading secrets must not wait for a transaction that is being written.
        self._reading = Database(database_url)
        self._apps = Apps(self._reading)
        self._store = Store(Database(database_url), Bell())

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            try:
                status, body = await self._answer(scope, receive)
            except Gone:
                return
            await _respond(send, status, body)

    async def _live(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await self._store.finish()
        await self._reading.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Message, receive: Receive) -> Answer:
        if scope["path"] == "/healthz":
            return ALIVE
        path = PATH.fullmatch(scope["path"])
        if path is None:
            return UNKNOWN_PATH
        if scope["method"] not in ("GET", "POST"):
            return WRONG_METHOD
        try:
            app = await self._apps.find(path[1]) if APP_ID.fullmatch(path[1]) else None
            if app is None:
                return REFUSED
            return (
                handshake(scope, app) if scope["method"] == "GET" else await self._take(scope, receive, app)
            )
        except Unavailable:
            return TRY_LATER
        except CannotOpen as error:
            logger.error("%s", error)
            return TRY_LATER

    async def _take(self, scope: Message, receive: Receive, app: App) -> Answer:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        try:
            async with asyncio.timeout(READ_WITHIN):
                body = await read_body(headers, receive)
        except TooLarge:
            return TOO_LARGE
        except TimeoutError:
            return TOO_SLOW
        if not signature.verify(body, headers.get(SIGNATURE, b"").decode("latin-1"), app.secrets):
            logger.warning("a webhook for app %s has a wrong signature", app.app_id)
            return REFUSED
        await self._store.add(app, body)
        return STORED


def handshake(scope: Message, app: App) -> Answer:
    """Answer Meta's question whether this address is meant: only our verify token gets the challenge back."""
    try:
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return REFUSED
    mode, token, challenge = (
        query.get(f"hub.{name}", [""])[0] for name in ("mode", "verify_token", "challenge")
    )
    if mode != "subscribe" or not app.verify_token or Secret(token) != app.verify_token:
        logger.warning("a handshake for app %s has a wrong verify token", app.app_id)
        return REFUSED
    return 200, challenge.encode()


async def read_body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    """The whole body, or `TooLarge` as soon as that is sure."""
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > MAX_BODY:
        raise TooLarge
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY:
            raise TooLarge
        more = message.get("more_body", False)
    return b"".join(chunks)


async def _respond(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


checks.refuse_to_start()
application = Intake(os.environ["DATABASE_URL"])
