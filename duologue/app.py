"""Puts the house together: the only module that knows every room."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, MutableMapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import structlog

from duologue.accounts import pages as accounts_pages
from duologue.accounts.connected import Accounts
from duologue.api import routes as api_routes
from duologue.channels.registry import channels
from duologue.conversations import pages as conversations_pages
from duologue.conversations import proposal_pages, template_pages
from duologue.conversations.fragments import Fragments
from duologue.kernel.house import House
from duologue.kernel.tasks import end
from duologue.live.hub import Hub
from duologue.live.stream import Stream
from duologue.mailroom import pages as mailroom_pages
from duologue.mailroom.alter import Alterer
from duologue.mailroom.deliver import Deliverer
from duologue.mailroom.fetch import Fetcher
from duologue.mailroom.lend import Lender
from duologue.mailroom.letters import stop
from duologue.mailroom.letters.carry import Carrier
from duologue.mailroom.listen import Listeners
from duologue.mailroom.lobby import OpenLobby
from duologue.mailroom.receive import Door
from duologue.mailroom.reconcile import Reconciler
from duologue.mailroom.rounds import Rounds
from duologue.mailroom.sort import Sorter
from duologue.mailroom.upkeep import Upkeep
from duologue.mailroom.webhook import Webhook
from duologue.settings import Settings
from duologue.team import keys
from duologue.team import pages as team_pages
from duologue.web import shell
from duologue.web.client import client_address

log = structlog.get_logger()
CALM = 60.0  # seconds after which a fault is one of its own, and not the last one again
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


class Program:
    """One process of a running installation: what it serves, and what it works on."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.accounts = Accounts(house)
        self.door = Door(house)
        self.hub = Hub(house, Fragments(house))
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def open(self, *, work: bool) -> AsyncIterator[None]:
        """Runs until left. With `work`, arrivals are sorted and answers delivered by this process too."""
        await self.house.open()
        self.accounts.open()
        self.door.open()
        self.hub.open()
        if work:
            self._tasks = [asyncio.create_task(_kept_up(name, run)) for name, run in self._work()]
        try:
            yield
        finally:
            await self._close()

    def _work(self) -> list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]]:
        """What is done in the background, by name."""
        return [
            ("sort", Sorter(self.house, self.accounts).run),
            ("deliver", Deliverer(self.house, self.accounts).run),
            ("alter", Alterer(self.house, self.accounts).run),
            ("reconcile", Reconciler(self.house, self.accounts).run),
            ("listen", Listeners(self.house, self.accounts).run),
            ("fetch", Fetcher(self.house, self.accounts).run),
            ("letters", Carrier(self.house, self.accounts).run),
            ("rounds", Rounds(self.house, self.accounts).run),
            ("upkeep", Upkeep(self.house).run),
        ]

    async def _close(self) -> None:
        await end(self._tasks)
        await self.hub.close()
        await self.door.close()
        await self.accounts.close()
        await self.house.close()

    def web(self, *, more: Sequence[Any] = ()) -> App:
        """The ASGI application: the busy paths raw, everything else through the shell."""
        raw: dict[str, App] = {
            "in": Webhook(self.door, self.accounts),
            "live": Stream(self.house, self.hub),
            "lent": Lender(self.house),
        }
        for kind, channel in channels().items():
            if channel.app:
                its = channel.app(OpenLobby(self.house, self.accounts, self.door, self.hub, kind))
                raw[kind] = _named_caller(its, self.house.settings)
        handlers = [
            *team_pages.routes(self.house),
            *accounts_pages.routes(self.house),
            *mailroom_pages.routes(self.house),
            *stop.routes(self.house),
            *conversations_pages.routes(self.house, self.hub, self.accounts),
            *template_pages.routes(self.house, self.accounts),
            *proposal_pages.routes(self.house, self.accounts),
            *api_routes.routes(self.house, self.accounts),
            *more,
        ]
        pages = shell.build(
            self.house,
            handlers,
            key_of=keys.key_of,
            frame_of=conversations_pages.frame_of,
            openapi=api_routes.OPENAPI,
        )
        return _Front(raw, pages)


class _Front:
    """Who answers: the first step of the path decides."""

    def __init__(self, raw: dict[str, App], pages: Any) -> None:
        self._raw = raw
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        first = scope["path"].split("/", 2)[1] if scope["type"] == "http" else ""
        await self._raw.get(first, self._pages)(scope, receive, send)


def _named_caller(app: App, settings: Settings) -> App:
    """For an application that knows no proxies: the caller is whom a trusted one names."""

    async def named(scope: Scope, receive: Any, send: Any) -> None:
        await app({**scope, "client": (client_address(scope, settings), 0)}, receive, send)

    return named


async def _kept_up(name: str, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs it for ever; where it breaks, it is begun again, so that one fault does not stop the house."""
    pause = 0.5
    while True:
        begun = monotonic()
        with contextlib.suppress(Exception):
            try:
                await run()
            except Exception as error:
                log.error("work.broken", what=name, error=type(error).__name__, where=_where(error))
                raise
        pause = 0.5 if monotonic() - begun > CALM else min(30.0, pause * 2)
        await asyncio.sleep(pause)


def _where(error: BaseException) -> str:
    """File and line at which it broke; nothing of what was being worked on."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno}" if trace else "?"
