"""The house as the chat's server sees it, in memory: keeps arrivals, reads them, shows lines, and follows them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from duologue.channels.contract import Account, Content, FileLine, Kind, Line, Progress, Raw, Said, Typing
from duologue.channels.web import CHANNEL
from duologue.kernel import ids

FAR = ["queued", "sent", "delivered", "read"]


class Lobby:
    """Implements `contract.Lobby`. `holding`: arrivals are kept, but sorted only by `sort`."""

    def __init__(self) -> None:
        self.accounts: dict[UUID, Account] = {}
        self.accepted: list[tuple[UUID, Raw]] = []
        self.said: list[Said] = []
        self.typed: list[str] = []
        self.holding = False
        self._seen: set[tuple[UUID, str]] = set()
        self._lines: dict[tuple[UUID, str], list[Line]] = {}
        self._files: dict[tuple[UUID, str, UUID], tuple[FileLine, bytes]] = {}
        self._followers: dict[tuple[UUID, str], set[asyncio.Queue]] = {}

    async def account(self, channel: UUID) -> Account | None:
        return self.accounts.get(channel)

    async def accept(self, account: Account, raws: Sequence[Raw]) -> None:
        for raw in raws:
            self.accepted.append((account.id, raw))
            if not self.holding:
                self._sort(account, raw)

    async def lines(self, account: Account, address: str, *, after: int, most: int = 100) -> list[Line]:
        return [line for line in self._lines.get((account.id, address), []) if line.seq > after][-most:]

    @asynccontextmanager
    async def follow(self, account: Account, address: str) -> AsyncIterator[AsyncIterator[Line | Typing]]:
        queue: asyncio.Queue = asyncio.Queue()
        followers = self._followers.setdefault((account.id, address), set())
        followers.add(queue)

        async def news() -> AsyncIterator[Line | Typing]:
            while True:
                yield await queue.get()

        try:
            yield news()
        finally:
            followers.discard(queue)

    async def typing(self, account: Account, address: str) -> None:
        self.typed.append(address)

    async def file(self, account: Account, address: str, file: UUID) -> tuple[FileLine, bytes] | None:
        return self._files.get((account.id, address, file))

    # ------------------------------------------------------------------------------- what the team's side does

    def sort(self) -> None:
        for channel, raw in self.accepted:
            self._sort(self.accounts[channel], raw)

    def answer(
        self,
        account: Account,
        address: str,
        text: str,
        *,
        author: str | None = "Ana",
        files: Sequence[tuple[str, str, bytes]] = (),
        at: datetime | None = None,
    ) -> Line:
        kept = tuple(self._keep(account, address, *file) for file in files)
        line = Line(
            id=ids.new(), seq=self._next(account, address), by="brand", author=author, at=at or account.clock(),
            kind=Kind.TEXT, text=text, client_id=None, status="sent", files=kept,
        )  # fmt: skip
        self._put(account, address, line)
        return line

    def types(self, account: Account, address: str, author: str = "Ana") -> None:
        self._tell(account, address, Typing(author=author))

    def mark(self, account: Account, address: str, status: str) -> None:
        """How far the visitor's own messages have come: an agent's screen, an agent's eyes."""
        for line in list(self._lines.get((account.id, address), [])):
            if line.by == "person":
                self._change(account, address, line, status)

    def alter(self, account: Account, address: str, line: Line, **changes: object) -> None:
        """The team changes, takes back or signs a line."""
        lines = self._lines[account.id, address]
        place = next(index for index, one in enumerate(lines) if one.id == line.id)
        lines[place] = replace(lines[place], **changes)
        self._tell(account, address, lines[place])

    def followers(self, account: Account, address: str) -> int:
        return len(self._followers.get((account.id, address), ()))

    # ---------------------------------------------------------------------------------------------------- inside

    def _sort(self, account: Account, raw: Raw) -> None:
        for event in CHANNEL.read(account.settings, raw):
            match event:
                case Said() if (account.id, event.id) not in self._seen:
                    self._seen.add((account.id, event.id))
                    self.said.append(event)
                    self._put(account, event.address, self._line(account, event))
                case Progress():
                    self._progress(account, event)

    def _line(self, account: Account, said: Said) -> Line:
        content: Content = said.content
        files = tuple(
            self._keep(account, said.address, one.name or "", one.mime or "", one.data or b"") for one in content.media
        )
        return Line(
            id=ids.new(), seq=self._next(account, said.address), by="person", author=None, at=said.at,
            kind=content.kind, text=content.text, client_id=said.id, status="received", files=files,
        )  # fmt: skip

    def _progress(self, account: Account, event: Progress) -> None:
        for line in list(self._lines.get((account.id, event.address or ""), [])):
            if line.by == "brand" and str(line.id) in event.ids:
                self._change(account, event.address or "", line, event.status)

    def _change(self, account: Account, address: str, line: Line, status: str) -> None:
        if line.status not in FAR or FAR.index(status) > FAR.index(line.status):
            changed = replace(line, status=status)
            lines = self._lines[account.id, address]
            lines[lines.index(line)] = changed
            self._tell(account, address, changed)

    def _put(self, account: Account, address: str, line: Line) -> None:
        self._lines.setdefault((account.id, address), []).append(line)
        self._tell(account, address, line)

    def _keep(self, account: Account, address: str, name: str, mime: str, data: bytes) -> FileLine:
        kind = Kind.IMAGE if mime.startswith("image/") else Kind.FILE
        file = FileLine(id=ids.new(), name=name, mime=mime, size=len(data), kind=kind)
        self._files[account.id, address, file.id] = (file, data)
        return file

    def _next(self, account: Account, address: str) -> int:
        """Numbers have gaps: notes of the team stand between the lines."""
        lines = self._lines.get((account.id, address))
        return lines[-1].seq + 2 if lines else 1

    def _tell(self, account: Account, address: str, news: Line | Typing) -> None:
        for queue in self._followers.get((account.id, address), ()):
            queue.put_nowait(news)
