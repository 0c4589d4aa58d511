"""What tests of the mail channel share: an account, an answer, and a house that keeps what it is handed."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import msgspec

from duologue.channels.contract import Account, Content, Event, Kind, Media, Outgoing, Raw
from duologue.channels.email import CHANNEL
from duologue.channels.email.settings import Settings
from duologue.kernel import clock, ids
from duologue.kernel.egress import Egress

JONAS = "jonas.weber@posteo.example"
ELENA = "elena.petrova@mail.example"
PRIYA = "priya.nair@outlook.example"


class House:
    """Runs `listen` as the house does, keeps arrivals and cursor, and can be waited upon."""

    def __init__(self, account: Account, cursor: bytes | None = None) -> None:
        self.account, self.cursor = account, cursor
        self.raws: list[Raw] = []
        self.refusals = 0  # how many hand-overs fail before one succeeds
        self._more = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def deliver(self, raws: Sequence[Raw], cursor: bytes) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ConnectionError("the database is away")
        async with self._more:
            self.raws += raws
            self.cursor = cursor
            self._more.notify_all()

    def open(self) -> None:
        assert CHANNEL.listen
        self._task = asyncio.create_task(CHANNEL.listen(self.account, self.cursor, self.deliver))

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def has(self, count: int, seconds: float = 15) -> list[Raw]:
        """Waits until so many arrivals are kept."""
        return await self.until(lambda: len(self.raws) >= count, seconds)

    async def is_settled(self) -> None:
        """Waits until the mailbox has been read once."""
        await self.until(lambda: self.cursor is not None)

    async def until(self, true, seconds: float = 15) -> list[Raw]:
        async with asyncio.timeout(seconds), self._more:
            await self._more.wait_for(true)
        return self.raws

    def events(self) -> list[Event]:
        return [event for raw in self.raws for event in CHANNEL.read(self.account.settings, raw)]


_OPENED: list[Egress] = []


async def close_ways_out() -> None:
    """Ends the connections of all accounts that were made."""
    while _OPENED:
        await _OPENED.pop().close()


def an_account(settings: Settings, places: Sequence[str]) -> Account:
    _OPENED.append(Egress(places))
    return Account(
        id=ids.new(),
        workspace=ids.new(),
        name="Support",
        settings=settings,
        egress=_OPENED[-1],
        clock=clock.now,
        public_url="https://inbox.example",
    )


def an_answer(address: str, text: str, *, conversation: UUID | None = None, **more: object) -> Outgoing:
    content = Content(
        text=text,
        subject=more.pop("subject", "A question"),  # pyrefly: ignore
        media=more.pop("media", ()),  # pyrefly: ignore
    )
    return Outgoing(
        id=ids.new(),
        conversation=conversation or ids.new(),
        address=address,
        content=content,
        attempt=1,
        author=more.pop("author", "Ana"),  # pyrefly: ignore
        queued_at=clock.now() - timedelta(seconds=1),
        **more,  # pyrefly: ignore
    )


def a_file(name: str = "offer.pdf", data: bytes = b"%PDF-1.4 small") -> Media:
    return Media(kind=Kind.FILE, name=name, mime="application/pdf", data=data)


def reaching(account: Account, places: Sequence[str]) -> Account:
    """The same account with more inside places open to it, or with none."""
    return msgspec.structs.replace(account, egress=Egress(places))


def changed(account: Account, **settings: object) -> Account:
    return msgspec.structs.replace(account, settings=msgspec.structs.replace(account.settings, **settings))
