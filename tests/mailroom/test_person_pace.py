# ruff: noqa: F811 (fixtures are asked for by name)
"""Where a platform minds how fast one person is written to, what is too soon waits, and nobody else does."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from duologue.channels.contract import Spacing
from duologue.channels.registry import channels
from duologue.conversations import show
from duologue.conversations.model import Lane, Status
from duologue.conversations.reply import Draft, Sender, reply
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.work import work
from duologue.mailroom import store_person_pace
from duologue.mailroom.person_pace import REASON
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401

SIX = timedelta(seconds=6)


@pytest.fixture
def spaced(parrot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three to one person at once, then one in six seconds."""
    able = msgspec.structs.replace(parrot.CHANNEL.abilities, spacing=Spacing(burst=3, each=SIX))
    monkeypatch.setattr(parrot, "CHANNEL", msgspec.structs.replace(parrot.CHANNEL, abilities=able))
    channels.cache_clear()


async def _conversation(room: Mailroom, who: str) -> UUID:
    await room.arrive(squawk(f"in-{who}", who=who, name=who, at=room.house.now()))
    async with work(room.house, room.workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=None)
    return next(row.id for row in rows if row.contact_name == who)


async def _write(room: Mailroom, conversation: UUID, *texts: str) -> None:
    connected = await room.accounts.get(room.channel)
    assert connected
    async with work(room.house, room.workspace) as open_work:
        for text in texts:
            draft = Draft(key=ids.new(), text=text)
            await reply(open_work, conversation, draft, Sender(lane=Lane.REPLY), connected.channel.abilities)


async def _deliver(room: Mailroom) -> None:
    while await room.deliver():
        pass


async def _waiting(room: Mailroom) -> list[tuple[str, str]]:
    async with room.house.db.workspace(room.workspace) as tx:
        rows = await tx.rows(
            str,
            "SELECT status || '|' || coalesce(reason, '') FROM message WHERE direction = 'out' AND status <> 'sent'",
        )
    return [(row.partition("|")[0], row.partition("|")[2]) for row in rows]


async def test_what_is_too_soon_for_one_person_waits_and_another_is_answered(
    spaced: None, mailroom: Mailroom, parrot: Any
) -> None:
    mia, tom = await _conversation(mailroom, "mia"), await _conversation(mailroom, "tom")
    await _write(mailroom, mia, "1", "2", "3", "4", "5")
    await _write(mailroom, tom, "a", "b")
    await _deliver(mailroom)
    assert sorted(one.content.text for one in parrot.SENT) == ["1", "2", "3", "a", "b"]
    assert (Status.QUEUED, REASON) in await _waiting(mailroom)


async def test_it_leaves_in_its_turn_one_in_each_time(
    spaced: None, mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    mia = await _conversation(mailroom, "mia")
    await _write(mailroom, mia, *map(str, range(6)))
    counts = []
    for _ in range(5):
        await _deliver(mailroom)
        counts.append(len(parrot.SENT))
        clock.turn(seconds=6)
    assert counts == [3, 4, 5, 6, 6]
    assert [one.content.text for one in parrot.SENT] == [str(number) for number in range(6)]
    assert await _waiting(mailroom) == []


async def test_an_allowance_grows_back_up_to_its_burst_and_no_further(
    spaced: None, mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    mia = await _conversation(mailroom, "mia")
    await _write(mailroom, mia, "1", "2", "3")
    await _deliver(mailroom)
    clock.turn(hours=1)
    await _write(mailroom, mia, "4", "5", "6", "7")
    await _deliver(mailroom)
    assert len(parrot.SENT) == 6


async def test_waiting_for_a_person_is_no_try_and_no_reason_to_give_up(
    spaced: None, mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    """What is tried in vain for a day is given up; what waits for its turn is not."""
    mia = await _conversation(mailroom, "mia")
    await _write(mailroom, mia, *map(str, range(8)))
    await _deliver(mailroom)
    clock.turn(hours=25)
    await _deliver(mailroom)
    assert len(parrot.SENT) == 6
    assert {status for status, _ in await _waiting(mailroom)} == {Status.QUEUED}
    clock.turn(seconds=12)
    await _deliver(mailroom)
    assert len(parrot.SENT) == 8


async def test_where_the_platform_does_not_mind_nothing_is_counted(mailroom: Mailroom, parrot: Any) -> None:
    mia = await _conversation(mailroom, "mia")
    await _write(mailroom, mia, *map(str, range(8)))
    await _deliver(mailroom)
    assert len(parrot.SENT) == 8
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        assert await tx.row(int, "SELECT count(*)::int FROM person_pace") == 0


async def test_whole_allowances_are_forgotten(spaced: None, mailroom: Mailroom, clock: Turned) -> None:
    mia = await _conversation(mailroom, "mia")
    await _write(mailroom, mia, "1")
    await _deliver(mailroom)
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        assert await store_person_pace.forget(tx, clock()) == 0
        assert await store_person_pace.forget(tx, clock() + SIX + SIX) == 1


def test_platforms_tell_it_as_data() -> None:
    told = {kind: channel.abilities.spacing for kind, channel in channels().items() if channel.abilities.spacing}
    assert told
    assert all(its.burst > 0 and its.each > timedelta(0) and its.source for its in told.values())
