"""What the house offers to a channel that is itself the platform: the person's side of their own conversation."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

from duologue.accounts.connected import Accounts
from duologue.channels.contract import Account, FileLine, Kind, Line, Raw, Typing
from duologue.channels.registry import channels
from duologue.conversations import show, store_views
from duologue.conversations.model import Bubble, Status
from duologue.errors import NotFound, NotSignedIn
from duologue.kernel.database import Away
from duologue.kernel.house import House
from duologue.kernel.journal import Told
from duologue.kernel.tasks import end
from duologue.kernel.work import Work, work
from duologue.live.hub import TYPING, Hub
from duologue.mailroom.letters import store as letters
from duologue.mailroom.letters.model import came_by_mail
from duologue.mailroom.receive import Door

_OURS_ONLY = {Status.HELD, Status.CANCELLED, Status.FAILED}  # what the person never sees
BELIEVED = timedelta(seconds=90)  # so long an open chat counts as looked at without being heard of again
_ON_ITS_WAY = {Status.QUEUED, Status.SENDING, Status.UNKNOWN}


class OpenLobby:
    """`contract.Lobby` for the channels of one kind."""

    def __init__(self, house: House, accounts: Accounts, door: Door, hub: Hub, kind: str) -> None:
        self._house = house
        self._accounts = accounts
        self._door = door
        self._hub = hub
        self._kind = kind

    async def account(self, channel: UUID) -> Account | None:
        connected = await self._accounts.get(channel)
        on = connected and connected.kind == self._kind and connected.state == "active"
        return connected.account if connected and on else None

    async def accept(self, account: Account, raws: Sequence[Raw]) -> None:
        connected = await self._accounts.get(account.id)
        if connected is None:
            raise NotSignedIn("This chat has been switched off.")
        await self._door.keep(connected, raws)

    async def lines(self, account: Account, address: str, *, after: int, most: int = 100) -> list[Line]:
        async with work(self._house, account.workspace) as open_work:
            conversation = await _conversation(open_work, account, address)
            if conversation is None:
                return []
            bubbles = await show.bubbles_after(open_work, conversation, after, most)
            return await _lines(open_work, conversation, bubbles)

    @asynccontextmanager
    async def follow(self, account: Account, address: str) -> AsyncIterator[AsyncIterator[Line | Typing]]:
        entries: asyncio.Queue[Told] = asyncio.Queue(1000)
        follower = _Follower(self._house, account, address, entries)
        looks = asyncio.create_task(self._looks(account, address))
        try:
            with self._hub.follow(account.workspace, follower.hear):
                yield follower.news()
        finally:
            await end([looks])

    async def _looks(self, account: Account, address: str) -> None:
        """Says again and again that somebody looks: nothing goes after them as long as they do."""
        onward = channels()[self._kind].onward
        if onward is None or onward(account.settings) is None:
            return
        safe = await self._house.safe(account.workspace)
        index = safe.index(f"address|{account.id}", address)
        while True:
            with contextlib.suppress(Away):
                async with self._house.db.workspace(account.workspace) as tx:
                    await letters.look(tx, account.id, index, self._house.now() + BELIEVED)
            await asyncio.sleep(BELIEVED.total_seconds() / 3)

    async def typing(self, account: Account, address: str) -> None:
        async with work(self._house, account.workspace) as open_work:
            conversation = await _conversation(open_work, account, address)
            rows = await show.rows_of(open_work, [conversation]) if conversation else []
        for row in rows:
            self._hub.typing(open_work.safe, row.id, row.contact_name)

    async def file(self, account: Account, address: str, file: UUID) -> tuple[FileLine, bytes] | None:
        async with work(self._house, account.workspace) as open_work:
            conversation = await _conversation(open_work, account, address)
            found = await store_views.file(open_work.tx, file)
            if conversation is None or found is None or found.conversation_id != conversation:
                return None
            if not await _lines(open_work, conversation, await show.bubbles(open_work, [found.message_id])):
                return None
            try:
                view, data = await show.file(open_work, file)
            except NotFound:
                return None
        return FileLine(id=view.id, name=view.name, mime=view.mime, size=view.size, kind=view.kind), data


class _Follower:
    """Turns journal entries into lines of one person's conversation."""

    def __init__(self, house: House, account: Account, address: str, entries: asyncio.Queue[Told]) -> None:
        self._house = house
        self._account = account
        self._address = address
        self._entries = entries
        self._conversation: UUID | None = None
        self._behind = False

    def hear(self, entry: Told) -> None:
        if self._conversation and entry.conversation_id != self._conversation:
            return
        if self._entries.full():
            self._behind = True
            return
        self._entries.put_nowait(entry)

    async def news(self) -> AsyncIterator[Line | Typing]:
        async with work(self._house, self._account.workspace) as open_work:
            self._conversation = await _conversation(open_work, self._account, self._address)
        while not (self._behind and self._entries.empty()):  # who fell behind comes back with its last position
            entry = await self._entries.get()
            for one in await self._news_of(entry):
                yield one

    async def _news_of(self, entry: Told) -> list[Line] | list[Typing]:
        if entry.conversation_id is None:
            return []
        async with work(self._house, self._account.workspace) as open_work:
            if self._conversation is None and entry.kind != TYPING:
                self._conversation = await _conversation(open_work, self._account, self._address)
            if entry.conversation_id != self._conversation:
                return []
            if entry.kind == TYPING:
                return [Typing(author=entry.state)]
            return await _lines(open_work, entry.conversation_id, await _changed(open_work, entry))


async def _changed(open_work: Work, entry: Told) -> list[Bubble]:
    """The messages that an entry is about; after the team has read, the last ones."""
    assert entry.conversation_id
    if entry.message_id:
        return await show.bubbles(open_work, [entry.message_id])
    if entry.state == "read":
        return (await show.page(open_work, entry.conversation_id, before=None, most=20))[0]
    return []


async def _conversation(open_work: Work, account: Account, address: str) -> UUID | None:
    index = open_work.safe.index(f"address|{account.id}", address)
    return await store_views.at_address(open_work.tx, account.id, index)


async def _unread(open_work: Work, conversation: UUID) -> bool:
    return any(row.unread for row in await show.rows_of(open_work, [conversation]))


async def _lines(open_work: Work, conversation: UUID, bubbles: Sequence[Bubble]) -> list[Line]:
    """What the person at this address may see of these messages."""
    by_mail = [one.id for one in bubbles if came_by_mail(one.external_id)]
    strangers = await letters.of_others(open_work.tx, by_mail) if by_mail else set()
    unread = await _unread(open_work, conversation)
    return [_line(one, unread) for one in bubbles if _may_be_seen(one) and one.id not in strangers]


def _may_be_seen(bubble: Bubble) -> bool:
    return bubble.status not in _OURS_ONLY and bubble.kind is not Kind.NOTICE


def _line(bubble: Bubble, unread: bool) -> Line:
    person = bubble.direction == "in"
    status = ("delivered" if unread else "read") if person else str(bubble.status)
    files = tuple(
        FileLine(id=file.id, name=file.name, mime=file.mime, size=file.size, kind=file.kind)
        for file in bubble.files
        if file.state == "stored"
    )
    return Line(
        id=bubble.id,
        seq=bubble.seq,
        by="person" if person else "brand",
        author=None if person else bubble.author_name,
        at=bubble.received_time,
        kind=bubble.kind,
        text=bubble.text,
        client_id=bubble.external_id if person else None,
        status="sent" if bubble.status in _ON_ITS_WAY else status,
        files=files,
        edited=bool(bubble.edited),
        gone=bubble.unsent_at is not None,
        sign=next((one.emoji for one in bubble.reactions if one.by == "brand"), ""),
    )
