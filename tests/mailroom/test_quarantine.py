# ruff: noqa: F811 (fixtures are asked for by name)
"""What could not be read can be replayed or discarded, and the count stays true all the while."""

import errno
from typing import Any
from uuid import UUID

import pytest

from duologue.conversations import show
from duologue.kernel.work import work
from duologue.mailroom import sort, store, store_upkeep
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401


async def _whole(room: Mailroom) -> store_upkeep.Count:
    """The count, whose equation must hold."""
    async with room.house.db.workspace(room.workspace) as tx:
        counted = await store_upkeep.count(tx)
    assert counted.arrivals == counted.pending + counted.sorted + counted.quarantined + counted.discarded
    assert counted.items == counted.messages + counted.duplicates + counted.others + counted.set_aside
    assert counted.messages == counted.message_rows
    assert counted.set_aside == counted.set_aside_rows
    return counted


async def _held(room: Mailroom) -> list[UUID]:
    async with room.house.db.workspace(room.workspace) as tx:
        return [one.id for one in await store.held(tx, None, 50)]


async def _replay(room: Mailroom, id_: UUID) -> None:
    async with room.house.db.workspace(room.workspace) as tx:
        assert await store.replay(tx, id_)


async def test_an_item_that_still_cannot_be_read_is_set_aside_anew(mailroom: Mailroom) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()), b"{broken")
    (item,) = await _held(mailroom)
    await _whole(mailroom)
    await _replay(mailroom, item)
    assert (await _whole(mailroom)).pending == 1
    await mailroom.sort()
    counted = await _whole(mailroom)
    assert (counted.messages, counted.duplicates, counted.set_aside) == (1, 0, 1)
    assert len(await _held(mailroom)) == 1


async def test_after_the_reader_is_mended_a_replay_gives_the_message(
    mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = sort.Sorter._read

    async def broken(self: Any, open_work: Any, body: Any) -> Any:
        raise ValueError("a bug of the reader")

    monkeypatch.setattr(sort.Sorter, "_read", broken)
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    (whole,) = await _held(mailroom)
    assert (await _whole(mailroom)).quarantined == 1
    monkeypatch.setattr(sort.Sorter, "_read", read)
    await _replay(mailroom, whole)
    await mailroom.sort()
    assert (await _whole(mailroom)).messages == 1
    async with work(mailroom.house, mailroom.workspace) as open_work:
        assert len((await show.rows(open_work, "all", member=None))[0]) == 1


async def test_what_was_discarded_is_still_counted(mailroom: Mailroom) -> None:
    await mailroom.keep(b"poison")
    await mailroom.sort()
    (whole,) = await _held(mailroom)
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        assert await store.discard(tx, whole)
        assert not await store.discard(tx, whole)
    assert (await _whole(mailroom)).discarded == 1
    assert await _held(mailroom) == []


async def test_a_full_disk_quarantines_nothing(mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as while_full:
        while_full.setattr(sort, "receive", full)
        await mailroom.arrive(squawk("a", at=mailroom.house.now()))
        assert (await _whole(mailroom)).pending == 1
    await mailroom.sort()
    assert (await _whole(mailroom)).messages == 1
