"""What the program serves, over real HTTP, and ears that listen to its stream."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import UUID

import httpx
import pytest
import uvicorn
from msgspec import Struct

from duologue.app import Program
from duologue.kernel import journal
from duologue.kernel.database import Transaction
from duologue.kernel.house import House
from duologue.kernel.journal import Entry, Position
from duologue.live.hub import Watcher
from duologue.web import sessions
from tests.cast import Colleague, password_hash


class Heard(Struct, frozen=True):
    """An event as a browser gets it."""

    name: str
    data: str
    id: str


class Ear:
    """One open stream. What it brings is waited for, never longer than five seconds."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._news: asyncio.Queue[Heard | None] = asyncio.Queue()

    async def listen(self) -> None:
        try:
            fields: dict[str, list[str]] = {}
            async for line in self.response.aiter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    fields.setdefault(name.rstrip(":"), []).append(value)
                elif fields:
                    self._hear(fields)
                    fields = {}
        finally:
            self._news.put_nowait(None)

    def _hear(self, fields: dict[str, list[str]]) -> None:
        if "event" in fields:
            self._news.put_nowait(
                Heard(fields["event"][0], "\n".join(fields.get("data", [])), fields.get("id", [""])[0])
            )

    async def next(self) -> Heard | None:
        """The next event; None where the stream has ended."""
        async with asyncio.timeout(30):
            return await self._news.get()

    async def until(self, position: Position) -> list[Heard]:
        """Everything up to the event that brings the reader to `position`."""
        heard: list[Heard] = []
        while not heard or not heard[-1].id or Position.parse(heard[-1].id) < position:
            one = await self.next()
            assert one is not None, "the stream has ended"
            heard.append(one)
        return heard


class Served:
    """The program at a port of its own, and whoever is signed in to it."""

    def __init__(self, program: Program, base: str) -> None:
        self.program = program
        self.hub = program.hub
        self.house = program.house
        self.base = base
        self.desks: list[Desk] = []
        self._changed = asyncio.Event()
        self._watch, self.hub.watch = self.hub.watch, self._watched

    @contextmanager
    def _watched(self, watcher: Watcher) -> Iterator[Watcher]:
        """As the hub does it; and tells the test that somebody has come or gone."""
        with self._watch(watcher):
            self._changed.set()
            yield watcher
        self._changed.set()

    async def until_watched_by(self, many: int) -> None:
        """Waits until so many streams are open: whatever happens from then on is heard on them."""
        async with asyncio.timeout(30):
            while sum(map(len, self.hub._watchers.values())) != many:
                self._changed.clear()
                await self._changed.wait()

    async def sign_in(self, colleague: Colleague) -> "Desk":
        member = sessions.Member(colleague.id, password_hash())
        async with self.house.db.workspace(colleague.workspace) as tx:
            token = await sessions.begin(tx, member, device="a test", now=self.house.now())
        return Desk(self, f"{sessions.cookie_name(self.house.settings)}={token}")


class Desk:
    """A browser of a signed-in colleague, without a screen; or of nobody."""

    def __init__(self, served: Served, cookie: str = "") -> None:
        self.served = served
        self.headers = {"Sec-Fetch-Site": "same-origin"} | ({"Cookie": cookie} if cookie else {})
        self._client = httpx.AsyncClient(base_url=served.base, headers=self.headers, timeout=10, verify=False)  # noqa: S501
        served.desks.append(self)

    async def close(self) -> None:
        await self._client.aclose()

    async def page(self, path: str) -> str:
        answer = await self._client.get(path)
        assert answer.status_code == 200, answer.status_code
        return answer.text

    async def post(self, path: str, **form: str) -> int:
        """Sends a form; the status."""
        return (await self._client.post(path, data=form)).status_code

    @asynccontextmanager
    async def listen(self, since: object, *, last: object = None) -> AsyncIterator[Ear]:
        """`since` is where the page was drawn, `last` what was heard last."""
        headers = {"Last-Event-ID": str(last)} if last else {}
        async with self._client.stream("GET", f"/live?from={since}", headers=headers) as response:
            ear = Ear(response)
            listening = asyncio.create_task(ear.listen())
            try:
                yield ear
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)


@pytest.fixture
async def served(house: House, workspace: UUID, parrot: object) -> AsyncIterator[Served]:
    await tell(house, workspace, Entry(kind="workspace.changed"))  # a journal is never empty: somebody has signed in
    program = Program(house)  # the house is open already, and closed by its own fixture
    program.door.open()
    program.hub.open()
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:  # without it asyncio leaves Nagle on: 40 ms a call
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            program.web(), http="httptools", lifespan="off", log_level="error", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        opened = Served(program, f"http://127.0.0.1:{listening.getsockname()[1]}")
        yield opened
        program.hub.end_streams()
        for desk in opened.desks:
            await desk.close()
        server.should_exit = True
        await serving
    await program.hub.close()
    await program.door.close()
    await program.accounts.close()


async def here(house: House) -> Position:
    """Where a page that is drawn now would say it was drawn."""
    async with house.db.hall() as tx:
        return await journal.here(tx)


async def newest(house: House) -> Position:
    """Of the last entry in the journal."""
    async with house.db.hall() as tx:
        found = await tx.row(
            Position, "SELECT xid::text::bigint AS xid, id FROM journal ORDER BY journal.xid DESC, id DESC LIMIT 1"
        )
    assert found
    return found


async def tell(house: House, workspace: UUID, *entries: Entry) -> None:
    async with house.db.workspace(workspace) as tx:
        await say(tx, house, *entries)


async def say(tx: Transaction, house: House, *entries: Entry) -> None:
    await journal.tell(tx, house.wake, list(entries))


__all__ = ["Desk", "Ear", "Heard", "Served", "here", "newest", "say", "served", "tell"]
