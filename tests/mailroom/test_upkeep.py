"""What is done now and then: snoozes end at their time, and what is no longer needed is forgotten, and only that."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from duologue.conversations import attend, show
from duologue.conversations.model import State
from duologue.kernel import journal
from duologue.kernel.house import House
from duologue.kernel.work import work
from duologue.mailroom import store_upkeep
from duologue.mailroom.upkeep import KEEP_JOURNAL, Chore, Upkeep
from duologue.settings import read
from tests.parrot import Mailroom, squawk


async def _row(room: Mailroom) -> Any:
    async with work(room.house, room.workspace) as open_work:
        ((row,), _) = await show.rows(open_work, "all", member=None)
    return row


async def _count(room: Mailroom, query: Any) -> int:
    async with room.house.db.workspace(room.workspace) as tx:
        (found,) = await tx.rows(int, query)
    return found


async def _sql(room: Mailroom, query: Any) -> None:
    """As the owner of the database: the program itself may not turn its journal back."""
    connection = await room.house.db.alone()
    async with connection:
        await connection.execute(query)


async def test_a_snooze_ends_at_its_time_and_not_before(mailroom: Mailroom, ana: Any) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    upkeep, row = Upkeep(mailroom.house), await _row(mailroom)
    async with work(mailroom.house, mailroom.workspace) as open_work:
        await attend.snooze(open_work, row.id, open_work.now + timedelta(hours=1), by=ana.id)
    mailroom.house.now.turn(minutes=59)  # type: ignore[attr-defined]
    await upkeep._awake()
    assert (await _row(mailroom)).state is State.SNOOZED
    mailroom.house.now.turn(minutes=1)  # type: ignore[attr-defined]
    await upkeep._awake()
    await upkeep._awake()
    assert (await _row(mailroom)).state is State.OPEN
    told = "SELECT count(*)::int FROM journal WHERE kind = 'conversation.changed' AND state = 'open'"
    assert await _count(mailroom, told) == 1


async def test_the_raw_form_of_what_was_sorted_goes_after_its_time(mailroom: Mailroom) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    await mailroom.arrive(b"{broken")
    await mailroom.keep(b"poison")
    await mailroom.sort()
    await mailroom.keep(b"")
    bodies = "SELECT count(body_sealed)::int FROM arrival"
    await Upkeep(mailroom.house)._forget()
    assert await _count(mailroom, bodies) == 4
    days = f"interval '{mailroom.house.settings.keep_raw_days} days 1 minute'"
    await _sql(mailroom, f"UPDATE arrival SET sorted_at = now() - {days} WHERE sorted_at IS NOT NULL")
    await Upkeep(mailroom.house)._forget()
    assert await _count(mailroom, bodies) == 3  # what could not be read, or is not read yet, stays
    assert await _count(mailroom, "SELECT count(*)::int FROM arrival") == 4
    assert await _count(mailroom, "SELECT count(*)::int FROM message") == 1


async def test_the_raw_form_is_kept_as_long_as_the_installation_says(mailroom: Mailroom) -> None:
    """It holds what pictures tell in secret, and what was taken back: an operator may want it gone at once."""
    assert read(data=mailroom.house.settings.data).keep_raw_days == 7
    mailroom.house.settings = read(data=mailroom.house.settings.data, keep_raw_days=0)
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    await mailroom.arrive(b"{broken")
    await Upkeep(mailroom.house)._forget()
    assert await _count(mailroom, "SELECT count(body_sealed)::int FROM arrival") == 1  # in quarantine
    assert await _count(mailroom, "SELECT count(*)::int FROM message") == 1


async def test_the_journal_forgets_its_past_and_only_that(mailroom: Mailroom) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    await _sql(mailroom, f"UPDATE journal SET at = now() - interval '{KEEP_JOURNAL} days 1 minute'")
    await mailroom.arrive(squawk("b", who="jonas", at=mailroom.house.now()))
    new = await _count(mailroom, "SELECT count(*)::int FROM journal WHERE at > now() - interval '1 day'")
    await Upkeep(mailroom.house)._forget()
    assert await _count(mailroom, "SELECT count(*)::int FROM journal") == new > 0


async def test_a_long_past_goes_in_chunks(mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "CHUNK", 3)
    for number in range(5):
        await mailroom.arrive(squawk(f"m{number}", at=mailroom.house.now()))
    await _sql(mailroom, f"UPDATE journal SET at = now() - interval '{KEEP_JOURNAL} days 1 minute'")
    await Upkeep(mailroom.house)._forget()
    assert await _count(mailroom, "SELECT count(*)::int FROM journal") == 0


async def test_a_chore_is_done_by_one_process_at_a_time(house: House) -> None:
    async with house.db.hall() as first:
        assert await store_upkeep.turn(first, "forget")
        async with house.db.hall() as second:
            assert not await store_upkeep.turn(second, "forget")
            assert await store_upkeep.turn(second, "snooze")
    async with house.db.hall() as later:
        assert await store_upkeep.turn(later, "forget")


async def test_chores_are_done_again_and_again(house: House) -> None:
    times, enough = 0, asyncio.Event()

    async def does() -> None:
        nonlocal times
        times += 1
        if times == 3:
            enough.set()

    repeating = asyncio.create_task(Upkeep(house)._repeat(Chore("count", 0.01, does)))
    async with asyncio.timeout(30):
        await enough.wait()
    repeating.cancel()
    await asyncio.gather(repeating, return_exceptions=True)
