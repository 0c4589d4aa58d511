# ruff: noqa: F811 (fixtures are asked for by name)
"""What a provider lets an account send: what is over it waits, what goes to many first, and nothing of it is lost."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from duologue.channels.contract import Limit, Refusal, Refused, TryLater
from duologue.channels.registry import channels
from duologue.conversations import show
from duologue.conversations.model import Lane, Status
from duologue.conversations.reply import Draft, Sender, reply
from duologue.kernel import ids
from duologue.kernel.clock import Turned
from duologue.kernel.work import work
from duologue.mailroom import limits
from duologue.mailroom.rounds import Rounds
from tests.parrot import Mailroom, mailroom, parrot, squawk  # noqa: F401

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def limited(parrot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten an hour, twelve a day."""
    its = (Limit(most=10, within=HOUR), Limit(most=12, within=DAY))
    monkeypatch.setattr(parrot, "CHANNEL", msgspec.structs.replace(parrot.CHANNEL, limits=lambda settings: its))
    channels.cache_clear()


async def _say(room: Mailroom, *lanes: Lane) -> list[UUID]:
    """A message in each lane, each in a conversation of its own."""
    names = [f"p{number}-{ids.new().hex[-8:]}" for number, _ in enumerate(lanes)]
    await room.arrive(*(squawk(f"in-{name}", who=name, name=name, at=room.house.now()) for name in names))
    connected = await room.accounts.get(room.channel)
    assert connected
    made = []
    async with work(room.house, room.workspace) as open_work:
        rows, _ = await show.rows(open_work, "all", member=None)
        by_name = {row.contact_name: row.id for row in rows}
        for name, lane in zip(names, lanes, strict=True):
            draft = Draft(key=ids.new(), text=lane)
            made += await reply(open_work, by_name[name], draft, Sender(lane=lane), connected.channel.abilities)
    return made


async def _deliver(room: Mailroom) -> None:
    while await room.deliver():
        pass


async def _told(room: Mailroom, messages: list[UUID]) -> list[tuple[Status, str | None]]:
    async with room.house.db.workspace(room.workspace) as tx:
        rows = await tx.rows(
            str, "SELECT status || '|' || coalesce(reason, '') FROM message WHERE id = ANY(%(ids)s) ORDER BY id",
            {"ids": messages},
        )  # fmt: skip
    return [(Status(row.partition("|")[0]), row.partition("|")[2] or None) for row in rows]


async def _unhold(room: Mailroom) -> None:
    """The pauses of the database's clock are over; the house's own clock says how long ago things were sent."""
    async with room.house.db.hall() as tx:
        await tx.run("UPDATE pace SET held_until = NULL, bulk_held_until = NULL")


async def test_bulk_waits_first_and_says_why_and_answers_still_go(
    limited: None, mailroom: Mailroom, parrot: Any
) -> None:
    messages = await _say(mailroom, *[Lane.BULK] * 9)
    await _deliver(mailroom)
    assert len(parrot.SENT) == 8
    waiting = [told for told in await _told(mailroom, messages) if told[0] is Status.QUEUED]
    assert waiting == [
        (Status.QUEUED, "This account has sent 8 of 10 messages within 1 hours; what is left is kept for answers.")
    ]
    await _say(mailroom, Lane.REPLY)
    await _deliver(mailroom)
    await _say(mailroom, Lane.AUTOMATED)  # the tenth is kept for what people write
    await _deliver(mailroom)
    await _say(mailroom, Lane.REPLY)
    await _deliver(mailroom)
    assert [one.content.text for one in parrot.SENT[8:]] == ["reply", "reply"]


async def test_even_a_reply_waits_where_nothing_is_left(limited: None, mailroom: Mailroom, parrot: Any) -> None:
    messages = await _say(mailroom, *[Lane.REPLY] * 11)
    await _deliver(mailroom)
    assert len(parrot.SENT) == 10
    assert [told for told in await _told(mailroom, messages) if told[0] is Status.QUEUED] == [
        (Status.QUEUED, "This account has sent 10 of 10 messages within 1 hours.")
    ]


async def test_what_waited_leaves_when_there_is_room_and_the_longer_limit_holds_too(
    limited: None, mailroom: Mailroom, parrot: Any, clock: Turned
) -> None:
    await _say(mailroom, *[Lane.REPLY] * 14)
    await _deliver(mailroom)
    clock.turn(minutes=62)
    await _unhold(mailroom)
    await _deliver(mailroom)
    assert len(parrot.SENT) == 12  # the day's
    clock.turn(hours=23)
    await _unhold(mailroom)
    await _deliver(mailroom)
    assert len(parrot.SENT) == 14
    assert len({one.id for one in parrot.SENT}) == 14


async def test_what_was_not_sent_does_not_count(limited: None, mailroom: Mailroom, parrot: Any) -> None:
    parrot.ANSWERS.extend(Refused(why=Refusal.UNREACHABLE, reason="left") for _ in range(5))
    parrot.ANSWERS.append(TryLater(after=600, reason="busy"))
    await _say(mailroom, *[Lane.REPLY] * 6)
    await _deliver(mailroom)
    await _say(mailroom, *[Lane.REPLY] * 11)
    await _deliver(mailroom)
    assert len(parrot.SENT) == 6 + 10


async def test_several_senders_never_send_more_together(limited: None, mailroom: Mailroom, parrot: Any) -> None:
    connected = await mailroom.accounts.get(mailroom.channel)
    assert connected
    await mailroom.deliverer.claim()  # the account has its pace
    await _say(mailroom, Lane.REPLY)
    await _deliver(mailroom)
    one = parrot.SENT[-1]
    rooms = await asyncio.gather(*(limits.take(mailroom.house, connected, one) for _ in range(30)))
    assert sum(isinstance(room, limits.Room) for room in rooms) == 9


async def test_while_bulk_waits_it_is_not_claimed_again_and_again(
    limited: None, mailroom: Mailroom, parrot: Any
) -> None:
    await _say(mailroom, *[Lane.BULK] * 40)
    await _deliver(mailroom)
    async with mailroom.house.db.workspace(mailroom.workspace) as tx:
        await tx.run("UPDATE message SET due_at = now() - interval '1 hour' WHERE status = 'queued'")
    assert await mailroom.deliver() == 0
    assert len(parrot.SENT) == 8


async def test_how_much_is_used_stands_among_the_signs(limited: None, mailroom: Mailroom, parrot: Any) -> None:
    await _say(mailroom, *[Lane.REPLY] * 10)
    await _deliver(mailroom)
    connected = await mailroom.accounts.get(mailroom.channel)
    assert connected
    looked = await Rounds(mailroom.house, mailroom.accounts).look(connected)
    (sign,) = [one for one in looked.signs if one.name == "Sending limit"]
    assert (sign.words, sign.level) == ("10 of 12 messages within 24 hours were sent.", "warn")


async def test_an_account_without_limits_is_not_counted(mailroom: Mailroom, parrot: Any) -> None:
    await _say(mailroom, *[Lane.BULK] * 15)
    await _deliver(mailroom)
    assert len(parrot.SENT) == 15
    async with mailroom.house.db.hall() as tx:
        assert await tx.rows(int, "SELECT count(*) FROM sent_minute") == [0]
