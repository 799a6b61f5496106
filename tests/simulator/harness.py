"""Two ways to meet the simulator: a pure machine with the clock in hand, and a program behind a socket."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from portal.simulator import routes
from portal.simulator.app import make_app
from portal.simulator.errors import GraphError
from portal.simulator.graph import Body, Call, Handshake, perform, resolve
from portal.simulator.provision import ProvisionRequest, provision
from portal.simulator.signup import BusinessWish, PhoneWish, SignupRequest, run
from portal.simulator.simulator import Simulator
from portal.simulator.world import World

NOW = 1_795_168_800.0  # 2026-11-20T10:00:00Z
DAY, HOUR = 86_400, 3_600
assert routes.__all__


class Refused(Exception):
    """An error answer: its code, subcode and HTTP status."""

    def __init__(self, error: GraphError) -> None:
        super().__init__(error.code, error.subcode)
        self.told = error.user_message
        self.code, self.subcode, self.status, self.details = (
            error.code,
            error.subcode,
            error.status,
            error.details,
        )


@dataclass
class Machine:
    """The Graph without HTTP; time passes only when a test says so."""

    now: float = NOW
    world: World = field(default_factory=World)
    partner: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.partner = provision(self.world, ProvisionRequest(), now=self.now)

    @property
    def admin(self) -> str:
        return str(self.partner["system_users"][0]["token"])

    @property
    def employee(self) -> str:
        return str(self.partner["system_users"][1]["token"])

    @property
    def app_token(self) -> str:
        return f"{self.partner['app_id']}|{self.partner['app_secret']}"

    def call(self, method: str, path: str, token: str = "", /, **params: Any) -> Body:
        call = Call(method, path, params, token or self.admin, "https://graph.test")
        try:
            result = perform(self.world, call, resolve(self.world, call), now=self.now)
            return result.finish("") if isinstance(result, Handshake) else result
        except GraphError as error:
            raise Refused(error) from None

    def get(self, path: str, token: str = "", /, **params: Any) -> Body:
        return self.call("GET", path, token, **params)

    def post(self, path: str, token: str = "", /, **params: Any) -> Body:
        return self.call("POST", path, token, **params)

    def signup(self, number: str = "+39 333 123 4567", name: str = "Panificio Aurora", **more: Any) -> Signed:
        """A customer finishes the popup; its token is bought when the code is still good."""
        wish = SignupRequest(
            app_id=self.partner["app_id"],
            config_id=self.partner["config_id"],
            business=more.pop("business", BusinessWish(name=name)),
            phone=PhoneWish(number=number),
            **more,
        )
        return Signed(run(self.world, wish, now=self.now), self)

    def registered(self) -> Signed:
        """A customer whose number works: subscribed, funded, registered."""
        signed = self.signup()
        self.post(f"/{self.partner['app_id']}/subscriptions", self.app_token, **SUBSCRIPTION)
        self.post(f"/{signed.waba_id}/subscribed_apps", signed.token)
        self.post(
            f"/{signed.phone_number_id}/register", signed.token, messaging_product="whatsapp", pin="123456"
        )
        return signed


SUBSCRIPTION = {
    "object": "whatsapp_business_account",
    "callback_url": "http://127.0.0.1:1/hook",
    "verify_token": "let me in",
    "fields": "messages,account_update,security,phone_number_name_update",
}


class Signed:
    """A customer after embedded signup."""

    def __init__(self, result: dict[str, Any], machine: Machine) -> None:
        self.result, self._machine = result, machine
        self.waba_id: str = result["waba_id"]
        self.phone_number_id: str = result["phone_number_id"] or ""
        self.business_id: str = result["business_id"]
        self._token = ""

    @property
    def token(self) -> str:
        if not self._token:
            partner = self._machine.partner
            secret = {"client_id": partner["app_id"], "client_secret": partner["app_secret"]}
            answer = self._machine.get("/oauth/access_token", code=self.result["code"], **secret)
            self._token = answer["access_token"]
        return self._token


@dataclass(frozen=True)
class Received:
    """One request that reached the webhook endpoint."""

    method: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def entries(self) -> list[dict[str, Any]]:
        return list(json.loads(self.body)["entry"])

    @property
    def changes(self) -> list[dict[str, Any]]:
        return [change for entry in self.entries for change in entry["changes"]]


class Program:
    """The simulator and a webhook endpoint, each on a port of its own, in one background thread."""

    def __init__(self, **options: Any) -> None:
        self.simulator = Simulator(**options)
        self.received: list[Received] = []
        self.hook_status = 200
        self.echo_challenge = True
        self.pages: dict[str, str] = {}  # what the endpoint's server shows to a browser
        self._news = threading.Condition()
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._done = asyncio.Event()
        self._thread = threading.Thread(target=self._main, daemon=True)
        self.port = self.hook_port = 0

    def __enter__(self) -> Program:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(20)

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        hook = web.Application()
        hook.router.add_route("*", "/{path:.*}", self._hook)
        options = {"access_log": None, "shutdown_timeout": 0.5}
        runners = [web.AppRunner(app, **options) for app in (make_app(self.simulator), hook)]
        ports = []
        for runner in runners:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            ports.append(runner.addresses[0][1])
        self.port, self.hook_port = ports
        self._ready.set()
        await self._done.wait()
        for runner in runners:
            await runner.cleanup()

    async def _hook(self, request: web.Request) -> web.Response:
        got = Received(request.method, dict(request.query), dict(request.headers), await request.read())
        with self._news:
            self.received.append(got)
            self._news.notify_all()
        if request.path in self.pages:
            return web.Response(text=self.pages[request.path], content_type="text/html")
        if request.method == "GET":
            challenge = request.query.get("hub.challenge", "")
            return web.Response(text=challenge if self.echo_challenge else "no")
        return web.Response(status=self.hook_status)

    @property
    def hook_url(self) -> str:
        return f"http://127.0.0.1:{self.hook_port}/webhooks/meta"

    def wait_for(self, wanted: Callable[[Received], bool], *, count: int = 1) -> list[Received]:
        """The requests that fit, once there are enough of them."""
        with self._news:
            found = lambda: [got for got in self.received if got.method == "POST" and wanted(got)]  # noqa: E731
            assert self._news.wait_for(lambda: len(found()) >= count, timeout=20), self.received
            return found()

    def raw(
        self, method: str, path: str, body: str | None = None, **headers: str
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(
                method, path, body, {key.replace("_", "-"): value for key, value in headers.items()}
            )
            response = connection.getresponse()
            response.text = response.read().decode()  # type: ignore[attr-defined]
            return response
        finally:
            connection.close()

    def ask(self, method: str, path: str, token: str = "", /, **params: Any) -> Any:
        """The JSON answer, whatever its status; a body for POST, a query for the others."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if method == "POST":
            body = json.dumps(params)
            response = self.raw(method, path, body, Content_Type="application/json", **headers)
        else:
            response = self.raw(method, f"{path}?{urlencode(params)}" if params else path, **headers)
        return json.loads(response.text)  # type: ignore[attr-defined]

    def sim(self, path: str, /, **params: Any) -> Any:
        return self.ask("POST", f"/_sim/{path}", **params)
