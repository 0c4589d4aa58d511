"""The chat's server on a free port, with a house behind it that lives in memory."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from msgspec.structs import replace
from playwright.async_api import Browser, async_playwright, expect
from web_lobby import Lobby
from web_window import FLAGS, window

from duologue.channels.contract import Account
from duologue.channels.web import CHANNEL
from duologue.channels.web.server.app import App
from duologue.channels.web.settings import Settings, fresh
from duologue.kernel.clock import Clock, Turned, now
from duologue.kernel.egress import Egress

SHOP = "https://shop.example.com"
expect.set_options(timeout=20_000)  # a busy machine is slow; what holds does not wait


class Guest:
    """A browser in front of the chat, as far as HTTP goes."""

    def __init__(self, client: httpx.AsyncClient, channel: UUID) -> None:
        self.client = client
        self.channel = channel
        self.token = ""
        self.refresh = ""
        self.address = ""

    async def open(self, **opening: object) -> httpx.Response:
        reply = await self.client.post(f"/web/{self.channel}/session", json=opening)
        if reply.status_code == 200:
            session = reply.json()
            self.token, self.refresh, self.address = session["token"], session["refresh"], session["address"]
        return reply

    async def call(self, method: str, path: str, **more) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return await self.client.request(method, f"/web/{self.channel}/{path}", headers=headers, **more)

    async def say(self, text: str, id: str | None = None, **more) -> httpx.Response:
        return await self.call("POST", "messages", json={"id": id or str(uuid4()), "text": text}, **more)

    async def lines(self, **query: int) -> list[dict]:
        return (await self.call("GET", "messages", params=query)).json()["lines"]


class House:
    """One running server and what stands behind it."""

    def __init__(self, lobby: Lobby, url: str, clock: Clock, app: App) -> None:
        self.lobby = lobby
        self.url = url
        self.clock = clock
        self.app = app
        self.client = httpx.AsyncClient(base_url=url, timeout=10)

    def account(self, **settings: object) -> Account:
        made: Settings = replace(fresh(), **{"origins": SHOP, **settings})
        account = Account(
            id=uuid4(), workspace=uuid4(), name="Chat", settings=made, egress=Egress(), clock=self.clock,
            public_url=self.url,
        )  # fmt: skip
        self.lobby.accounts[account.id] = account
        return account

    def accounts(self) -> list[Account]:
        return list(self.lobby.accounts.values())

    def change(self, account: Account, **settings: object) -> Account:
        changed = replace(account, settings=replace(account.settings, **settings))
        self.lobby.accounts[account.id] = changed
        return changed

    async def guest(self, account: Account, **opening: object) -> Guest:
        guest = Guest(self.client, account.id)
        reply = await guest.open(**opening)
        assert reply.status_code == 200, reply.text
        return guest


class Stage:
    """One listening server for the whole run; each test puts its own application on it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.app = None
        self.pages: dict[str, tuple[dict[str, str], str]] = {}

    async def __call__(self, scope, receive, send) -> None:
        """A page of somebody's website where one was put, else the chat."""
        page = self.pages.get(scope["path"])
        if page is None:
            return await self.app(scope, receive, send)
        headers = [(name.encode(), value.encode()) for name, value in page[0].items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        return await send({"type": "http.response.body", "body": page[1].encode()})

    @asynccontextmanager
    async def house(self, clock: Clock, beat: float = 15.0) -> AsyncIterator[House]:
        lobby = Lobby()
        self.app = CHANNEL.app(lobby, beat)
        house = House(lobby, self.url, clock, self.app)
        async with house.client:
            yield house


@pytest.fixture(scope="session")
async def stage() -> AsyncIterator[Stage]:
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:  # without it asyncio leaves Nagle on: 40 ms a call
        listening.bind(("127.0.0.1", 0))
        stage = Stage(f"http://127.0.0.1:{listening.getsockname()[1]}")
        config = uvicorn.Config(stage, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        yield stage
        server.should_exit = True
        await serving


@pytest.fixture
async def house(stage: Stage) -> AsyncIterator[House]:
    """With the host's clock."""
    async with stage.house(now) as house:
        yield house


@pytest.fixture
async def still_house(stage: Stage) -> AsyncIterator[House]:
    """With a clock that only the test turns."""
    async with stage.house(Turned()) as house:
        yield house


@pytest.fixture
def run_house(stage: Stage):
    return stage.house


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(chromium: Browser):
    async with window(chromium) as page:
        yield page
