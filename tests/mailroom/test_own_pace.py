# ruff: noqa: F811 (fixtures are asked for by name)
"""An account may have a pace of its own, by its settings: what telephone numbers may send depends on their kind."""

from typing import Any

import pytest
from msgspec.structs import replace

from duologue.channels.contract import Speed
from duologue.channels.registry import channels
from duologue.channels.sms.settings import Settings, speed
from duologue.conversations import show
from duologue.conversations.reply import Draft, Sender, reply
from duologue.kernel import ids
from duologue.kernel.work import work
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401

NAMES = ("a", "b", "c", "d", "e", "f")


@pytest.fixture
async def slow(mailroom: Mailroom, parrot: Any, monkeypatch: pytest.MonkeyPatch) -> Mailroom:
    """Accounts of the made-up platform that send one an hour, and two at once."""
    monkeypatch.setattr(parrot, "CHANNEL", replace(parrot.CHANNEL, speed=lambda settings: Speed(1 / 3600, 2)))
    channels.cache_clear()
    return mailroom


async def _say(room: Mailroom, *names: str) -> None:
    await room.arrive(*(squawk(f"in-{name}", who=name, name=name, at=room.house.now()) for name in names))
    connected = await room.accounts.get(room.channel)
    assert connected
    async with work(room.house, room.workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=None)
        for row in rows:
            if row.contact_name in names:
                draft = Draft(key=ids.new(), text="Yes")
                await reply(open_work, row.id, draft, Sender(), connected.channel.abilities)


async def test_an_account_goes_at_its_own_pace_from_its_first_message_on(slow: Mailroom, parrot: Any) -> None:
    await _say(slow, NAMES[0])
    await slow.deliver()
    async with slow.house.db.hall() as tx:
        await tx.run("UPDATE pace SET tokens = 1000")
    await _say(slow, *NAMES[1:])
    assert [await slow.deliver() for _ in range(2)] == [2, 0]
    async with slow.house.db.hall() as tx:
        await tx.run("UPDATE pace SET refilled_at = refilled_at - interval '1 hour'")
    assert [await slow.deliver() for _ in range(2)] == [1, 0]
    assert len(parrot.SENT) == 4


async def test_what_the_settings_say_later_holds_from_then_on(slow: Mailroom, parrot: Any) -> None:
    await _say(slow, NAMES[0])
    await slow.deliver()
    quick = replace(channels()["parrot"], speed=lambda settings: Speed(1000, 1000))
    parrot.CHANNEL = quick
    channels.cache_clear()
    slow.accounts.forget()
    await _say(slow, *NAMES[1:])
    async with slow.house.db.hall() as tx:
        await tx.run("UPDATE pace SET tokens = 1, refilled_at = clock_timestamp()")
    await slow.deliver()
    async with slow.house.db.hall() as tx:
        await tx.run("UPDATE pace SET tokens = 1000")
    assert await slow.deliver() == 4


@pytest.mark.parametrize(("told", "expected"), [(1, (1, 5)), (3, (3, 5)), (100, (100, 100)), (0, (1, 5)), (-7, (1, 5))])
def test_a_number_of_which_nothing_is_known_goes_as_the_slowest(told: int, expected: tuple[int, int]) -> None:
    found = speed(Settings(a_second=told))
    assert (found.a_second, found.burst) == expected
    assert speed(Settings()) == speed(Settings(a_second=1))
