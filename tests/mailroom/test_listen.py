"""Accounts that must be polled: each by one process at a time, begun again where it breaks, ended when told to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Any
from uuid import UUID

import msgspec
import pytest

from duologue.channels.contract import Deliver, Raw
from duologue.channels.registry import channels
from duologue.mailroom import listen
from duologue.mailroom.listen import Listeners
from tests.parrot import Mailroom, connect, squawk

Does = Callable[[bytes | None, Deliver], Any]


class Mailboxes:
    """What the accounts' listeners do; who listens right now, and with which cursor each began."""

    def __init__(self) -> None:
        self.open: list[UUID] = []
        self.most = 0
        self.begun: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.does: list[Does] = []
        self.settings: list[Any] = []

    async def listen(self, account: Any, cursor: bytes | None, deliver: Deliver) -> None:
        self.open.append(account.id)
        self.most = max(self.most, len(self.open))
        self.settings.append(account.settings)
        self.begun.put_nowait(cursor)
        try:
            if self.does:
                await self.does.pop(0)(cursor, deliver)
            await asyncio.Event().wait()
        finally:
            self.open.remove(account.id)

    async def next(self) -> bytes | None:
        """The cursor with which the next listener begins."""
        async with asyncio.timeout(10):
            return await self.begun.get()


@pytest.fixture
def mailboxes(parrot: Any, monkeypatch: pytest.MonkeyPatch) -> Mailboxes:
    """The parrot is polled, as well as called."""
    boxes = Mailboxes()
    monkeypatch.setattr(parrot, "CHANNEL", msgspec.structs.replace(parrot.CHANNEL, listen=boxes.listen))
    channels.cache_clear()
    return boxes


@pytest.fixture
async def processes(mailroom: Mailroom) -> AsyncIterator[Callable[[], Listeners]]:
    """Makes the listeners of another process; all of them are ended with the test."""
    made: list[Listeners] = []

    def another() -> Listeners:
        made.append(Listeners(mailroom.house, mailroom.accounts))
        return made[-1]

    yield another
    for one in made:
        for channel in list(one._tasks):
            await one._end(channel)


async def _sql(room: Mailroom, query: Any, **values: object) -> None:
    async with room.house.db.workspace(room.workspace) as tx:
        await tx.run(query, values)


async def _seen(room: Mailroom, into: Any, query: Any) -> Any:
    async with room.house.db.workspace(room.workspace) as tx:
        (found,) = await tx.rows(into, query)
    return found


def _said(room: Mailroom, id: str) -> Raw:
    return Raw(body=msgspec.json.encode(squawk(id, at=room.house.now())))


async def test_one_of_many_processes_listens(
    mailroom: Mailroom, mailboxes: Mailboxes, processes: Callable[[], Listeners]
) -> None:
    for one in [processes() for _ in range(3)]:
        await one._tend()
        await one._tend()
    await mailboxes.next()
    assert mailboxes.open == [mailroom.channel]
    assert mailboxes.begun.empty()


async def test_when_it_ends_another_takes_over_where_it_was(
    mailroom: Mailroom, mailboxes: Mailboxes, processes: Callable[[], Listeners]
) -> None:
    first, second = processes(), processes()
    delivered = asyncio.Event()

    async def brings(cursor: bytes | None, deliver: Deliver) -> None:
        await deliver([_said(mailroom, "a")], b"7")
        delivered.set()

    mailboxes.does.append(brings)
    await first._tend()
    await second._tend()
    assert await mailboxes.next() is None
    await delivered.wait()
    await first._end(mailroom.channel)
    await second._tend()
    assert await mailboxes.next() == b"7"
    assert mailboxes.most == 1


async def test_who_lost_the_lease_stops(
    mailroom: Mailroom, mailboxes: Mailboxes, processes: Callable[[], Listeners]
) -> None:
    first, second = processes(), processes()
    await first._tend()
    await mailboxes.next()
    await _sql(mailroom, "UPDATE channel SET listener_until = clock_timestamp() - interval '1 second'")
    await second._tend()
    await mailboxes.next()
    await first._tend()
    assert mailroom.channel not in first._tasks
    assert mailboxes.open == [mailroom.channel]
    await second._tend()
    assert mailroom.channel in second._tasks  # the first did not take the lease along


async def test_whoever_lost_the_lease_unnoticed_brings_nothing_and_moves_no_cursor(
    mailroom: Mailroom, mailboxes: Mailboxes, processes: Callable[[], Listeners]
) -> None:
    first, second = processes(), processes()
    go_on, outcome = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def late(cursor: bytes | None, deliver: Deliver) -> None:
        await go_on.wait()
        try:
            await deliver([_said(mailroom, "late")], b"1")
        except Exception as error:
            outcome.set_result(error)
            raise

    mailboxes.does.append(late)
    await first._tend()
    await mailboxes.next()
    await _sql(mailroom, "UPDATE channel SET listener_until = clock_timestamp() - interval '1 second'")
    await second._tend()
    await mailboxes.next()
    go_on.set()
    async with asyncio.timeout(30):
        assert isinstance(await outcome, listen.LeaseLost)
    assert await _seen(mailroom, int, "SELECT count(*)::int FROM arrival") == 0
    assert await _seen(mailroom, str, "SELECT coalesce(cursor, '')::text FROM channel") == "\\x"


async def test_where_it_breaks_it_says_so_and_begins_again_from_where_it_was(
    mailroom: Mailroom, mailboxes: Mailboxes, processes: Callable[[], Listeners]
) -> None:
    async def breaks(cursor: bytes | None, deliver: Deliver) -> None:
        await deliver([_said(mailroom, "a")], b"1")
        raise OSError("the mailbox hung up")

    mailboxes.does.append(breaks)
    await processes()._tend()
    assert await mailboxes.next() is None
    assert await mailboxes.next() == b"1"
    assert await _seen(mailroom, str, "SELECT coalesce(trouble, '') FROM channel") == "the mailbox hung up"
    await mailroom.sort()
    assert await _seen(mailroom, int, "SELECT count(*)::int FROM message") == 1


async def test_what_it_brings_and_how_far_it_read_are_kept_together_or_not_at_all(
    mailroom: Mailroom, mailboxes: Mailboxes, processes: Callable[[], Listeners], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def torn(*_: object) -> None:
        raise OSError("the machine went down here")

    async def brings(cursor: bytes | None, deliver: Deliver) -> None:
        with monkeypatch.context() as at_the_worst_moment:
            at_the_worst_moment.setattr(listen.store, "save_cursor", torn)
            await deliver([_said(mailroom, "a")], b"1")

    mailboxes.does.append(brings)
    await processes()._tend()
    assert await mailboxes.next() is None
    assert await mailboxes.next() is None
    assert await _seen(mailroom, int, "SELECT count(*)::int FROM arrival") == 0


@pytest.mark.parametrize("state", ["paused", "draft"])
async def test_an_account_that_is_switched_off_is_left(
    mailroom: Mailroom, mailboxes: Mailboxes, processes: Callable[[], Listeners], state: str
) -> None:
    process = processes()
    await process._tend()
    await mailboxes.next()
    await _sql(mailroom, "UPDATE channel SET state = %(state)s", state=state)
    await process._tend()
    assert mailboxes.open == []
    assert await _seen(mailroom, int, "SELECT count(listener)::int FROM channel") == 0


async def test_other_settings_begin_it_anew_and_nothing_else_does(
    mailroom: Mailroom, mailboxes: Mailboxes, processes: Callable[[], Listeners]
) -> None:
    process = processes()
    await process._tend()
    await mailboxes.next()
    await process._tend()
    assert mailboxes.begun.empty()
    safe = await mailroom.house.safe(mailroom.workspace)
    changed = safe.own.seal("channel|settings", mailroom.channel, msgspec.json.encode({"word": "goodbye"}))
    await _sql(mailroom, "UPDATE channel SET settings_sealed = %(sealed)s", sealed=changed)
    await process._tend()
    await mailboxes.next()
    assert [one.word for one in mailboxes.settings] == ["hello", "goodbye"]
    assert mailboxes.most == 1


async def test_it_stops_quickly_and_gives_its_leases_back(mailroom: Mailroom, mailboxes: Mailboxes) -> None:
    for _ in range(5):
        await connect(mailroom.house, mailroom.workspace)
    running = asyncio.create_task(Listeners(mailroom.house, mailroom.accounts).run())
    for _ in range(6):
        await mailboxes.next()
    begun = monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert monotonic() - begun < 1.5
    assert mailboxes.open == []
    assert await _seen(mailroom, int, "SELECT count(listener)::int FROM channel") == 0


async def test_a_new_account_is_listened_to_at_once(mailroom: Mailroom, mailboxes: Mailboxes) -> None:
    running = asyncio.create_task(Listeners(mailroom.house, mailroom.accounts).run())
    await mailboxes.next()
    new = await connect(mailroom.house, mailroom.workspace)
    mailroom.house.wake.tell("channels")
    await mailboxes.next()
    assert set(mailboxes.open) == {mailroom.channel, new}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
