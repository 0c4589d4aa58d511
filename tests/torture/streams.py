"""Browsers without a screen: each listens to the event stream over a raw connection and is cut off at any byte."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import lru_cache

import httpx
from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser

from duologue.kernel.journal import Position

Shown = dict[str, str]
"""What stands on a screen: the id of each message's element -> its mark-up."""


class Heard(Struct, frozen=True):
    name: str
    data: str
    position: Position | None


@lru_cache(maxsize=2000)
def shown(html: str) -> Shown:
    """The messages in a piece of mark-up; the same for everybody who listens."""
    body = LexborHTMLParser(html).body
    found = body.css("[data-id]") if body else []
    return {str(one.id): one.html or "" for one in found if one.id and one.id.startswith("msg-")}


class Listener:
    """A browser: what it shows follows from its stream alone, by the rules of the page's own script."""

    def __init__(self, port: int, cookie: str, position: Position, chance: random.Random) -> None:
        self._port, self._cookie, self._chance = port, cookie, chance
        self.position = position  # as the page's script keeps it: what it has shown
        self.messages: Shown = {}
        self.cuts = 0
        self.again = 0  # events that had been heard before
        self.reloads: list[str] = []
        self.foreign: list[str] = []
        self._writer: asyncio.StreamWriter | None = None
        self._over = False

    @property
    def open(self) -> bool:
        return self._writer is not None

    def cut(self) -> None:
        """The line breaks, wherever it is in an event."""
        assert self._writer
        self.cuts += 1
        self._writer.transport.abort()

    def end(self) -> None:
        self._over = True
        if self._writer:
            self._writer.transport.abort()

    async def run(self) -> None:
        """Listens, and again after every break from what was heard last, until told to end or to load the page anew."""
        while not self._over and not self.reloads:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._listen()
            self._writer = None
            if not self._over:
                await asyncio.sleep(self._chance.uniform(0, 0.3))

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 24)
        asked = (
            f"GET /live?from={self.position} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nCookie: {self._cookie}\r\n"
            f"Last-Event-ID: {self.position}\r\n\r\n"
        )
        writer.write(asked.encode())
        try:
            self._writer = writer
            status = await reader.readuntil(b"\r\n")
            assert b" 200 " in status or b" 503 " in status, status
            await reader.readuntil(b"\r\n\r\n")
            if b" 200 " in status:
                async for heard in events(reader):
                    self._take(heard)
        finally:
            writer.transport.abort()

    def _take(self, heard: Heard) -> None:
        if heard.position and heard.name != "beat":
            self.again += heard.position <= self.position
        if heard.position and heard.position < self.position:
            return
        self.position = heard.position or self.position
        if heard.name == "swap":
            self.messages.update(shown(heard.data))
        elif heard.name == "gone":
            self.messages.pop(heard.data, None)
        elif heard.name == "reload":
            self.reloads.append(heard.data)


async def events(reader: asyncio.StreamReader) -> AsyncIterator[Heard]:
    """Whole events; what was cut off in the middle is none."""
    rest = ""
    async for part in _chunks(reader):
        *frames, rest = (rest + part).split("\n\n")
        for frame in frames:
            fields: dict[str, list[str]] = {}
            for line in frame.split("\n"):
                name, _, value = line.partition(": ")
                fields.setdefault(name.rstrip(":"), []).append(value)
            if "event" in fields:
                position = Position.parse(fields["id"][0]) if "id" in fields else None
                yield Heard(fields["event"][0], "\n".join(fields["data"]), position)


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    """The body of an answer in chunks, each of which holds whole characters."""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        yield (await reader.readexactly(size)).decode()
        await reader.readexactly(2)


async def drawn(browser: httpx.AsyncClient, conversation: str) -> tuple[Position, Shown]:
    """A conversation as it is drawn now, to its beginning; and the position that the page bears."""
    answer = await browser.get(f"/c/{conversation}")
    assert answer.status_code == 200, answer.status_code
    page = LexborHTMLParser(answer.text)
    root = page.css_first("html")
    assert root
    found, position = shown(answer.text), Position.parse(str(root.attributes["data-position"]))
    messages = dict(found)
    while more := page.css_first("#earlier"):
        link = more.css_first("[hx-get], a, button") or more
        where = link.attributes.get("hx-get") or link.attributes.get("href") or more.attributes.get("hx-get")
        answer = await browser.get(str(where))
        assert answer.status_code == 200, (where, answer.status_code)
        page = LexborHTMLParser(f"<body>{answer.text}</body>")
        messages |= shown(answer.text)
    return position, messages
