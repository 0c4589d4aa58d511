"""What was acknowledged is kept: in the database, on disk while the database is away, or not acknowledged at all."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from duologue.accounts.connected import Connected
from duologue.channels.contract import Raw
from duologue.kernel.database import Database
from duologue.kernel.house import House
from duologue.mailroom import spool, store
from duologue.mailroom.model import arrival, opened
from duologue.mailroom.receive import Door
from tests.parrot import Mailroom, squawk

DEAD = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
async def door(house: House) -> AsyncIterator[Door]:
    door = Door(house)
    door.open()
    yield door
    await door.close()


@pytest.fixture
async def polly(mailroom: Mailroom) -> Connected:
    """The parrot's account, looked up while the database was still there."""
    connected = await mailroom.accounts.get(mailroom.channel)
    assert connected
    await mailroom.house.safe(mailroom.workspace)
    return connected


class Blackout:
    """The database is away while this is entered; everything else of the house goes on."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._there = house.db

    async def __aenter__(self) -> None:
        self._house.db = Database(DEAD, most=2)
        self._house.db._pool.timeout = 0.1  # nobody need wait two seconds for what is certain
        await self._house.db.open()

    async def __aexit__(self, *_: object) -> None:
        away, self._house.db = self._house.db, self._there
        await away.close()


def _raw(number: int) -> Raw:
    return Raw(body=str(number).encode())


async def _kept(room: Mailroom) -> list[bytes]:
    """The bodies in the database, in the order of their ids."""
    safe = await room.house.safe(room.workspace)
    async with room.house.db.workspace(room.workspace) as tx:
        rows = await tx.rows(store.Body, "SELECT id, channel_id, body_sealed, received_at FROM arrival ORDER BY id")
    return [opened(safe, row.id, row.body_sealed).body for row in rows]


def _spool(house: House) -> Path:
    return house.settings.data / "spool"


async def _drained(door: Door) -> None:
    async with asyncio.timeout(10):
        while door._behind.is_set():
            door._news.set()
            await asyncio.sleep(0.01)


async def test_what_comes_at_the_same_moment_shares_a_commit(
    door: Door, mailroom: Mailroom, polly: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    write_down = store.write_down

    async def counted(tx: Any, arrivals: Any) -> None:
        commits.append(len(arrivals))
        await write_down(tx, arrivals)

    monkeypatch.setattr(store, "write_down", counted)
    await asyncio.gather(*(door.keep(polly, [_raw(number)]) for number in range(400)))
    assert sorted(map(int, await _kept(mailroom))) == list(range(400))
    assert sum(commits) == 400
    assert len(commits) <= 3


async def test_a_batch_has_an_end(door: Door, mailroom: Mailroom, polly: Connected) -> None:
    await asyncio.gather(*(door.keep(polly, [_raw(n) for n in range(start, start + 300)]) for start in (0, 300, 600)))
    assert sorted(map(int, await _kept(mailroom))) == list(range(900))


async def test_nothing_to_keep_is_kept_at_once(door: Door, polly: Connected) -> None:
    await door.keep(polly, [])


async def test_whoever_gave_up_waiting_hinders_nobody(door: Door, mailroom: Mailroom, polly: Connected) -> None:
    gone = asyncio.create_task(door.keep(polly, [_raw(1)]))
    await asyncio.sleep(0)
    stays = asyncio.create_task(door.keep(polly, [_raw(2)]))
    await asyncio.sleep(0)
    gone.cancel()
    await stays
    assert b"2" in await _kept(mailroom)
    await door.keep(polly, [_raw(3)])


async def test_while_the_database_is_away_the_disk_keeps_it_and_order_is_kept(
    door: Door, mailroom: Mailroom, polly: Connected
) -> None:
    async with Blackout(mailroom.house):
        for number in range(1, 6):
            await door.keep(polly, [_raw(number)])
        assert spool.Spool(_spool(mailroom.house)).waiting() == 5
    assert await _kept(mailroom) == []
    await door.keep(polly, [_raw(6)])  # comes when the database is back, and does not overtake
    await _drained(door)
    assert await _kept(mailroom) == [b"1", b"2", b"3", b"4", b"5", b"6"]
    assert list(_spool(mailroom.house).iterdir()) == []


async def test_what_is_on_disk_is_sealed(door: Door, mailroom: Mailroom, polly: Connected) -> None:
    async with Blackout(mailroom.house):
        await door.keep(polly, [Raw(body=b"canary-words")])
        (file,) = _spool(mailroom.house).iterdir()
        assert b"canary" not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0 or _spool(mailroom.house).stat().st_mode & 0o077 == 0
    await _drained(door)
    assert await _kept(mailroom) == [b"canary-words"]


async def test_what_was_spooled_before_a_stop_is_kept_after_the_next_start(
    mailroom: Mailroom, polly: Connected
) -> None:
    first = Door(mailroom.house)
    first.open()
    async with Blackout(mailroom.house):
        await first.keep(polly, [_raw(1)])
        await first.close()
    second = Door(mailroom.house)
    second.open()
    await _drained(second)
    await second.close()
    assert await _kept(mailroom) == [b"1"]


async def test_closing_keeps_what_is_still_waiting(mailroom: Mailroom, polly: Connected) -> None:
    door = Door(mailroom.house)
    door.open()
    waiting = [asyncio.create_task(door.keep(polly, [_raw(number)])) for number in range(20)]
    await asyncio.sleep(0)
    await door.close()
    await asyncio.gather(*waiting)
    assert len(await _kept(mailroom)) == 20


async def test_neither_database_nor_disk_is_an_error_for_everybody_who_waits(
    door: Door, mailroom: Mailroom, polly: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async with Blackout(mailroom.house):
        with monkeypatch.context() as while_full:
            while_full.setattr(os, "fsync", full)
            told = await asyncio.gather(
                *(door.keep(polly, [_raw(number)]) for number in range(3)), return_exceptions=True
            )
        assert [type(one) for one in told] == [OSError] * 3
        assert list(_spool(mailroom.house).iterdir()) == []  # nor anything that would come to light later
        await door.keep(polly, [_raw(4)])  # there is room again
    await _drained(door)
    assert await _kept(mailroom) == [b"4"]


async def test_what_the_database_refuses_is_told_and_stops_nobody(
    door: Door, mailroom: Mailroom, polly: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> None:
        raise psycopg.errors.DiskFull("no space left")

    with monkeypatch.context() as while_full:
        while_full.setattr(store, "write_down", refused)
        with pytest.raises(psycopg.errors.DiskFull):
            await door.keep(polly, [_raw(1)])
    await door.keep(polly, [_raw(2)])
    assert await _kept(mailroom) == [b"2"]


async def test_a_crash_between_emptying_and_deleting_doubles_nothing(
    mailroom: Mailroom, polly: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Door(mailroom.house)
    first.open()
    now = mailroom.house.now()
    async with Blackout(mailroom.house):
        await first.keep(polly, [Raw(body=msgspec.json.encode(squawk("a", at=now)))])
        await first.close()
    crashing = Door(mailroom.house)
    with monkeypatch.context() as at_the_worst_moment:
        at_the_worst_moment.setattr(Path, "unlink", _crash)
        await crashing._drain()
    assert len(await _kept(mailroom)) == 1
    assert len(list(_spool(mailroom.house).glob("*.spool"))) == 1
    await mailroom.sort()
    second = Door(mailroom.house)
    second.open()
    await _drained(second)
    await second.close()
    await mailroom.sort()
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        assert await tx.rows(int, "SELECT count(*)::int FROM message") == [1]
        assert await tx.rows(str, "SELECT state FROM arrival") == ["sorted"]


@pytest.mark.parametrize("cut", [1, 8, 40])
async def test_a_file_that_was_cut_short_gives_what_is_whole_and_is_put_aside(
    mailroom: Mailroom, polly: Connected, cut: int
) -> None:
    file = await _written(mailroom, 3)
    file.write_bytes(file.read_bytes()[:-cut])
    door = Door(mailroom.house)
    door.open()
    await _drained(door)
    await door.close()
    assert await _kept(mailroom) == [b"0", b"1"]
    assert [path.suffix for path in _spool(mailroom.house).iterdir()] == [".damaged"]


async def test_a_flipped_bit_is_noticed(mailroom: Mailroom, polly: Connected) -> None:
    file = await _written(mailroom, 3)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    found = spool.read(file)
    assert not found.whole
    assert len(found.arrivals) == 1


async def test_a_file_that_the_database_refuses_does_not_hold_up_the_others(
    mailroom: Mailroom, polly: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _written(mailroom, 1)
    await _written(mailroom, 2)
    write_down, refusals = store.write_down, iter([True, False])

    async def first_refused(tx: Any, arrivals: Any) -> None:
        if next(refusals):
            raise psycopg.errors.ForeignKeyViolation("the account is gone")
        await write_down(tx, arrivals)

    monkeypatch.setattr(store, "write_down", first_refused)
    door = Door(mailroom.house)
    await door._drain()
    assert await _kept(mailroom) == [b"0", b"1"]
    assert [path.suffix for path in _spool(mailroom.house).iterdir()] == [".damaged"]


async def test_the_door_goes_on_after_whatever_happens_while_emptying(
    door: Door, mailroom: Mailroom, polly: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that may happen to the spool ends the task on which every acknowledgement waits."""
    (_spool(mailroom.house) / "0.spool").mkdir()  # it cannot even be read
    door._spooled = True
    await asyncio.wait_for(door.keep(polly, [_raw(1)]), 5)
    (_spool(mailroom.house) / "0.spool").rmdir()
    await _drained(door)
    assert await _kept(mailroom) == [b"1"]


async def _written(room: Mailroom, many: int) -> Path:
    """A spool file with so many arrivals."""
    safe = await room.house.safe(room.workspace)
    folder = spool.Spool(_spool(room.house))
    folder.put([arrival(safe, room.channel, _raw(number), room.house.now()) for number in range(many)])
    return folder.files()[-1]


def _crash(*_: object, **__: object) -> None:
    raise OSError(errno.EIO, "the machine went down here")
