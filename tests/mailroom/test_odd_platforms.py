# ruff: noqa: F811 (fixtures are asked for by name)
"""Platforms that ask to wait for ever or until yesterday, and one message that comes to two of our accounts."""

import math
from typing import Any
from uuid import UUID

import pytest

from duologue.channels.contract import TryLater
from duologue.conversations import show
from duologue.kernel.clock import Turned
from duologue.kernel.house import House
from duologue.kernel.work import work
from tests.mailroom.test_way_of_a_message import _answer
from tests.parrot import Mailroom, connect, mailroom, parrot, squawk  # noqa: F401


@pytest.mark.parametrize("after", [0, -1e9, 1e9, math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("whole_account", [False, True])
async def test_whoever_asks_to_wait_is_believed_within_a_day(
    mailroom: Mailroom, parrot: Any, clock: Turned, after: float, whole_account: bool
) -> None:
    await mailroom.arrive(squawk("a", at=mailroom.house.now()))
    await _answer(mailroom)
    parrot.ANSWERS.append(TryLater(after=after, reason="busy", whole_account=whole_account))
    assert await mailroom.deliver() == 1
    clock.turn(hours=24, seconds=1)
    async with mailroom.house.db.hall() as tx:  # a day in the database, whose own clock nobody turns
        await tx.run("UPDATE pace SET held_until = held_until - interval '1 day 1 second'")
    assert await mailroom.deliver() == 1, "it is tried again after a day at the latest"


async def test_one_message_to_two_of_our_accounts_is_in_both(house: House, workspace: UUID, mailroom: Mailroom) -> None:
    """A platform's id counts within the account that it came to."""
    first, second = mailroom.channel, await connect(house, workspace)
    for channel in (first, second, second):
        mailroom.channel = channel
        await mailroom.arrive(squawk("same-id", "mia", "To both of you", at=house.now()))
    async with work(house, workspace) as open_work:
        rows = (await show.rows(open_work, "all", member=None))[0]
        told = [[one.text for one in (await show.page(open_work, row.id, before=None))[0]] for row in rows]
    assert {row.channel_id for row in rows} == {first, second}
    assert told == [["To both of you"], ["To both of you"]]
